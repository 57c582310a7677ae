"""`orchestrator config`: the settings that count, and where each comes from."""

from __future__ import annotations

import click

from orchestrator.cli.session import Session
from orchestrator.cli.shape import Group


@click.group("config", cls=Group)
def config() -> None:
    r"""Show the settings and where they come from.

    \b
    Examples:
      orchestrator config show
      orchestrator config show --origin
    """


@config.command("show")
@click.option("--origin", is_flag=True, help="Say where each value comes from.")
@click.pass_obj
def show(session: Session, *, origin: bool) -> None:
    r"""Show every setting, and the folders that playbooks, policies and stacks are read from.

    \b
    Examples:
      orchestrator config show --origin
      orchestrator config show --json
    """
    from orchestrator.ui.tables import table

    settings = session.settings
    rows = [(one.name, one.text, one.origin) for one in settings.values]
    for name in ("playbooks", "policies", "stacks", "tenants"):
        for number, place in enumerate(settings.layers(name)):
            whose = "the project's own" if place.parent == settings.root else "shipped"
            if place.is_dir():
                rows.append((f"{name}.{number}", str(place), whose))
    if session.json:
        values = [{"name": name, "value": text, "origin": from_} for name, text, from_ in rows]
        session.console.document({"format": "orchestrator/settings/v1", "settings": values})
        return
    heading = ("setting", "value", "origin") if origin else ("setting", "value")
    table(session.console, heading, [row[: len(heading)] for row in rows])
