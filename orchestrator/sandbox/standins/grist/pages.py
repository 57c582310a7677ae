"""Pages. Each says first that it is a stand-in's."""

from __future__ import annotations

from html import escape

from orchestrator.sandbox.standins.grist.release import NOTICE

_CSS = (
    "body{font-family:sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#222}"
    ".stand-in{background:#fff3cd;border:1px solid #b58900;padding:.5rem 1rem}"
)


def document(heading: str, content: str = "") -> str:
    """A whole page. `content` is HTML, `heading` is not."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(heading)} - Grist</title><style>{_CSS}</style>"
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head><body>'
        f'<p class="stand-in" role="note">{escape(NOTICE)}</p>'
        f"<main><h1>{escape(heading)}</h1>{content}</main></body></html>\n"
    )


def sentence(text: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def link(target: str, title: str) -> str:
    """A way to another page."""
    return f'<p><a href="{escape(target)}">{escape(title)}</a></p>'
