"""The entrance that vouches for people, the log that says too much, the chores of the image."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors.process import ToolFailedError
from orchestrator.sandbox.images.catalogue import RECIPES
from orchestrator.sandbox.images.standins import GRIST
from orchestrator.sandbox.standins import grist as package
from orchestrator.tools import process

PACKAGE = Path(package.__file__).parent
PROGRAM = (
    "import sys; from orchestrator.sandbox.standins.grist.front import main;"
    " sys.exit(main(sys.argv[1:]))"
)


def cli(folder: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "GRIST_INST_DIR": str(folder)}
    argv = [sys.executable, "-c", PROGRAM, *arguments]
    return process.run(argv, process.Limits(env=environment, cwd=Path.cwd())).stdout


def test_a_header_is_believed_whoever_sends_it(start: Any, served: dict[str, str]) -> None:
    forwarded = {"GRIST_FORWARD_AUTH_HEADER": "X-Email", "GRIST_IGNORE_SESSION": "true"}
    grist = start(**served, **forwarded)
    profile = "/api/profile/user"
    assert grist.ask("GET", profile).json["anonymous"]
    told = grist.ask("GET", profile, headers={"X-Email": "admin@town.example"}).json
    assert told["email"] == "admin@town.example"
    assert grist.ask("GET", "/login").headers["location"] == "/auth/login"
    assert grist.ask("GET", "/auth/login").status == 401


def test_the_log_has_bodies_where_somebody_wanted_them(start: Any, served: dict[str, str]) -> None:
    for bodies, leaked in (("false", False), ("true", True)):
        grist = start(**served, GRIST_LOG_HTTP="true", GRIST_LOG_HTTP_BODY=bodies)
        assert grist.boot().status == 204
        assert grist.end(signal.SIGTERM) == 0
        assert "/boot/login" in grist.log
        assert ("key-of-the-operator" in grist.log) is leaked


def test_the_chores_need_no_server(tmp_path: Path) -> None:
    with pytest.raises(ToolFailedError):
        cli(tmp_path, "db", "check")
    cli(tmp_path, "db", "migrate")
    assert "52 migrations applied, 0 pending" in cli(tmp_path, "db", "check")
    assert "created" in cli(tmp_path, "site", "create", "town", "admin@town.example")
    found = cli(
        tmp_path, "sqlite", "query", str(tmp_path / "home.sqlite3"), "SELECT domain FROM orgs"
    )
    assert found == "town\n"
    assert "52" in cli(tmp_path, "db", "revert")
    with pytest.raises(ToolFailedError):
        cli(tmp_path, "db", "check")


def test_each_stand_in_has_what_it_shares() -> None:
    sharing = [
        each for each in RECIPES if each.name.partition("-")[0] in {"decidim", "grist", "rudi"}
    ]
    assert GRIST in sharing
    for recipe in sharing:
        product = recipe.name.partition("-")[0]
        place = f"/usr/lib/{product}/orchestrator/sandbox/standins/common/signature.py"
        assert place in [target for _, target in recipe.files()]


def test_nothing_calls_out_but_for_the_bucket_and_the_provider() -> None:
    ways = re.compile(r"HTTPS?Connection\(|urlopen|create_connection|import (socket|requests)\b")
    calling = {path.name for path in PACKAGE.glob("*.py") if ways.search(path.read_text())}
    assert calling == {"bucket.py", "oidc.py"}
