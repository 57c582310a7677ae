"""A drill's record: what makes it red, and a document that says the same when it is read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from orchestrator.model.drill import Assertion, DrillRecord, Verdict
from tests.unit.recovery import drilled

BROKEN = Assertion(
    name="signs-in",
    promise="The administrator's account is there",
    held=False,
    seen="no account",
    seconds=0.25,
)
PARIS = timezone(timedelta(hours=1))
RECORD = replace(drilled.RECORD, point_time=datetime(2026, 11, 23, 2, 4, tzinfo=PARIS))
(HELD,) = RECORD.assertions
DOCUMENT = {
    "format": "orchestrator/drill/v1",
    "verdict": "green",
    "id": "7f3c91",
    "instance": "saint-martin/decidim",
    "tenant": "saint-martin",
    "product": "decidim",
    "release": "0.31.5",
    "point": "20261123T0104Z",
    "point_time": "2026-11-23T01:04:00+00:00",
    "began": "2026-11-23T02:10:00+00:00",
    "ended": "2026-11-23T02:16:00+00:00",
    "assertions": [
        {
            "name": "rows-counted",
            "promise": "As many rows as when it was saved",
            "held": True,
            "seen": "8 420 of 8 420",
            "seconds": 1.5,
        }
    ],
    "rpo_s": 240.0,
    "rto_s": 312.5,
    "copy_removed": True,
    "orchestrator": "0.1.0",
    "platform": "sandbox",
    "older_point": "",
}


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (RECORD, Verdict.GREEN),
        (replace(RECORD, assertions=(HELD, BROKEN)), Verdict.RED),
        (replace(RECORD, copy_removed=False), Verdict.RED),
        (replace(RECORD, assertions=()), Verdict.RED),
    ],
    ids=["all held", "one broken", "copy left", "nothing tried"],
)
def test_verdict(record: DrillRecord, verdict: Verdict) -> None:
    assert record.verdict is verdict


def test_the_document() -> None:
    assert RECORD.document() == DOCUMENT


@pytest.mark.parametrize(
    "record",
    [
        RECORD,
        replace(RECORD, assertions=(HELD, BROKEN), rpo_s=None, older_point="20261122T0104Z"),
        replace(RECORD, copy_removed=False, rto_s=0.0),
    ],
)
def test_there_and_back_by_way_of_json(record: DrillRecord) -> None:
    assert DrillRecord.from_document(json.loads(json.dumps(record.document()))) == record


def test_a_key_of_tomorrow_is_passed_over() -> None:
    assert DrillRecord.from_document({**DOCUMENT, "weather": "fine"}) == RECORD


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "orchestrator/drill/v2"}, "orchestrator/drill/v1"),
        ({"format": None}, "must be of the format"),
        ({"verdict": "red"}, "its own assertions"),
        ({"copy_removed": False}, "its own assertions"),
        ({"copy_removed": "no"}, "true or false"),
        ({"id": 7}, "id must be text"),
        ({"assertions": "all"}, "another kind"),
        ({"assertions": [{**DOCUMENT["assertions"][0], "held": 1}]}, "true or false"),
        ({"rto_s": None}, "another kind"),
        ({"began": "yesterday"}, "isoformat"),
        ({"began": "2026-11-23T02:10:00"}, "no time zone"),
        ({"began": None}, "another kind"),
    ],
)
def test_what_is_no_record(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        DrillRecord.from_document({**DOCUMENT, **change})


@pytest.mark.parametrize("name", [name for name in DOCUMENT if name != "format"])
def test_nothing_may_be_missing(name: str) -> None:
    with pytest.raises(ValueError, match=f"lacks '{name}'"):
        DrillRecord.from_document({key: DOCUMENT[key] for key in DOCUMENT if key != name})


def test_what_was_seen_names_nobody() -> None:
    found = replace(BROKEN, seen="<marie.durand@saint-martin.example> cannot sign in")
    assert found.seen == "<(address)> cannot sign in"
