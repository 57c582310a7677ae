"""`orchestrator help`: what holds for all commands."""

from __future__ import annotations

import click

from orchestrator.cli.session import Session
from orchestrator.cli.shape import command
from orchestrator.docs import pages


@command("help")
@click.argument("topic", required=False, type=click.Choice(pages.topics()))
@click.pass_obj
def help_(session: Session, topic: str | None) -> None:
    r"""Explain a TOPIC: environment, exit-codes or formats.

    \b
    Examples:
      orchestrator help exit-codes
      orchestrator help environment
    """
    if topic is None:
        session.console.result("\n".join(pages.topics()))
    elif session.json:
        body = {"format": "orchestrator/topic/v1", "topic": topic, "text": pages.topic(topic)}
        session.console.document(body)
    else:
        session.console.result(pages.topic(topic))
