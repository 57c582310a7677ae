"""`orchestrator explain`: the page of an error code, from the package, without any network."""

from __future__ import annotations

import click

from orchestrator.cli.session import Session
from orchestrator.cli.shape import command
from orchestrator.errors.usage import CodeUnknownError


def _complete_code(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    from orchestrator.docs import pages

    return [code for code in pages.codes() if code.startswith(typed)]


@command("explain")
@click.argument("code", required=False, shell_complete=_complete_code)
@click.option("--list", "listed", is_flag=True, help="List all codes.")
@click.pass_obj
def explain(session: Session, code: str | None, *, listed: bool) -> None:
    r"""Explain an error CODE: what causes it, what mends it, an example.

    \b
    Examples:
      orchestrator explain lease-held
      orchestrator explain lease-held --lang fr
    """
    from orchestrator.docs import pages

    if listed or code is None:
        _list(session)
        return
    if code not in pages.codes():
        raise CodeUnknownError(code, nearest=pages.nearest(code))
    text = pages.page(code, language=session.language)
    if session.json:
        session.console.document(
            {
                "format": "orchestrator/explanation/v1",
                "code": code,
                "language": session.language,
                "text": text,
            }
        )
    else:
        session.console.result(text)


def _list(session: Session) -> None:
    from orchestrator.docs import pages
    from orchestrator.ui.tables import table

    rows = [(code, pages.summary(code)) for code in pages.codes()]
    if session.json:
        codes = [{"code": code, "summary": summary} for code, summary in rows]
        session.console.document({"format": "orchestrator/codes/v1", "codes": codes})
    else:
        table(session.console, ("code", "what happened"), rows)
