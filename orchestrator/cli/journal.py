"""`orchestrator journal`: every change in one chain of lines, listed, shown and verified."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.cli import options
from orchestrator.cli.session import Session
from orchestrator.cli.shape import Group

if TYPE_CHECKING:
    from orchestrator.engine.acts import File, Spot, Verification
    from orchestrator.ui.console import Console

_HEADING = ("number", "at", "verb", "subject", "stands", "by", "run", "instruction")


@click.group("journal", cls=Group)
def journal() -> None:
    r"""List, show and verify what was changed, by which account, on whose word.

    \b
    Examples:
      orchestrator journal list saint-martin
      orchestrator journal verify
    """


@journal.command("list")
@options.tenant_argument(required=False)
@click.pass_obj
def list_(session: Session, tenant: str | None) -> None:
    r"""List acts, the newest first; with TENANT, those about it.

    \b
    Examples:
      orchestrator journal list
      orchestrator journal list saint-martin --json
    """
    from orchestrator import wiring
    from orchestrator.engine.acts import read_all
    from orchestrator.ui.durations import moment
    from orchestrator.ui.tables import table

    console, files = session.console, wiring.acts(session.settings).files()
    found = [act for *_, act in read_all(files)]
    wanted = [act for act in reversed(found) if not tenant or act.tenant == tenant]
    if session.json:
        acts = [act.document() for act in wanted]
        console.document({"format": "orchestrator/acts/v1", "acts": acts})
    elif not wanted:
        console.say("No act is recorded here yet.")
    else:
        rows = [
            (
                *(str(act.number), moment(act.at), act.deed.verb, act.deed.subject, act.stands),
                *(str(act.deed.by), act.deed.run, act.deed.instruction),
            )
            for act in wanted
        ]
        table(console, _HEADING, rows)
    if len(found) < sum(len(file.lines) for file in files):
        console.say("Some lines cannot be read; see `orchestrator journal verify`.")


@journal.command("show")
@click.argument("number", type=click.IntRange(min=1))
@click.pass_obj
def show(session: Session, number: int) -> None:
    r"""Show one act by its NUMBER, and where it stands.

    \b
    Examples:
      orchestrator journal show 12
      orchestrator journal show 12 --json
    """
    from orchestrator import wiring
    from orchestrator.engine.acts import digest_of, read_all
    from orchestrator.errors.acts import ActUnknownError
    from orchestrator.ui.tables import details

    found = list(read_all(wiring.acts(session.settings).files()))
    wanted = [one for one in found if one[-1].number == number]
    if not wanted:
        raise ActUnknownError(number, last=found[-1][-1].number if found else 0)
    file, place, line, act = wanted[0]
    where, digest, body = f"{file}:{place}", digest_of(line), act.document()
    if session.json:
        more = {"where": where, "digest": digest, "act": body}
        session.console.document({"format": "orchestrator/act-shown/v1", **more})
        return
    body |= {"by": str(act.deed.by), "where": where, "digest": digest}
    details(session.console, [(key, str(value) or "-") for key, value in body.items()])


@journal.command("verify")
@click.argument(
    "files",
    nargs=-1,
    metavar="[FILE]...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.pass_obj
def verify(session: Session, files: tuple[Path, ...]) -> None:
    r"""Prove that no line was changed, moved or taken out since the next one was written.

    Without FILE it is the project's own journal, from the first act ever. Files need no project;
    they are taken in the order of their names, which is that of their months. Ends with 1 when
    something is broken; remarks do not count.

    \b
    Examples:
      orchestrator journal verify
      orchestrator journal verify archive/2026-*.jsonl --json
    """
    from orchestrator import wiring
    from orchestrator.engine import acts
    from orchestrator.errors.acts import JournalBrokenError

    given = _given(files) if files else wiring.acts(session.settings).files()
    found = acts.verify(given, whole=not files)
    if session.json:
        session.console.document(_document(found))
    else:
        _tell(session.console, found)
    if found.breaks:
        raise JournalBrokenError([str(spot) for spot in found.breaks])


def _given(files: Sequence[Path]) -> list[File]:
    from orchestrator.engine.acts import File
    from orchestrator.errors.acts import JournalUnreadableError

    read = []
    for path in sorted(files, key=lambda path: path.name):
        try:
            read.append(File(str(path), path.read_bytes()))
        except OSError as fault:
            raise JournalUnreadableError(str(path), reason=fault.strerror or str(fault)) from fault
    return read


def _tell(console: Console, found: Verification) -> None:
    from orchestrator.ui.durations import moment
    from orchestrator.ui.tables import details

    between = f" from {moment(found.since)} to {moment(found.until)}" if found.since else ""
    pairs = [
        ("acts", f"{found.records}{between}"),
        ("last line", found.head or "-"),
        ("broken", str(len(found.breaks) or "nothing")),
        *(("remark", str(spot)) for spot in found.remarks),
    ]
    details(console, pairs)


def _document(found: Verification) -> dict[str, object]:
    from orchestrator.engine.acts import VERIFICATION_FORMAT

    def listed(spots: Sequence[Spot]) -> list[dict[str, object]]:
        return [{"file": one.file, "line": one.line, "says": one.says} for one in spots]

    return {
        "format": VERIFICATION_FORMAT,
        "records": found.records,
        "since": found.since.isoformat() if found.since else None,
        "until": found.until.isoformat() if found.until else None,
        "head": found.head,
        "breaks": listed(found.breaks),
        "remarks": listed(found.remarks),
    }
