"""`orchestrator clone`: an instance beside itself in which nobody can be recognised."""

from __future__ import annotations

from datetime import datetime

import click

from orchestrator.cli import carry, options
from orchestrator.cli.session import Session
from orchestrator.cli.shape import command
from orchestrator.errors.usage import UsageFaultError
from orchestrator.model.restoration import Wish

_HERE = "orchestrator clone"


@command("clone")
@click.argument("instance", metavar="TENANT/PRODUCT", shell_complete=options.complete_tenant)
@options.option(
    "--as", "name", section=options.TARGET, default="", metavar="NAME", help="Name of the clone."
)
@options.option(
    "--point",
    section=options.TARGET,
    default="",
    metavar="ID",
    help="A recovery point; the newest unless told.",
)
@options.until
@options.mutating
@click.pass_obj
def clone(
    session: Session,
    /,
    instance: str,
    *,
    name: str,
    point: str,
    until: datetime | None,
    mutation: options.Mutation,
) -> None:
    r"""Make a masked copy of TENANT/PRODUCT beside it, to try things out on.

    Every column of its database is kept, masked or dropped as a reviewed list says; one that is not
    listed ends it. Nothing leads to the clone or out of it before a thousand addresses, names and
    telephone numbers of the original were looked for in it, and none was found.

    \b
    Examples:
      orchestrator clone saint-martin/decidim --as essai
      orchestrator clone saint-martin/decidim --as essai --point 20261126T015900Z-3fa2c1
    """
    from orchestrator import wiring
    from orchestrator.ui import findings_view, progress

    if not options.COPY_NAME.fullmatch(name):
        fault = "a clone needs a name, --as NAME: up to 20 small letters and digits"
        raise UsageFaultError(fault, command=_HERE)
    wish = Wish(instance, point, None, name, until.date() if until else None)
    with progress.listening(session.console) as listener:
        witness = carry.Witness(listener)
        found = wiring.open_clone(session.settings, wish, witness)
        findings_view.show(session.console, found.findings)
        carry.carry_out(session, found, mutation, witness)
