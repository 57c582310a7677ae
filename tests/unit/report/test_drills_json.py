"""The whole document, and a schema that lets it through and nothing broken."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from orchestrator.recovery.evidence import file_name
from orchestrator.report import drills_json
from orchestrator.report.drills import Act
from tests.unit.report.fleet import FORGED, GREEN, OLD, RED, empty, proven, report

VALIDATOR = Draft202012Validator(
    drills_json.schema(), format_checker=Draft202012Validator.FORMAT_CHECKER
)


def line(instance: str, **values: Any) -> dict[str, Any]:
    body = {
        "instance": instance,
        "tenant": instance.partition("/")[0],
        "period_days": 30,
        "standing": "green",
        "days": 11,
        "days_left": 19,
        "covered": True,
        "last_green": None,
        "newest": None,
        "actions": [],
    }
    return {**body, **values}


def drill(record: Any, *, verified: bool = True) -> dict[str, Any]:
    return {
        "file": file_name(record),
        "key": "points-1",
        "verified": verified,
        "record": record.document(),
    }


def test_the_whole_document() -> None:
    red, forged = file_name(RED), file_name(FORGED)
    assert drills_json.document(report()) == {
        "format": "orchestrator/drill-report/v1",
        "made": "2026-12-04T06:00:00+00:00",
        "orchestrator": "0.1.0",
        "summary": {
            "instances": 4,
            "covered": 1,
            "covered_percent": 25,
            "green": 1,
            "due": 1,
            "red": 1,
            "never": 1,
            "doubtful": 1,
        },
        "instances": [
            line("saint-martin/decidim", last_green=file_name(GREEN), newest=file_name(GREEN)),
            line(
                "saint-martin/grist",
                standing="red",
                days=None,
                days_left=None,
                covered=False,
                newest=red,
                actions=[
                    {"act": "remove-copy", "platform": "sandbox", "drill": RED.id},
                    {"act": "find-cause", "point": RED.point, "names": "attachments-there"},
                    {"act": "use-older-point", "older": "20261125T0104Z"},
                ],
            ),
            line(
                "val-des-ormes/grist",
                period_days=10,
                standing="due",
                days_left=-1,
                covered=False,
                last_green=file_name(OLD),
                newest=file_name(OLD),
                actions=[{"act": "drill-overdue", "days": 11, "period": 10}],
            ),
            line(
                "val-des-ormes/rudi",
                standing="never",
                days=3,
                days_left=27,
                covered=False,
                actions=[{"act": "drill-first"}, {"act": "doubt-file", "file": forged}],
            ),
        ],
        "drills": [
            drill(RED),
            drill(GREEN),
            drill(OLD),
            drill(FORGED, verified=False),
        ],
        "foreign": ["<notes>.txt"],
    }


def test_nothing_is_no_hundred_per_cent() -> None:
    assert drills_json.document(empty())["summary"]["covered_percent"] is None


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(drills_json.schema())


@pytest.mark.parametrize("made", [report, empty, proven])
def test_what_is_written_conforms(made: Any) -> None:
    VALIDATOR.validate(json.loads(drills_json.text(made())))


def test_every_act_is_in_the_schema() -> None:
    kinds = drills_json.schema()["$defs"]["instance"]["properties"]["actions"]["items"]
    assert kinds["properties"]["act"]["enum"] == [act.value for act in Act]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), "orchestrator/drill-report/v2"),
        (("summary", "covered_percent"), 101),
        (("instances", 0, "standing"), "fine"),
        (("instances", 0, "instance"), "saint-martin"),
        (("instances", 1, "actions", 0, "act"), "pray"),
        (("drills", 0, "verified"), "yes"),
        (("drills", 0, "record", "assertions", 0, "held"), None),
        (("drills", 0, "record", "rto_s"), None),
        (("foreign",), None),
    ],
)
def test_what_is_broken_does_not_conform(path: tuple[Any, ...], value: Any) -> None:
    body = copy.deepcopy(drills_json.document(report()))
    *way, last = path
    place: Any = body
    for key in way:
        place = place[key]
    place[last] = value
    with pytest.raises(ValidationError):
        VALIDATOR.validate(body)


def test_no_key_may_be_missing() -> None:
    whole = drills_json.document(report())
    for place in (whole, whole["summary"], whole["instances"][0], whole["drills"][0]):
        for key in list(place):
            value = place.pop(key)
            assert not VALIDATOR.is_valid(whole), key
            place[key] = value
    VALIDATOR.validate(whole)
