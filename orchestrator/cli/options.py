"""Arguments and options that several commands share, and what completes them.

Completion reads file names only: a TAB must never parse a file or ask the network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from orchestrator.cli.session import Session
from orchestrator.cli.shape import Option

TARGET = "Target"
SAFETY = "Safety"
OUTPUT = "Output"
_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}

Callback = TypeVar("Callback", bound=Callable[..., Any])


@dataclass(frozen=True)
class Mutation:
    """How a changing command may go about it."""

    dry_run: bool = False
    plan_out: Path | None = None
    plan_in: Path | None = None
    yes: bool = False
    confirm: str = ""
    expect_no_changes: bool = False
    timeout_s: float = 0.0


COPY_NAME = re.compile(r"[a-z][a-z0-9]{0,19}")
"""What a copy may be called: it stands in names of namespaces, buckets and hosts."""


def until(function: Callback) -> Callback:
    """`--until DAY`, of what stands beside an instance for a while."""
    return option(
        "--until",
        section=TARGET,
        type=click.DateTime(["%Y-%m-%d"]),
        metavar="DAY",
        help="Last day of the copy; in two weeks unless told.",
    )(function)


class Seconds(click.ParamType[Any]):
    """A duration: `90`, `90s`, `30min`, `2h`."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds; fails with the forms that are understood."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)", str(value).strip())
        if match is None or match[2] not in _UNITS:
            self.fail(f"{value!r} is no duration such as 90s, 30min or 2h", param, ctx)
        return float(match[1]) * _UNITS[match[2]]


def project_root(start: Path | None = None) -> Path | None:
    """The nearest folder, going up, that holds `tenants/`; for completion."""
    here = (start or Path.cwd()).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / "tenants").is_dir()), None)


def complete_tenant(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """Slugs, from the names of the files in `tenants/`."""
    found = project_root()
    names = sorted(path.stem for path in (found / "tenants").glob("[a-z]*.yaml")) if found else []
    return [name for name in names if name.startswith(typed)]


def complete_kit(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """Kits, the project's own and the shipped ones, from the names of their files."""
    from orchestrator.settings import packaged

    places = [packaged("tenants"), *([root / "tenants"] if (root := project_root()) else [])]
    names = {path.stem for place in places for path in (place / "_kits").glob("*.yaml")}
    return sorted(name for name in names if name.startswith(typed))


def complete_run(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """Run ids, from the names of their folders."""
    found = project_root()
    runs = found / ".orchestrator" / "runs" if found else None
    names = sorted(path.name for path in runs.iterdir()) if runs and runs.is_dir() else []
    return [name for name in names if name.startswith(typed)]


def tenant_argument(*, required: bool = True) -> Callable[[Callback], Callback]:
    """The tenant a command is about."""
    return click.argument("tenant", required=required, shell_complete=complete_tenant)


def run_argument(function: Callback) -> Callback:
    """The run a command is about."""
    return click.argument("run_id", metavar="RUN", shell_complete=complete_run)(function)


def option(*names: str, section: str, **more: Any) -> Callable[[Callback], Callback]:
    """`click.option` that stands in a section of the help."""
    return click.option(*names, cls=Option, section=section, **more)


def expect_no_changes(function: Callback) -> Callback:
    """`--expect-no-changes`, for pipelines that look for drift."""
    return option(
        "--expect-no-changes",
        section=SAFETY,
        is_flag=True,
        help="Fail with 7 when there is something to change.",
    )(function)


def plan_out(function: Callback) -> Callback:
    """`--plan-out FILE`."""
    return option(
        "--plan-out",
        section=OUTPUT,
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write the plan to a file, for review and --plan.",
    )(function)


def diff(function: Callback) -> Callback:
    """`--diff`."""
    return option("--diff", section=OUTPUT, is_flag=True, help="Show the fields that differ.")(
        function
    )


def _instruct(ctx: click.Context, parameter: click.Parameter, value: str) -> None:
    """Keep on whose word this is done; fails without repeating what must not be written."""
    from orchestrator.model import act

    try:
        ctx.find_root().ensure_object(Session).instruction = act.instruction(value)
    except ValueError as fault:
        raise click.BadParameter(str(fault), ctx, parameter) from fault


def instruction(function: Callback) -> Callback:
    """`--instruction TEXT`, which reaches the settings."""
    return option(
        "--instruction",
        section=SAFETY,
        envvar="ORCHESTRATOR_INSTRUCTION",
        default="",
        metavar="TEXT",
        expose_value=False,
        callback=_instruct,
        help="On whose word, for the journal: a ticket, never a person.",
    )(function)


_MUTATING: Sequence[Callable[[Callable[..., Any]], Callable[..., Any]]] = (
    option("--dry-run", section=SAFETY, is_flag=True, help="Show the plan and change nothing."),
    option(
        "--plan",
        "plan_in",
        section=SAFETY,
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Carry out exactly this saved plan; refuse if the world moved.",
    ),
    option("--yes", section=SAFETY, is_flag=True, help="Agree to a plan that destroys nothing."),
    option(
        "--confirm",
        section=SAFETY,
        default="",
        metavar="NAME",
        help="Agree to any plan, by the tenant's name.",
    ),
    expect_no_changes,
    option(
        "--timeout",
        "timeout_s",
        section=SAFETY,
        type=Seconds(),
        default=0.0,
        show_default="none",
        metavar="TIME",
        help="Stop after this time: 90s, 30min, 2h.",
    ),
    instruction,
    plan_out,
)


def mutating(function: Callback) -> Callback:
    """All options of commands that change something, handed over as one `Mutation`."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        names = tuple(Mutation.__dataclass_fields__)
        return function(*args, mutation=Mutation(**{n: kwargs.pop(n) for n in names}), **kwargs)

    wrapped.__name__ = function.__name__
    wrapped.__doc__ = function.__doc__
    wrapped.__dict__.update(function.__dict__)
    decorated: Any = wrapped
    for decorate in reversed(_MUTATING):
        decorated = decorate(decorated)
    return decorated  # type: ignore[no-any-return]
