"""`orchestrator sandbox`: a whole cloud on this machine, brought up and taken down."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from orchestrator.cli import options
from orchestrator.cli.session import Session
from orchestrator.cli.shape import Group
from orchestrator.errors.root import ExitStatus

_NAME = options.option(
    "--name",
    section=options.TARGET,
    default="default",
    show_default=True,
    help="Which sandbox, when there are several.",
)


@click.group("sandbox", cls=Group)
def sandbox() -> None:
    r"""Run a whole cloud on this machine: Kubernetes, Vault, S3, mail, in a network of its own.

    \b
    Examples:
      orchestrator sandbox up
      orchestrator sandbox status
    """


@sandbox.command("up")
@_NAME
@click.pass_obj
def up(session: Session, *, name: str) -> None:
    r"""Bring the sandbox up, or mend what is not running; nothing happens when all is well.

    The first time, missing tools are compiled and images are built, which takes a while.

    \b
    Examples:
      orchestrator sandbox up
      orchestrator sandbox up --name second
    """
    from orchestrator import wiring

    part = wiring.sandbox(session.machine, name)
    part.up(session.console.say)
    next_ = "orchestrator tenant list" if session.machine.has_project else "orchestrator init DIR"
    _close(session, name, "up", where=str(part.connection_path), next_=next_)


@sandbox.command("prepare")
@click.pass_obj
def prepare(session: Session) -> None:
    r"""Compile the tools and build the images that `up` needs, and start nothing.

    For the slow part at a time of your choice; what is there already is left as it is.

    \b
    Examples:
      orchestrator sandbox prepare
    """
    from orchestrator import wiring

    wiring.sandbox(session.machine, "default").prepare(session.console.say)
    _close(session, "default", "prepare", where="", next_="orchestrator sandbox up")


@sandbox.command("status")
@_NAME
@click.pass_context
def status(ctx: click.Context, *, name: str) -> None:
    r"""Show each part's state, address and log. Ends with 1 when a part is not up.

    \b
    Examples:
      orchestrator sandbox status
      orchestrator sandbox status --json
    """
    from orchestrator import wiring
    from orchestrator.ui.tables import table

    session: Session = ctx.obj
    parts = wiring.sandbox(session.machine, name).status()
    if session.json:
        found = [asdict(part) for part in parts]
        body = {"format": "orchestrator/sandbox/v1", "name": name, "parts": found}
        session.console.document(body)
    else:
        rows = [
            (part.name, part.state, part.address, str(part.pid or ""), part.detail, part.log)
            for part in parts
        ]
        heading = ("part", "state", "address", "process", "detail", "log")
        table(session.console, heading, rows)
    if any(part.state != "up" for part in parts):
        ctx.exit(ExitStatus.FAILED)


@sandbox.command("down")
@_NAME
@click.pass_obj
def down(session: Session, *, name: str) -> None:
    r"""End everything that `up` started, and nothing else; data stays for the next `up`.

    \b
    Examples:
      orchestrator sandbox down
      orchestrator sandbox down --name second
    """
    from orchestrator import wiring

    wiring.sandbox(session.machine, name).down(session.console.say)
    _close(session, name, "down", where="", next_="orchestrator sandbox up")


@sandbox.command("reset")
@_NAME
@options.option(
    "--confirm",
    section=options.SAFETY,
    default="",
    metavar="NAME",
    help="Agree, by the sandbox's name.",
)
@click.pass_obj
def reset(session: Session, *, name: str, confirm: str) -> None:
    r"""Take the sandbox down and remove all its data: every instance, secret and upload in it.

    \b
    Examples:
      orchestrator sandbox reset
      orchestrator sandbox reset --confirm default
    """
    from orchestrator import wiring
    from orchestrator.model.change import Risk
    from orchestrator.ui import ask

    ask.confirm(
        session.console,
        f"resetting the sandbox {name}",
        risk=Risk.DESTROYS,
        name=name,
        consent=ask.Consent(name=confirm),
    )
    wiring.sandbox(session.machine, name).reset(session.console.say)
    _close(session, name, "reset", where="", next_="orchestrator sandbox up")


def _close(session: Session, name: str, done: str, *, where: str, next_: str) -> None:
    console = session.console
    if session.json:
        body: dict[str, Any] = {"name": name, "done": done, "where": where}
        console.document({"format": "orchestrator/sandbox-done/v1", **body})
        return
    said = {
        "prepare": "Tools and images of sandboxes are there",
        "up": f"The sandbox {name} is up",
        "down": f"The sandbox {name} is down",
        "reset": f"The sandbox {name} is gone, with all its data",
    }
    console.result(said[done])
    if where:
        console.result(f"See it: {where}")
    if not console.manner.automated:
        console.result(f"Next:   {next_}")
