"""The first start, and each way in which it leaves an instance that is open or of no use."""

from __future__ import annotations

import re
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from orchestrator.sandbox.standins.grist.environment import (
    PUBLIC_SESSION_SECRET,
    Environment,
    UnusableValueError,
)
from orchestrator.sandbox.standins.grist.sessions import signed
from orchestrator.tools import process

NO_EXAMPLE = "No example workspace available"


def test_the_gate_is_shut_while_the_status_is_well(start: Any, tmp_path: Path) -> None:
    grist = start()
    assert grist.ask("GET", "/status?ready=1&db=1&docWorkerRegistered=1").status == 200
    refused = grist.ask("GET", "/api/orgs")
    assert (refused.status, refused.json) == (503, {"error": "Grist is not yet configured"})
    assert grist.ask("GET", "/boot").status == grist.ask("GET", "/admin").status == 200

    found = re.search(r"BOOT KEY: ([0-9a-f]{24})\n", grist.log)
    assert found
    with sqlite3.connect(tmp_path / "home.sqlite3") as home:
        prefs = home.execute("SELECT prefs FROM activations").fetchone()[0]
    home.close()
    assert found[1] in prefs
    cookie = {"Cookie": grist.boot(found[1], "first@town.example").cookie}
    opened = {"envVars": {"GRIST_IN_SERVICE": "true"}}
    assert grist.ask("PATCH", "/api/install/prefs", opened, headers=cookie).status == 200
    assert grist.ask("GET", "/api/orgs").status == 200


def test_the_boot_key_is_dead_only_when_it_is_removed_everywhere(
    start: Any, served: dict[str, str]
) -> None:
    first = start(**{**served, "GRIST_BOOT_KEY": ""})
    stored = re.findall(r"BOOT KEY: (\w+)", first.log)[0]
    assert first.boot("wrong").status == 401
    assert first.end(signal.SIGTERM) == 0

    again = start(**served)
    assert again.boot(stored).status == 401
    key = again.admin_key()
    assert again.ask("GET", "/api/probes/boot-key", key=key).json["status"] == "warning"
    again.end(signal.SIGTERM)

    # Dropped from the environment alone, the one of the first start is good again.
    left = {name: value for name, value in served.items() if name != "GRIST_BOOT_KEY"}
    third = start(**left)
    assert third.boot(stored).status == 204
    gone = {"envVars": {"GRIST_BOOT_KEY": None, "GRIST_IN_SERVICE": None}}
    assert third.ask("PATCH", "/api/install/prefs", gone, key=key).status == 200
    assert third.boot(stored).status == third.boot("").status == 401
    assert third.ask("GET", "/api/probes/boot-key", key=key).json["status"] == "success"


@pytest.mark.parametrize("flag", ["GRIST_PERSONAL_ORGS", "GRIST_ORG_CREATION_ANYONE"])
def test_two_flags_stop_the_first_start(start: Any, served: dict[str, str], flag: str) -> None:
    grist = start(wait=False, **served, **{flag: "false"})
    assert grist.end() == 1
    assert NO_EXAMPLE in grist.log


def test_the_two_flags_work_from_the_second_start_on(start: Any, served: dict[str, str]) -> None:
    both = {"GRIST_ORG_CREATION_ANYONE": "false", "GRIST_PERSONAL_ORGS": "false"}
    # A start that failed has not made the site that it lacked.
    assert start(wait=False, **served, **both).end() == 1
    assert start(wait=False, **served, **both).end() == 1
    start(**served, **{**both, "GRIST_PERSONAL_ORGS": "true"}).end(signal.SIGTERM)
    grist = start(**served, **both)
    cookie = {"Cookie": grist.boot().cookie}
    orgs = grist.ask("GET", "/api/orgs", headers=cookie).json
    assert [each["domain"] for each in orgs] == ["town"]


def test_a_sandbox_that_is_not_there_stops_the_start(start: Any, served: dict[str, str]) -> None:
    grist = start(wait=False, **served, GRIST_SANDBOX_FLAVOR="gvisor")
    assert grist.end() == 1
    assert "runsc" in grist.log
    assert not (grist.folder / "home.sqlite3").exists()


def test_the_smallest_login_lets_anybody_in_and_its_probe_is_content(start: Any) -> None:
    grist = start(GRIST_IN_SERVICE="true")
    stranger = grist.ask("GET", "/login")
    assert stranger.status == 302
    cookie = {"Cookie": stranger.cookie}
    profile = grist.ask("GET", "/api/profile/user", headers=cookie).json
    assert profile["email"] == "you@example.com"
    probe = grist.ask("GET", "/api/probes/authentication", headers=cookie).json
    assert probe == {"status": "success", "details": {"provider": "minimal"}}

    # Unset, the secret is what stands in the source: anybody can sign what the server believes.
    value = unquote(cookie["Cookie"].partition("=")[2])
    assert value == signed(value.removeprefix("s:").rpartition(".")[0], PUBLIC_SESSION_SECRET)
    probe = grist.ask("GET", "/api/probes/session-secret", headers=cookie).json
    assert probe["status"] == "warning"


def test_a_secret_of_our_own_ends_what_the_constant_one_signed(
    start: Any, served: dict[str, str]
) -> None:
    grist = start(**{**served, "GRIST_SESSION_SECRET": ""})
    cookie = {"Cookie": grist.boot().cookie}
    assert grist.ask("GET", "/api/session/access/active", headers=cookie).json["org"]
    grist.end(signal.SIGTERM)
    again = start(**served)
    assert again.ask("GET", "/api/profile/user", headers=cookie).json["anonymous"]


def test_the_environment_wins_over_what_is_stored(start: Any, served: dict[str, str]) -> None:
    grist = start(**served)
    key = grist.admin_key()
    wanted = {"GRIST_ADMIN_EMAIL": "intruder@town.example", "GRIST_FORCE_LOGIN": "true"}
    assert grist.ask("PATCH", "/api/install/prefs", {"envVars": wanted}, key=key).status == 200
    unknown = {"envVars": {"GRIST_SESSION_SECRET": "mine"}}
    assert grist.ask("PATCH", "/api/install/prefs", unknown, key=key).status == 400
    assert grist.ask("GET", "/api/probes/admins", key=key).status == 200
    # One kind of setting counts at once, the other from the next start on.
    assert grist.ask("GET", "/").status == 200
    grist.end(signal.SIGTERM)
    assert start(**served).ask("GET", "/").headers["location"] == "/login"


def test_all_five_spans_of_the_snapshots_are_needed() -> None:
    cap = {"GRIST_SNAPSHOT_TIME_CAP": '{"hour": 24, "day": 30, "month": 12, "year": 1}'}
    with pytest.raises(UnusableValueError, match="isoWeek"):
        assert Environment(cap).snapshot_time_cap


def test_it_says_what_it_is() -> None:
    program = "from orchestrator.sandbox.standins.grist.front import main; main(['--version'])"
    told = process.run([sys.executable, "-c", program])
    assert "1.7.17" in told.stdout
    assert "Stand-in" in told.stdout
