"""Recovery points for eyes and for programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from orchestrator.recovery.points import Listed
from orchestrator.recovery.proof import Proof
from orchestrator.ui import points_view
from tests.unit.recovery.made import point

INSTANCE = "saint-martin/decidim"
SOUND = Listed(point().id, point())
BROKEN = Listed("20261127T015900Z-ffffff", None, "it is not JSON")
PROOF = Proof(INSTANCE, point().id, 9, 4096, 12.5, ())


def test_on_a_terminal(screen: Callable[..., Any]) -> None:
    seen = screen()
    bare = Listed("x", replace(point(), id="x", bucket=None))
    points_view.show(seen.console, {INSTANCE: [BROKEN, SOUND, bare]})
    lines = seen.out.getvalue().splitlines()
    assert len(lines) == 4
    assert lines[0].split()[:2] == ["INSTANCE", "POINT"]
    assert lines[1].split()[-1] == "fault"
    assert "it is not JSON" in lines[1]
    assert lines[2].split() == [
        *(INSTANCE, point().id, "2026-11-26", "01:59", "UTC", "0.31.5", "3", "asked", "ok")
    ]
    assert lines[3].split()[-3:] == ["-", "asked", "ok"]


def test_nothing_yet(screen: Callable[..., Any]) -> None:
    seen = screen()
    points_view.show(seen.console, {INSTANCE: []})
    assert f"orchestrator backup run {INSTANCE}" in seen.out.getvalue() + seen.err.getvalue()


def test_for_programs() -> None:
    found = points_view.document({INSTANCE: [BROKEN, SOUND]})
    assert found["format"] == points_view.FORMAT
    broken, sound = found["points"]
    assert (broken["id"], broken["fault"]) == (BROKEN.id, "it is not JSON")
    assert (sound["fault"], sound["counts"]["decidim_users"]) == ("", [3, 5])


def test_everything_that_a_point_names(screen: Callable[..., Any]) -> None:
    seen = screen(terminal=False)
    points_view.details(seen.console, point())
    told = dict(line.split("\t", 1) for line in seen.out.getvalue().splitlines())
    assert told["as of"] == "2026-11-26T01:59:00.123456Z"
    assert told["rows"] == "12"
    assert told["objects"] == "3 of 42 bytes, 0 missing even then"
    assert told["secrets"] == "decidim/application v1"
    assert told["clocks"] == "0.4 s apart"
    bare = screen(terminal=False)
    points_view.details(bare.console, replace(point(), bucket=None))
    assert "objects\t" not in bare.out.getvalue().replace("needs", "")


def test_proofs(screen: Callable[..., Any]) -> None:
    seen = screen(terminal=False)
    points_view.proofs(seen.console, [PROOF, replace(PROOF, faults=("gone",))])
    sound, broken = (line.split("\t") for line in seen.out.getvalue().splitlines())
    assert sound[:4] == [INSTANCE, point().id, "9 objects", "4096 bytes"]
    assert (sound[-1], broken[-1]) == ("ok", "fault")
    found = points_view.proofs_document([replace(PROOF, faults=("gone",), older="older")])
    assert found["format"] == points_view.PROOFS
    assert found["proofs"][0]["older"] == "older"
    assert tuple(found["proofs"][0]["faults"]) == ("gone",)
