"""Faults of a copy in which nobody may be recognised."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.errors.root import ExitStatus, OrchestratorError


class CloneLeaksError(OrchestratorError):
    """Values of the live site were found in its clone."""

    code = "clone-leaks"
    exit_status = ExitStatus.POLICY

    def __init__(self, clone: str, found: Mapping[str, Mapping[str, int]], *, of: int) -> None:
        instance, _, name = clone.partition("@")
        count = sum(sum(kinds.values()) for kinds in found.values())
        super().__init__(
            f"{count} of {of} values that were looked for stand in {clone}; it stays shut",
            why="a column that is kept holds what tells of people, or a copy of one that is masked",
            details=tuple(
                f"{place}: {number} × {kind}"
                for place, kinds in found.items()
                for kind, number in kinds.items()
            ),
            hints=(
                "look for columns that are kept and hold free text, and mask or drop them",
                f"remove it with `orchestrator copy remove {instance} {name}`",
            ),
            context={"found": count, "of": of},
        )


class CloneTooLargeError(OrchestratorError):
    """The database is too large to look through all of it."""

    code = "clone-too-large"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, clone: str, *, size: int, most: int) -> None:
        instance, _, name = clone.partition("@")
        super().__init__(
            f"the database of {clone} has {size / 1024**3:.1f} GiB; nothing was masked",
            why=f"all of a clone is searched for people, and no more than {most / 1024**3:.0f} GiB",
            hints=(f"remove it with `orchestrator copy remove {instance} {name}`",),
            context={"size": size, "most": most},
        )


class CloneImpossibleError(OrchestratorError):
    """Nobody has said what of a product's data tells of people."""

    code = "clone-impossible"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, instance: str, *, product: str) -> None:
        super().__init__(
            f"{instance} cannot be cloned: there is no list of what {product} keeps of people",
            why="what nobody has looked at may tell of people, so it is never taken for harmless",
            hints=("`orchestrator restore … --as NAME` makes a copy with the real data",),
        )
