"""What was asked for is kept with the run, so that the same is resumed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from orchestrator.model.restoration import Asked

AT = datetime(2026, 11, 26, 14, 3, 20, tzinfo=timezone(timedelta(hours=1)))


def test_what_was_asked_for_is_resumed() -> None:
    for asked in (
        Asked("3fa2c1", "20261126T015900Z-3fa2c1"),
        Asked("3fa2c1", "20261126T015900Z-3fa2c1", AT),
        Asked("3fa2c1", "20261126T015900Z-3fa2c1", AT.astimezone(UTC).replace(microsecond=7)),
    ):
        kept = json.loads(json.dumps(asked.options()))
        assert all(isinstance(value, str) for value in kept.values())
        assert Asked.read(kept) == asked


def test_further_options_of_the_run_do_no_harm() -> None:
    asked = Asked("3fa2c1", "p", AT)
    assert Asked.read({**asked.options(), "until": "2026-12-10"}) == asked
