"""A sandbox and a project of the tests' own.

The sandbox is called `tests` and stands beside any other. It is taken down with all its data at
the end, unless ORCHESTRATOR_KEEP_TESTS is set; then the next session goes on with it.
"""

from __future__ import annotations

import os
import secrets
import time
import zlib
from collections.abc import Iterator

import pytest

from orchestrator.model.connection import Connection
from orchestrator.settings import load
from orchestrator.wiring.place import sandbox_of
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import CLONE, NAME, TENANTS, Done, Project, Standing


@pytest.fixture(scope="session")
def standing() -> Iterator[Standing]:
    """A sandbox that stands, brought up as people do it."""
    clone = Project(CLONE)
    kept = os.environ.get("ORCHESTRATOR_KEEP_TESTS")
    if not kept:
        clone.succeed("sandbox", "reset", "--name", NAME, "--confirm", NAME)
    clone.succeed("sandbox", "up", "--name", NAME)
    sandbox = sandbox_of(load(root=CLONE), NAME)
    text = sandbox.connection_path.read_text(encoding="utf-8")
    yield Standing(sandbox, Connection.model_validate_json(text))
    if not kept:
        clone.succeed("sandbox", "reset", "--name", NAME, "--confirm", NAME)


@pytest.fixture(scope="session")
def project(standing: Standing, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose platform is that sandbox, with two tenants."""
    root = tmp_path_factory.mktemp("project")
    platforms = root / "tenants" / "_platforms"
    platforms.mkdir(parents=True)
    (root / "tenants" / "_defaults.yaml").symlink_to(CLONE / "tenants" / "_defaults.yaml")
    text = (CLONE / "tenants" / "_platforms" / "sandbox.yaml").read_text(encoding="utf-8")
    assert "name: default" in text
    changed = text.replace("name: default", f"name: {NAME}", 1)
    (platforms / "sandbox.yaml").write_text(changed, encoding="utf-8")
    made = Project(root)
    for slug in TENANTS:
        made.tenant(slug)
    return made


@pytest.fixture(scope="session")
def onboarded(project: Project) -> dict[str, Done]:
    """Both tenants, onboarded one beside the other; what the command line said."""
    begun = {slug: project.start("onboard", slug, "--yes") for slug in TENANTS}
    done = {}
    for slug, process in begun.items():
        started = time.monotonic()
        out, err = process.communicate(timeout=900)
        done[slug] = Done(process.returncode, out, err, time.monotonic() - started)
    for slug, one in done.items():
        assert one.status == 0, f"{slug}: {one.status}\n{one.out}\n{one.err}"
    return done


@pytest.fixture(scope="session")
def kept(standing: Standing, project: Project) -> Iterator[str]:
    """A tenant with a Decidim, backed up since it was onboarded.

    Its name is new each time: a repository that is known is never begun anew.
    """
    found = f"garde-{secrets.token_hex(3)}"
    project.tenant(found)
    project.succeed("onboard", found, "--yes")
    yield found
    Kubectl(standing.connection)("delete", "namespace", f"{found}-decidim", "--wait=false")
    (project.root / "tenants" / f"{found}.yaml").unlink()


@pytest.fixture
def slug(standing: Standing, project: Project, request: pytest.FixtureRequest) -> Iterator[str]:
    """A tenant of the test's own, that makes room for others afterwards."""
    found = f"essai-{zlib.crc32(request.node.name.encode()) % 10_000}"
    project.tenant(found)
    yield found
    Kubectl(standing.connection)("delete", "namespace", f"{found}-decidim", "--wait=false")
    (project.root / "tenants" / f"{found}.yaml").unlink()
