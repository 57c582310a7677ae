"""Servers that refuse, are busy or are away: told with a code and a way on, and nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import hvac
import pytest

from orchestrator.model.connection import Connection
from orchestrator.model.names import InstanceNames, TenantNames
from tests.sandbox.elsewhere import busy_store, nobody, reached_by
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import Done, Project, Standing

pytestmark = pytest.mark.sandbox

AWAY_S = 30.0
REFUSED = "refuse.example"  # the sandbox's mail sink takes nothing for it


def root(connection: Connection) -> hvac.Client:
    keys = json.loads(connection.secrets.token_file.with_name("keys.json").read_text("utf-8"))
    return hvac.Client(
        connection.secrets.address, keys["root_token"], verify=str(connection.authority)
    )


def refused(done: Done, status: int, code: str) -> None:
    assert done.status == status, done.err
    assert f"error[{code}]" in done.err
    assert "Traceback" not in done.err
    assert "hint:" in done.err


def nothing_was_made(standing: Standing, slug: str) -> None:
    mount = f"{TenantNames(slug).secrets_mount}/"
    assert mount not in root(standing.connection).sys.list_mounted_secrets_engines()["data"]
    namespace = InstanceNames(slug, "decidim").namespace
    assert Kubectl(standing.connection)("get", "namespace", namespace).status != 0


def secrets_away(real: Connection, _folder: Path) -> Connection:
    server = real.secrets.model_copy(update={"address": f"https://{nobody()}"})
    return real.model_copy(update={"secrets": server})


def secrets_denied(real: Connection, folder: Path) -> Connection:
    made = root(real).auth.token.create(policies=["default"], ttl="10m")
    (folder / "token").write_text(made["auth"]["client_token"], encoding="utf-8")
    server = real.secrets.model_copy(update={"token_file": folder / "token"})
    return real.model_copy(update={"secrets": server})


def store_away(real: Connection, _folder: Path) -> Connection:
    return real.model_copy(
        update={"objects": real.objects.model_copy(update={"endpoint": f"http://{nobody()}"})}
    )


def store_denied(real: Connection, folder: Path) -> Connection:
    keys = json.loads(real.objects.credentials_file.read_text("utf-8"))
    (folder / "keys").write_text(json.dumps({**keys, "secret_key": "not-it"}), encoding="utf-8")
    store = real.objects.model_copy(update={"credentials_file": folder / "keys"})
    return real.model_copy(update={"objects": store})


@pytest.mark.parametrize(
    ("wrong", "ends"),
    [
        (secrets_away, (4, "secrets-unreachable")),
        (secrets_denied, (3, "secrets-denied")),
        (store_away, (4, "store-unreachable")),
        (store_denied, (3, "store-denied")),
    ],
)
def test_a_server_that_is_away_or_refuses(
    standing: Standing,
    project: Project,
    slug: str,
    tmp_path: Path,
    wrong: Callable[[Connection, Path], Connection],
    ends: tuple[int, str],
) -> None:
    elsewhere = reached_by(project, wrong(standing.connection, tmp_path), tmp_path)
    done = elsewhere.call("onboard", slug, "--yes")
    refused(done, *ends)
    for file in (tmp_path / "token", tmp_path / "keys"):
        assert not file.exists() or file.read_text("utf-8") not in done.out + done.err
    nothing_was_made(standing, slug)


def test_a_store_that_is_busy_throughout(
    standing: Standing, project: Project, slug: str, tmp_path: Path
) -> None:
    real = standing.connection
    with busy_store(real.objects.endpoint, lambda _number: True) as endpoint:
        store = real.objects.model_copy(update={"endpoint": endpoint})
        elsewhere = reached_by(project, real.model_copy(update={"objects": store}), tmp_path)
        refused(elsewhere.call("onboard", slug, "--yes"), 4, "store-unavailable")
    nothing_was_made(standing, slug)


def test_a_store_that_is_busy_for_a_moment(
    standing: Standing, project: Project, slug: str, tmp_path: Path
) -> None:
    real = standing.connection
    asked: list[int] = []

    def busy(number: int) -> bool:
        asked.append(number)
        return number <= 2

    with busy_store(real.objects.endpoint, busy) as endpoint:
        store = real.objects.model_copy(update={"endpoint": endpoint})
        elsewhere = reached_by(project, real.model_copy(update={"objects": store}), tmp_path)
        elsewhere.succeed("plan", slug)
    assert len(asked) > 2


@pytest.mark.fault(
    26,
    "The API of the cluster hangs",
    "its process stopped for 30 s in the middle of an onboarding, then let go on",
    "the run arrives, or is told and arrives when it is run again; nothing is there twice",
)
def test_an_api_server_that_is_away_in_the_middle(
    standing: Standing, project: Project, slug: str
) -> None:
    part = next(one for one in standing.sandbox.status() if one.name == "api-server")
    with project.watched("onboard", slug, "--yes") as call:
        assert call.says("created service/")
        os.kill(part.pid, signal.SIGSTOP)
        try:
            time.sleep(AWAY_S)
        finally:
            os.kill(part.pid, signal.SIGCONT)
        status, out, err = call.ended()
    if status != 0:  # told, and the same command arrives
        assert "error[" in err
        assert "Traceback" not in err
        out = project.succeed("onboard", slug, "--yes").out
    assert f"{slug}/decidim is live" in out
    again = project.succeed("onboard", slug, "--yes", "--expect-no-changes")
    assert again.out.startswith("Already so:")


def test_a_mail_relay_that_refuses(project: Project, slug: str) -> None:
    project.tenant(slug, {"dsi@saint-martin.example": f"dsi@{REFUSED}"})
    done = project.call("onboard", slug, "--yes")
    refused(done, 4, "acceptance-failed")
    assert "Net::SMTPFatalError 550 5.7.1" in done.err
    assert "is live" not in done.out
    seen = project.succeed("status", slug, "--json").document["instances"]
    assert [one["state"] for one in seen] == ["degraded"]
    project.tenant(slug)
    assert f"{slug}/decidim is live" in project.succeed("onboard", slug, "--yes").out
