"""The headers that every answer of the site carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What the image allows; whatever else a browser shall load must stand in the organisation's row.
_POLICY = {
    "default-src": "'self' 'unsafe-inline'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' *.hereapi.com data:",
    "connect-src": "'self' *.hereapi.com *.jsdelivr.net data:",
    "font-src": "'self'",
    "frame-src": "'self' www.youtube-nocookie.com player.vimeo.com",
    "media-src": "'self'",
}


def content_security_policy(organization: Mapping[str, Any] | None) -> str:
    """The image's own policy and what the organisation adds to it."""
    own = (organization or {}).get("content_security_policy") or {}
    return "; ".join(
        f"{name} {words} {own.get(name, '')}".strip() for name, words in _POLICY.items()
    )


def common(
    release_notice: str, organization: Mapping[str, Any] | None, *, secure: bool
) -> dict[str, str]:
    """Security headers, and the word that this is a stand-in."""
    found = {
        "X-Stand-In": release_notice,
        "X-Frame-Options": "SAMEORIGIN",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Content-Security-Policy": content_security_policy(organization),
    }
    if secure:
        found["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return found
