"""A Decidim that somebody writes to all the time, lost, and brought back to a second."""

from __future__ import annotations

import json
import os
import random
import subprocess  # noqa: TID251 - a call that is not answered in time is killed
import time
from typing import Any

import pytest

from tests.sandbox import writing
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import Project, Standing
from tests.sandbox.writing import Writer

pytestmark = pytest.mark.sandbox

SEEDS = range(int(os.environ.get("ORCHESTRATOR_SEEDS", "20")))


def test_the_first_point_is_there_and_whole(project: Project, kept: str) -> None:
    found = project.succeed("backup", "list", f"{kept}/decidim", "--json").document["points"]
    assert found[-1]["reason"] == "onboarding"
    first = found[-1]["id"]
    point = project.succeed("backup", "show", f"{kept}/decidim", first, "--json").document
    assert point["keys"]["wrapped"].startswith("vault:v1:")
    assert point["bucket"]["missing"] == 0
    proof = project.succeed("backup", "verify", kept, "--json").document["proofs"]
    assert [(one["point"], one["faults"]) for one in proof] == [(found[0]["id"], [])]
    assert proof[0]["objects"] > 5
    policy = project.succeed("backup", "policy", kept, "--json").document["instances"]
    fits = {one["what"]: one["fit"] for one in policy[f"{kept}/decidim"]}
    assert set(fits.values()) == {"ok"}, fits


def test_the_nightly_base_is_made_by_a_pod_of_its_own(standing: Standing, kept: str) -> None:
    """As it is scheduled: beside the server, whose files it may read, as a role with no table."""
    kubectl, namespace = Kubectl(standing.connection), f"{kept}-decidim"
    bases = len(_bases(kubectl, namespace))
    made = ("create", "job", "tonight", "--from=cronjob/backup-database-diff", "-n", namespace)
    assert kubectl(*made).status == 0
    waited = kubectl(
        *("wait", "job/tonight", "-n", namespace, "--for=condition=complete", "--timeout=180s"),
        timeout_s=200,
    )
    assert waited.status == 0, kubectl("logs", "job/tonight", "-n", namespace).out
    after = _bases(kubectl, namespace)
    assert len(after) == bases + 1
    assert after[-1]["type"] == "diff"
    assert not after[-1]["error"]
    kubectl("delete", "job", "tonight", "-n", namespace)


def test_to_a_second_after_everything_is_lost(
    standing: Standing, project: Project, kept: str
) -> None:
    connection, kubectl = standing.connection, Kubectl(standing.connection)
    namespace, chance = f"{kept}-decidim", random.Random(kept)  # noqa: S311 - which third
    store = writing.objects(connection)
    with Writer(connection, kept) as writer:
        time.sleep(6)
        moment = writing.now(connection, kept)
        time.sleep(4)
        then = [one for one in writer.ledger.uploads if one.known <= moment]
        for number, one in enumerate(chance.sample(then, len(then))):
            if number % 3 == 0:
                store.put_object(Bucket=writer.bucket, Key=one.name, Body=b"overwritten")
            if number % 3 == 1:
                store.delete_object(Bucket=writer.bucket, Key=one.name)
        project.succeed("backup", "run", f"{kept}/decidim", "--yes")
        time.sleep(2)
    ledger = writer.ledger
    assert len(ledger.certain("rows", moment)) > 20
    assert len(ledger.certain("uploads", moment)) > 9
    wipe = ["sh", "-c", "rm -rf /var/lib/postgresql/data/pgdata"]
    kubectl.inside(namespace, "statefulset/database", wipe)
    kubectl("delete", "pods", "--all", "-n", namespace, "--force", "--grace-period=0")

    done = project.call(
        *("restore", f"{kept}/decidim", "--at", moment.isoformat(), "--in-place"),
        *("--confirm", kept),
    )
    assert done.status == 0, f"{done.out}\n{done.err}"

    for kind, found in (
        ("rows", writing.rows(connection, kept)),
        ("uploads", writing.uploads(connection, kept)),
    ):
        assert ledger.certain(kind, moment) <= found, kind
        assert found <= ledger.possible(kind, moment), kind
    named = writing.uploads(connection, kept)
    for one in (one for one in ledger.uploads if one.name in named):
        body = store.get_object(Bucket=writer.bucket, Key=one.name)["Body"].read()
        assert body == one.content, one.name
    project.succeed("onboard", kept, "--yes", "--expect-no-changes")


@pytest.mark.torture
def test_to_a_point_and_back_again(standing: Standing, project: Project, kept: str) -> None:
    """What is undone is undone by the point that was made before it."""
    connection = standing.connection
    with Writer(connection, kept):
        time.sleep(2)
    before = writing.rows(connection, kept)
    oldest = _points(project, kept)[-1]
    back = ("restore", f"{kept}/decidim", "--in-place", "--confirm", kept, "--point")
    project.succeed(*back, oldest)
    assert not writing.rows(connection, kept)
    undone = next(
        one["id"]
        for one in project.succeed("backup", "list", f"{kept}/decidim", "--json").document["points"]
        if one["reason"] == "before restore"
    )
    project.succeed(*back, undone)
    assert writing.rows(connection, kept) == before


def test_who_was_erased_stays_so(standing: Standing, project: Project, kept: str) -> None:
    """Erased on Tuesday, Monday restored: nobody sees them in between, and the ledger is there."""
    connection, instance = standing.connection, f"{kept}/decidim"
    person = writing.participant(connection, kept)
    page = f"{writing.home(connection, kept)}/meetings/1"

    def shown() -> str:
        return standing.web.request("GET", page).body.decode(errors="replace")

    assert writing.PARTICIPANT in shown()
    project.succeed("backup", "run", instance, "--yes")
    monday = _points(project, kept)[0]

    erase = ("erasure", "run", instance, person, "--reference", "RGPD-7")
    project.succeed(*erase, "--confirm", kept)
    assert writing.left_of(connection, kept, person) == []
    assert writing.PARTICIPANT not in shown()
    assert "Participant supprimé</strong>: Une remarque" in shown()
    assert project.succeed(*erase, "--expect-no-changes", "--confirm", kept).out.startswith(
        "Already"
    )

    back = ("restore", instance, "--point", monday, "--in-place", "--confirm", kept)
    planned = project.succeed(*back, "--dry-run").out
    assert "1 person was erased since, and will be again" in planned
    with project.start(*back) as process:
        seen = []
        while process.poll() is None:
            seen.append(shown())
            time.sleep(0.2)
        out, err = process.communicate()
    assert process.returncode == 0, f"{out}\n{err}"
    assert "1 person was erased again" in out
    assert len(seen) > 20
    assert not [one for one in seen if writing.PARTICIPANT in one]
    assert writing.left_of(connection, kept, person) == []
    assert "Participant supprimé</strong>: Une remarque" in shown()

    (entry,) = project.succeed("erasure", "list", instance, "--json").document["erasures"]
    assert (entry["person"], entry["reference"]) == (person, "RGPD-7")
    assert project.succeed(*erase, "--expect-no-changes", "--confirm", kept).out.startswith(
        "Already"
    )
    acts = project.succeed("journal", "list", kept, "--json").document["acts"]
    about = {one.get("about", "") for one in acts if one["verb"] == "erase"}
    assert about == {entry["about"]}
    assert person not in [value for one in acts for value in one.values()]
    project.succeed("onboard", kept, "--yes", "--expect-no-changes")


@pytest.mark.fault(
    1,
    "The orchestrator is killed while it backs up",
    "SIGKILL at a random moment of `backup run`, from twenty seeds",
    "every point that is there is whole, and the next run makes one",
)
def test_killed_at_random_it_leaves_whole_points_alone(project: Project, kept: str) -> None:
    before, killed = set(_points(project, kept)), 0
    for seed in SEEDS:
        chance = random.Random(seed)  # noqa: S311 - when to kill is no secret
        with project.start("backup", "run", f"{kept}/decidim", "--yes") as process:
            try:
                process.communicate(timeout=chance.uniform(0.5, 5.0))
            except subprocess.TimeoutExpired:
                process.kill()
                killed += 1
        listed = project.succeed("backup", "list", f"{kept}/decidim", "--json").document["points"]
        assert [one["fault"] for one in listed if one["fault"]] == []
        assert before <= {one["id"] for one in listed}
    assert killed > len(SEEDS) // 2
    last = set(_points(project, kept))
    project.succeed("backup", "run", f"{kept}/decidim", "--yes")
    assert len(set(_points(project, kept)) - last) == 1
    proof = project.succeed("backup", "verify", kept, "--json").document["proofs"]
    assert [one["faults"] for one in proof] == [[]]
    project.succeed("onboard", kept, "--yes", "--expect-no-changes")


def _bases(kubectl: Kubectl, namespace: str) -> list[dict[str, Any]]:
    asked = ["pgbackrest", "--stanza=main", "--output=json", "info"]
    (found,) = json.loads(kubectl.inside(namespace, "statefulset/database", asked).out)
    bases: list[dict[str, Any]] = found["backup"]
    return bases


def _points(project: Project, slug: str) -> list[str]:
    found = project.succeed("backup", "list", f"{slug}/decidim", "--json").document["points"]
    return [one["id"] for one in found]
