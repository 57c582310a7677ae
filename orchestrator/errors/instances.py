"""Faults of runs of several instances: what failed in its own words, and how the others stand."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.errors.root import ExitStatus, OrchestratorError

_INDENT = " " * 4


class PartlyDoneError(OrchestratorError):
    """Of the instances of a run, some are whole and some are not."""

    code = "partly-done"
    exit_status = ExitStatus.PARTLY_DONE

    def __init__(
        self,
        run: str,
        *,
        whole: tuple[str, ...],
        failed: Mapping[str, OrchestratorError],
        left: Mapping[str, str],
    ) -> None:
        total = len(whole) + len(failed) + len(left)
        super().__init__(
            f"{_listed(failed)} failed; {len(whole)} of {total} instances "
            f"{'is' if len(whole) == 1 else 'are'} done",
            why="what is done stays as it is; the others go on from the step that failed",
            hints=(_resume(run),),
            details=_details(run, whole, failed, left),
            context=_context(whole, failed, left),
        )


class InstancesFailedError(OrchestratorError):
    """Of the instances of a run, none is whole."""

    code = "instances-failed"
    exit_status = ExitStatus.FAILED

    def __init__(
        self,
        run: str,
        *,
        whole: tuple[str, ...] = (),
        failed: Mapping[str, OrchestratorError],
        left: Mapping[str, str],
    ) -> None:
        total = len(whole) + len(failed) + len(left)
        super().__init__(
            f"{_listed(failed)} failed; none of {total} instances is done",
            why="each goes on from the step that failed",
            hints=(_resume(run),),
            details=_details(run, whole, failed, left),
            context=_context(whole, failed, left),
        )


def _listed(names: Mapping[str, OrchestratorError]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _resume(run: str) -> str:
    return f"go on with `orchestrator run resume {run}`"


def _details(
    run: str,
    whole: tuple[str, ...],
    failed: Mapping[str, OrchestratorError],
    left: Mapping[str, str],
) -> tuple[str, ...]:
    """A line an instance; below one that failed, the place, the reason and the hints of its own."""
    width = max(map(len, (*whole, *failed, *left)))
    lines = [f"{name:<{width}}  done" for name in whole]
    for name, error in failed.items():
        message = " ".join(error.message.split())  # what is not ours may be of several lines
        lines.append(f"{name:<{width}}  failed: {error.code}: {message}")
        slots = (("in   ", error.place), ("why  ", error.why))
        lines += [f"{_INDENT}{slot}{text}" for slot, text in slots if text]
        lines += [f"{_INDENT}{line}" for line in error.details]
        lines += [f"{_INDENT}hint: {hint}" for hint in error.hints if hint != _resume(run)]
    lines += [f"{name:<{width}}  {text}" for name, text in left.items()]
    return tuple(lines)


def _context(
    whole: tuple[str, ...], failed: Mapping[str, OrchestratorError], left: Mapping[str, str]
) -> dict[str, str]:
    """By instance: `done`, the code of its fault, or why it was left."""
    codes = {name: error.code for name, error in failed.items()}
    return {**dict.fromkeys(whole, "done"), **codes, **left}
