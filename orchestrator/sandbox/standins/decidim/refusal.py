"""The fault whose words reach whoever asked."""

from __future__ import annotations


class RefusedError(Exception):
    """A fault that the caller is told in our own words."""
