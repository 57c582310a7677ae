"""`orchestrator drill`: restorations rehearsed, and what they prove."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.cli import options
from orchestrator.cli.session import Session
from orchestrator.cli.shape import Group
from orchestrator.errors.usage import UsageFaultError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.wiring.case import Case
    from orchestrator.wiring.drilling import Drilled

FORMAT = "orchestrator/drills/v1"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("drill", cls=Group)
def drill() -> None:
    r"""Rehearse restorations beside instances, and show what was proven when.

    \b
    Examples:
      orchestrator drill run saint-martin
      orchestrator drill list
    """


@drill.command("run")
@click.argument(
    "subjects", nargs=-1, metavar="[TENANT[/PRODUCT]]...", shell_complete=options.complete_tenant
)
@options.option("--all", "every", section=options.TARGET, is_flag=True, help="Every instance.")
@options.option(
    "--due", section=options.TARGET, is_flag=True, help="Of those, what is chosen for today."
)
@options.option(
    "--parallel",
    section=options.TARGET,
    type=click.IntRange(1, 16),
    default=1,
    metavar="N",
    help="How many at once; each needs the room of one more instance.",
)
@options.instruction
@click.pass_obj
def run(
    session: Session, subjects: tuple[str, ...], *, every: bool, due: bool, parallel: int
) -> None:
    r"""Rehearse restorations, and sign what came of them.

    Each instance is brought back from its newest point beside it, used, and removed again; a red
    one does not stop the others. What was not onboarded yet, ended trainings and
    suspended tenants are left out unless they are named without --due. Ends with 4 when any is red.

    \b
    Examples:
      orchestrator drill run saint-martin/decidim
      orchestrator drill run --due --instruction CHG-204
      orchestrator drill run --all --parallel 4
    """
    from orchestrator import wiring
    from orchestrator.wiring.drilling import Choice

    fault = ""
    if subjects and every:
        fault = "give either TENANT[/PRODUCT] or --all"
    elif not (subjects or every or due):
        fault = "say what to drill: TENANT[/PRODUCT], --all or --due"
    if fault:
        raise UsageFaultError(fault, command="orchestrator drill run")
    wanted = wiring.to_drill(session.settings, Choice(subjects, due))
    done: list[Drilled] = []
    try:
        _drill(session, wanted, done, parallel)
    finally:  # what was measured is told, whatever ended the others
        _tell(session, done, asked=len(wanted))
    _refuse_red(done)


@drill.command("list")
@options.tenant_argument(required=False)
@click.pass_obj
def list_(session: Session, tenant: str | None) -> None:
    r"""List who is green, due, red or was never drilled.

    \b
    Examples:
      orchestrator drill list
      orchestrator drill list saint-martin --json
    """
    from orchestrator import wiring
    from orchestrator.ui import drills_view

    found = wiring.drill_lines(session.settings, tenant)
    if session.json:
        session.console.document(drills_view.standings(found))
    elif found:
        drills_view.listed(session.console, found)
    else:
        session.console.say("No instance here is backed up, so there is none to drill.")


@drill.command("show")
@click.argument("drill_id", metavar="ID")
@click.pass_obj
def show(session: Session, drill_id: str) -> None:
    r"""Show the record of one drill by its ID, with every assertion.

    \b
    Examples:
      orchestrator drill show 7f3c91
      orchestrator drill show 7f3c91 --json
    """
    from orchestrator import wiring
    from orchestrator.cli import records
    from orchestrator.errors.drills import DrillUnknownError
    from orchestrator.reading import suggest
    from orchestrator.recovery.evidence import parsed
    from orchestrator.recovery.opening import judged
    from orchestrator.ui import drills_view

    files = wiring.drill_records(session.settings)
    ids = {name: told.id for name, _ in files if (told := parsed(name))}
    keys_of = records.or_none(wiring.keys_of(session.settings), session.console.say)
    found = [judged(*file, keys_of) for file in files if ids.get(file[0]) == drill_id]
    # Two may bear one name: what is verified counts before what only says so.
    found.sort(key=lambda one: (not one.why, one.file), reverse=True)
    one = next((one for one in found if one.record), None)
    if one is None or one.record is None:
        raise DrillUnknownError(drill_id, nearest=suggest.nearest(drill_id, tuple(ids.values())))
    if session.json:
        session.console.document(drills_view.shown_document(one, one.record))
    else:
        drills_view.shown(session.console, one, one.record)


@drill.command("verify")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=_FILE)
@options.option(
    "--keys",
    section=options.TARGET,
    type=_FILE,
    metavar="FILE",
    help="Public keys of the tenant; without, its secrets server is asked.",
)
@click.pass_obj
def verify(session: Session, files: tuple[Path, ...], *, keys: Path | None) -> None:
    r"""Tell which records are as they were signed.

    Each file is verified, changed or foreign. Without FILE it is every record that is kept here.
    With FILE and --keys, neither a project nor a network is needed. The keys are of one tenant:
    records of another are not verified by them. Ends with 1 unless every file is verified.

    \b
    Examples:
      orchestrator drill verify
      orchestrator drill verify evidence/*.json --keys saint-martin.keys.json --json
    """
    from orchestrator import wiring
    from orchestrator.cli import records
    from orchestrator.errors.drills import DrillUntrustedError
    from orchestrator.recovery.opening import Trust, judged
    from orchestrator.ui import drills_view

    given = records.given(files) if files else wiring.drill_records(session.settings)
    keys_of = records.keys_from(keys) if keys else wiring.keys_of(session.settings)
    found = [judged(name, content, keys_of) for name, content in given]
    if session.json:
        session.console.document(drills_view.verification(found))
    elif found:
        drills_view.verified(session.console, found)
    else:
        session.console.say("No record of a drill is kept here yet.")
    bad = [f"{one.file}: {one.trust}: {one.why}" for one in found if one.trust != Trust.VERIFIED]
    if bad:
        raise DrillUntrustedError(bad, tried=len(found))


@drill.command("keys")
@options.tenant_argument()
@click.pass_obj
def keys_(session: Session, tenant: str) -> None:
    r"""Print the public keys of TENANT, for `verify --keys`.

    \b
    Examples:
      orchestrator drill keys saint-martin > saint-martin.keys.json
    """
    from orchestrator import wiring

    session.console.document(dict(wiring.public_keys(session.settings, tenant)))


@drill.command("report")
@options.tenant_argument(required=False)
@options.option(
    "--format",
    "form",
    section=options.OUTPUT,
    type=click.Choice(["html", "json"]),
    default=None,
    show_default="html",
    help="A page for people, or data for programs.",
)
@options.option(
    "--language",
    section=options.OUTPUT,
    type=click.Choice(["fr", "en"]),
    default=None,
    show_default="that of explanations",
    help="Language of the page.",
)
@options.option(
    "--output",
    section=options.OUTPUT,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it to a file.",
)
@click.pass_obj
def report(
    session: Session,
    tenant: str | None,
    *,
    form: str | None,
    language: str | None,
    output: Path | None,
) -> None:
    r"""Report what is proven, and what to do where it is not.

    \b
    Examples:
      orchestrator drill report --language fr --output drills.html
      orchestrator drill report saint-martin --format json
    """
    from orchestrator import wiring
    from orchestrator.cli import records
    from orchestrator.report import drills_html, drills_json

    found = wiring.drill_report(session.settings, tenant)
    if (form or ("json" if session.json else "html")) == "json":
        text = drills_json.text(found)
    else:
        text = drills_html.text(found, language or session.language)
    if output is None:
        session.console.page(text)
        return
    records.write(output, text)
    session.console.say(f"Written: {output}")


def _drill(session: Session, wanted: Sequence[Case], done: list[Drilled], at_once: int) -> None:
    """Drill, and keep what came of each in `done` at once."""
    from orchestrator import wiring
    from orchestrator.engine.stop import StopRequest
    from orchestrator.errors.drills import DrillsStoppedError
    from orchestrator.ui import progress

    console = session.console
    stop = StopRequest(console.insist)
    try:
        with progress.listening(console, whole=True) as listener, stop.listening():
            for one in wiring.drill(wanted, listener, stop, console.say, at_once):
                done.append(one)  # noqa: PERF402 - kept one by one, as any may be the last
    except KeyboardInterrupt as error:
        raise DrillsStoppedError(done=len(done), asked=len(wanted), at_once=True) from error


def _tell(session: Session, done: Sequence[Drilled], *, asked: int) -> None:
    from orchestrator.ui import drills_view

    if session.json:
        body = {
            "format": FORMAT,
            "drills": [one.record.document() for one in done if one.record],
            "not_tried": [
                {"instance": one.instance, "why": one.why} for one in done if not one.record
            ],
        }
        session.console.document(body)
    elif done:
        drills_view.carried_out(
            session.console, [(one.instance, one.record, one.why) for one in done]
        )
    elif not asked:
        session.console.say("Nothing is to be drilled today.")


def _refuse_red(done: Sequence[Drilled]) -> None:
    """Raises DrillRedError when any was not proven."""
    from orchestrator.errors.drills import DrillRedError

    red = [one for one in done if not one.green]
    if red:
        details = [line for one in red for line in _lines(one)]
        raise DrillRedError([one.instance for one in red], tried=len(done), details=details)


def _lines(one: Drilled) -> list[str]:
    """What broke, what to fall back to, and the next command."""
    from orchestrator.ui import drills_view

    if one.record is None:
        return [f"{one.instance}: {one.why}", *([f"    {one.advice}"] if one.advice else [])]
    record = one.record
    lines = [f"{one.instance}: {drills_view.broken(record)}; `orchestrator drill show {record.id}`"]
    if record.older_point:
        prove = f"orchestrator backup verify {one.instance} --point {record.older_point}"
        lines.append(f"    older point {record.older_point}: `{prove}`")
    if not record.copy_removed:
        remove = f"orchestrator copy remove {one.instance} drill{record.id}"
        lines.append(f"    its copy holds real data: `{remove}`")
    return lines
