"""When the secrets server is thrown away, and when its operator gets a new token."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.sandbox import vault
from orchestrator.sandbox.layout import Layout

NOW = datetime(2030, 1, 31, tzinfo=UTC)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout("units", tmp_path, octet=1, port=1)
    made.path("vault", "data").mkdir(parents=True)
    return made


def begin(layout: Layout) -> None:
    layout.path("vault", "data", "core").mkdir()


def test_one_that_was_never_begun_is_not_abandoned(layout: Layout) -> None:
    assert not vault.abandoned(layout)


def test_keys_that_were_never_written_down_make_it_worthless(layout: Layout) -> None:
    begin(layout)
    assert vault.abandoned(layout)
    vault.discard(layout)
    assert list(layout.path("vault", "data").iterdir()) == []
    assert not vault.abandoned(layout)


@pytest.mark.parametrize("file", ["keys.json", "operator.token"])
def test_one_that_may_hold_secrets_is_never_thrown_away(layout: Layout, file: str) -> None:
    begin(layout)
    layout.path("vault", file).touch()
    assert not vault.abandoned(layout)


def token(layout: Layout, age: timedelta, policy: str) -> None:
    file = vault.token_file(layout)
    file.write_text("token", encoding="utf-8")
    made = (NOW - age).timestamp()
    os.utime(file, (made, made))
    layout.path("vault", "policy").write_text(policy, encoding="utf-8")


@pytest.mark.parametrize(("days", "due"), [(0, False), (9, False), (11, True), (40, True)])
def test_a_token_is_replaced_long_before_it_ends(layout: Layout, days: int, *, due: bool) -> None:
    token(layout, timedelta(days=days), vault.OPERATOR_POLICY)
    assert vault.token_due(layout, NOW) is due


def test_a_token_of_another_policy_is_replaced(layout: Layout) -> None:
    assert vault.token_due(layout, NOW)
    token(layout, timedelta(), "of an earlier version")
    assert vault.token_due(layout, NOW)
