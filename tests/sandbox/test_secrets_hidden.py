"""No secret value stands anywhere it should not: a whole project is searched for each of them."""

from __future__ import annotations

import base64
import gzip
import subprocess  # noqa: TID251 - tests run the product from outside
from collections.abc import Iterator
from pathlib import Path

import hvac
import pytest

from tests.sandbox.project import TENANTS, Done, Project, Standing

pytestmark = pytest.mark.sandbox

SHORTEST = 16
PUBLIC = {"chain", "until"}  # a certificate, and the last day of a program's credential


def values(standing: Standing) -> Iterator[tuple[str, str]]:
    """Every secret value of every tenant, by where it lies."""
    connection = standing.connection
    token = connection.secrets.token_file.read_text(encoding="utf-8").strip()
    yield "operator token", token
    client = hvac.Client(connection.secrets.address, token, verify=str(connection.authority))
    for slug in TENANTS:
        mount = f"tenants/{slug}/kv"
        for path in paths(client, mount, "decidim"):
            found = client.secrets.kv.v2.read_secret_version(
                path, mount_point=mount, raise_on_deleted_version=True
            )
            for name, value in found["data"]["data"].items():
                if name not in PUBLIC:
                    yield f"{slug} {path} {name}", value


def paths(client: hvac.Client, mount: str, folder: str) -> Iterator[str]:
    """Every secret below a folder."""
    listed = client.secrets.kv.v2.list_secrets(folder, mount_point=mount)["data"]["keys"]
    for key in listed:
        path = f"{folder}/{key.rstrip('/')}"
        if key.endswith("/"):
            yield from paths(client, mount, path)
        else:
            yield path


def forms(value: str) -> set[bytes]:
    """The value as tools might write it."""
    lines = [line for line in value.splitlines() if len(line) >= SHORTEST and "---" not in line]
    plain = lines if len(value.splitlines()) > 1 else [value]
    encoded = [base64.b64encode(value.encode()).decode()]
    return {form.encode() for form in (*plain, *encoded)}


def contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            body = path.read_bytes()
            yield path, gzip.decompress(body) if path.suffix == ".gz" else body


def test_no_secret_in_the_whole_project(
    standing: Standing, project: Project, onboarded: dict[str, Done]
) -> None:
    secrets = dict(values(standing))
    assert len(secrets) > 2 * 8
    files = list(contents(project.root))
    assert len(files) > 20
    for path, body in files:
        for name, value in secrets.items():
            for form in forms(value):
                assert form not in body, f"{name} stands in {path.relative_to(project.root)}"


def test_no_secret_in_what_was_said(standing: Standing, onboarded: dict[str, Done]) -> None:
    said = "".join(one.out + one.err for one in onboarded.values()).encode()
    assert said
    for name, value in values(standing):
        assert not any(form in said for form in forms(value)), name


def test_no_secret_in_the_process_list_while_onboarding(
    standing: Standing, project: Project, onboarded: dict[str, Done]
) -> None:
    secrets = dict(values(standing))
    seen: set[bytes] = set()
    with project.start("onboard", TENANTS[0], "--yes") as process:
        while process.poll() is None:
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes())
                except OSError:
                    continue
        process.communicate()
    assert any(b"pulumi" in line for line in seen)
    for name, value in secrets.items():
        assert not any(value.encode() in line for line in seen), name


def test_the_operator_reads_the_state_and_finds_ciphertext(
    standing: Standing, project: Project, onboarded: dict[str, Done]
) -> None:
    folder = project.root / ".orchestrator" / "pulumi" / ".pulumi" / "stacks" / "orchestrator"
    text = (folder / f"{TENANTS[0]}-decidim.json").read_text(encoding="utf-8")
    assert '"ciphertext"' in text
    assert f"tenants/{TENANTS[0]}/transit" in text


def test_nothing_secret_in_the_environment_of_long_lived_processes(standing: Standing) -> None:
    listed = subprocess.run(["ps", "eaxww"], capture_output=True, text=True, check=True).stdout
    token = standing.connection.secrets.token_file.read_text(encoding="utf-8").strip()
    assert token not in listed
