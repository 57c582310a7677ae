"""Kept secrets that are too short, or that others know."""

from __future__ import annotations

import secrets

import pytest

from orchestrator.products.decidim.secrets import SPECS
from orchestrator.products.secrets import Kind, SecretSpec, weakness

HEX = SecretSpec("key", "a/b", "key", Kind.HEX, 64)
WORD = SecretSpec("word", "a/b", "word", Kind.PASSWORD)


@pytest.mark.parametrize("spec", [one for one in SPECS if one.kind is not Kind.ISSUED])
def test_what_we_generate_is_never_refused(spec: SecretSpec) -> None:
    make = secrets.token_hex if spec.kind is Kind.HEX else secrets.token_urlsafe
    assert not any(weakness(spec, make(spec.size)) for _ in range(200))


@pytest.mark.parametrize(
    ("spec", "value", "fault"),
    [
        (HEX, "", "short"),
        (HEX, "ab" * 63, "short"),
        (WORD, "x9_T" * 7, "short"),
        (HEX, "0" * 128, "over and over"),
        (HEX, "0123456789abcdef" * 8, "over and over"),
        (HEX, "deadbeef" * 16, "over and over"),
        (HEX, "insecure" + secrets.token_hex(64), "placeholder"),
        (WORD, "Change-Me-" + "abcdefghijklmnopqrstuvwxyz", "placeholder"),
        (WORD, "decidim123456DECIDIM_staging_7890", "placeholder"),
    ],
)
def test_what_is_refused(spec: SecretSpec, value: str, fault: str) -> None:
    assert fault in weakness(spec, value)
    assert not value or value not in weakness(spec, value)
