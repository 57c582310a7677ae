"""Judging facts against the catalogue; unknown is never pass."""
