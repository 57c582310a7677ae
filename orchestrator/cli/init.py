"""`orchestrator init`: a project of one's own, beside the product and not a fork of it."""

from __future__ import annotations

from pathlib import Path

import click

from orchestrator.cli.session import Session
from orchestrator.cli.shape import command


@command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--copy", is_flag=True, help="Copy shipped platforms, sizes and kits, to change them."
)
@click.pass_obj
def init(session: Session, folder: Path, *, copy: bool) -> None:
    r"""Make a project in DIR: tenant files of your own, everything else stays shipped.

    \b
    Examples:
      orchestrator init our-tenants
      orchestrator init our-tenants --copy
    """
    from orchestrator.config import project

    written = [str(path) for path in project.make(folder.expanduser().resolve(), copy=copy)]
    console = session.console
    if session.json:
        console.document({"format": "orchestrator/init/v1", "written": written})
        return
    for path in written:
        console.result(f"Written: {path}")
    if not console.manner.automated:
        console.result(f"Next:    cd {folder} && orchestrator tenant new SLUG")
