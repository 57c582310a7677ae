"""`orchestrator tenant diff`: what counts differently than in another file, or than before."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.cli import options
from orchestrator.cli.session import Session
from orchestrator.cli.shape import command

if TYPE_CHECKING:
    from orchestrator.model.tenant import Tenant


@command("diff")
@options.tenant_argument()
@click.argument(
    "other", metavar="[FILE]", required=False, type=click.Path(path_type=Path, exists=True)
)
@options.option(
    "--against",
    section=options.TARGET,
    metavar="REV",
    help="Compare with the tenant's file at a git revision: HEAD~1, main, v2.",
)
@click.pass_context
def diff(ctx: click.Context, tenant: str, other: Path | None, *, against: str | None) -> None:
    r"""Show what counts differently for TENANT than in FILE, or than at a revision.

    The defaults of today count on both sides.

    \b
    Examples:
      orchestrator tenant diff saint-martin --against HEAD~1
      orchestrator tenant diff saint-martin before.yaml
    """
    from orchestrator import config
    from orchestrator.config.differences import differences
    from orchestrator.ui.tables import table

    session: Session = ctx.obj
    if bool(other) == bool(against):
        raise click.UsageError("give either FILE or --against REV", ctx)
    now = config.load_tenant(session.settings, tenant)
    found = differences(_before(session, tenant, other, against or ""), now)
    if session.json:
        changes = [asdict(one) for one in found]
        session.console.document({"format": "orchestrator/tenant-diff/v1", "differences": changes})
    elif found:
        rows = [(one.key, one.before, one.after) for one in found]
        table(session.console, ("key", against or "file", "tenant"), rows)
    else:
        session.console.say("Nothing counts differently.")


def _before(session: Session, tenant: str, other: Path | None, against: str) -> Tenant:
    from orchestrator import config, wiring

    if other:
        return config.load_file(session.settings, other.resolve())
    return wiring.tenant_at(session.settings, tenant, against)
