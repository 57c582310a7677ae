"""Which release of the node this is a stand-in for, and how it says so."""

from __future__ import annotations

VERSION = "2.8.1"
API_VERSION = "1.4.1"
ACCEPTED_API_VERSIONS = ("1.3.0", "1.4.0", API_VERSION)
REVISION = "0000000"
NOTICE = f"Stand-in for a RUDI node {VERSION}: nothing here is the real product."


def version_line(program: str) -> str:
    """The answer to `--version`."""
    return f"{program} {VERSION} ({NOTICE})"


def page(heading: str) -> str:
    """The one page there is, in French as the product's."""
    return (
        '<!DOCTYPE html><html lang="fr"><meta charset="utf-8">'
        f"<title>{heading} (doublure)</title><h1>{heading}</h1>"
        f"<p><strong>Doublure</strong>: {NOTICE}</p></html>\n"
    )
