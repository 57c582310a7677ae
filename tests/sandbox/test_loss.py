"""How much is lost when everything of an instance is killed and its volume is gone, under load."""

from __future__ import annotations

import os
import random
import secrets
import time
from collections.abc import Collection, Iterable
from datetime import datetime

import pytest

from tests.sandbox import writing
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import Project, Standing
from tests.sandbox.scribe import PUSHED_S, Scribe, lines, now, paper
from tests.sandbox.workbench import Workbench, instance
from tests.sandbox.writing import Entry, Writer

pytestmark = [pytest.mark.sandbox, pytest.mark.torture]

TRIALS = int(os.environ.get("ORCHESTRATOR_TRIALS", "10"))
DECLARED_S = 60.0
SENDING_S = 15.0
"""What a file of the log takes to the store on a busy machine, once it is closed."""
LONGEST_S = 130.0


@pytest.fixture(scope="module")
def lost(standing: Standing, project: Project) -> str:
    slug = f"perte-{secrets.token_hex(3)}"
    project.tenant(slug)
    project.succeed("onboard", slug, "--yes")
    return slug


@pytest.fixture(scope="module")
def bench(standing: Standing, project: Project) -> Workbench:
    slug = f"perte-{secrets.token_hex(3)}"
    project.tenant_of(slug, {"grist": instance(slug)})
    project.succeed("onboard", slug, "--yes")
    return Workbench(slug, standing, project)


@pytest.fixture(scope="module")
def written(bench: Workbench, project: Project) -> str:
    """A document whose row is older than what may be lost of the database."""
    space = bench.api("POST", "/api/orgs/current/workspaces", {"name": "Essai"})
    made = paper(bench, space, "écrit")
    project.succeed("backup", "run", f"{bench.slug}/grist", "--yes")
    return made


@pytest.mark.parametrize("trial", range(TRIALS))
def test_no_more_than_a_minute_of_the_database_is_lost(
    standing: Standing,
    project: Project,
    lost: str,
    trial: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    connection, kubectl = standing.connection, Kubectl(standing.connection)
    chance = random.Random(trial)  # noqa: S311 - the moment, repeatable
    with Writer(connection, lost) as writer:
        time.sleep(chance.uniform(5, LONGEST_S))
        killed = writing.now(connection, lost)
        namespace = f"{lost}-decidim"
        kill = ["sh", "-c", "rm -rf /var/lib/postgresql/data/pgdata; kill -9 -1"]
        kubectl.inside(namespace, "statefulset/database", kill)
        kubectl("delete", "pods", "--all", "-n", namespace, "--force", "--grace-period=0")
    ledger = writer.ledger
    asked = ("restore", f"{lost}/decidim", "--at", killed.isoformat(), "--in-place")
    done = project.call(*asked, "--confirm", lost)
    assert done.status == 0, f"{done.out}\n{done.err}"
    found = writing.rows(connection, lost)
    loss_s = age_of_the_lost(ledger.rows, found, killed)
    with capsys.disabled():
        print(f"trial {trial}: {loss_s:.1f} s of the database lost, {len(found)} rows kept")  # noqa: T201
    assert loss_s <= DECLARED_S + SENDING_S


def age_of_the_lost(written: Iterable[Entry], found: Collection[str], killed: datetime) -> float:
    """Seconds between the oldest that is lost and the loss; nothing younger may have come back."""
    lost = [one for one in written if one.name not in found and one.known <= killed]
    if not lost:
        return 0.0
    first = min(lost, key=lambda one: one.known)
    kept_later = [one for one in written if one.name in found and one.asked > first.known]
    assert not kept_later, "a hole"
    return (killed - first.known).total_seconds()


@pytest.mark.parametrize("trial", range(TRIALS))
def test_no_more_than_half_a_minute_of_a_document_is_lost(
    bench: Workbench, written: str, trial: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(trial)  # noqa: S311 - the moment, repeatable
    with Scribe(bench, [written]) as scribe:
        time.sleep(chance.uniform(20, 70))
        killed = now(bench)
        kill = ["sh", "-c", "rm -rf /var/lib/postgresql/data/pgdata; kill -9 -1"]
        bench.kubectl.inside(bench.namespace, "statefulset/database", kill)
        bench.kubectl(
            *("delete", "pods", "--all", "-n", bench.namespace, "--force", "--grace-period=0")
        )
        scribe.stop()
    asked = ("restore", f"{bench.slug}/grist", "--at", killed.isoformat(), "--in-place")
    done = bench.project.call(*asked, "--confirm", bench.slug)
    assert done.status == 0, f"{done.out}\n{done.err}"
    found = lines(bench, written)
    loss_s = age_of_the_lost(scribe.lines[written], found, killed)
    with capsys.disabled():
        print(f"trial {trial}: {loss_s:.1f} s of a document lost, {len(found)} lines kept")  # noqa: T201
    assert loss_s <= PUSHED_S
