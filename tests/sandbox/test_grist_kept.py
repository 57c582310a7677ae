"""A workbench that somebody writes to all the time, lost, brought back, copied and drilled."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox import writing
from tests.sandbox.project import Project, Standing
from tests.sandbox.scribe import PUSHED_S, Scribe, lines, now, paper, papers
from tests.sandbox.workbench import Workbench, instance, wait_until

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def bench(standing: Standing, project: Project) -> Iterator[Workbench]:
    """A workbench that is backed up since it was onboarded."""
    slug = f"tableur-{secrets.token_hex(3)}"
    project.tenant_of(slug, {"grist": instance(slug)})
    project.succeed("onboard", slug, "--yes")
    found = Workbench(slug, standing, project)
    yield found
    found.kubectl("delete", "namespace", found.namespace, "--wait=false")
    (project.root / "tenants" / f"{slug}.yaml").unlink()


def test_the_first_point_is_there_and_whole(project: Project, bench: Workbench) -> None:
    found = points(project, bench)
    assert [one["reason"] for one in found] == ["onboarding"]
    assert found[0]["bucket"]["missing"] == 0
    proof = project.succeed("backup", "verify", bench.slug, "--json").document["proofs"]
    assert [(one["point"], one["faults"]) for one in proof] == [(found[0]["id"], [])]
    policy = project.succeed("backup", "policy", bench.slug, "--json").document["instances"]
    fits = {one["what"]: one["fit"] for one in policy[f"{bench.slug}/grist"]}
    assert set(fits.values()) == {"ok"}, fits
    again = project.succeed("onboard", bench.slug, "--yes", "--expect-no-changes")
    assert again.out.startswith("Already so:")


def test_what_the_product_destroys_is_kept(project: Project, bench: Workbench) -> None:
    """Its own pruning leaves five versions; a deleted document leaves none in its bucket."""
    space = bench.api("POST", "/api/orgs/current/workspaces", {"name": "Élagage"})
    one = paper(bench, space, "Beaucoup")
    key = f"docs/{one}.grist"
    for number in range(8):
        path = f"/api/docs/{one}/tables/Lignes/records"
        bench.api("POST", path, {"records": [{"fields": {"Mot": f"{number}"}}]})
        bench.api("POST", f"/api/docs/{one}/flush")
        time.sleep(2)
    project.succeed("backup", "run", f"{bench.slug}/grist", "--yes")
    store = writing.objects(bench.standing.connection)
    left = store.list_object_versions(Bucket=bench.names.bucket, Prefix=key)["Versions"]
    kept = copies(bench, key)
    assert len(left) <= 6 < len(kept)
    bench.api("DELETE", f"/api/docs/{one}")
    gone = store.list_object_versions(Bucket=bench.names.bucket, Prefix=key)
    assert not gone.get("Versions")
    wait_until(lambda: copies(bench, key)[-1].endswith("-d-gone"), "its end is not noted")
    assert len(copies(bench, key)) == len(kept) + 1


@pytest.mark.fault(
    30,
    "A queue speaks of what came after the moment that is restored",
    "a document destroyed after the moment, which Redis remembers as deleted for a day",
    "the document is there again, opens and takes new lines",
)
def test_to_a_second_after_everything_is_lost(project: Project, bench: Workbench) -> None:
    kubectl = bench.kubectl
    space = bench.api("POST", "/api/orgs/current/workspaces", {"name": "Avant"})
    ours = [paper(bench, space, name) for name in ("gardé", "supprimé", "réécrit")]
    with Scribe(bench, ours) as scribe:
        old = timedelta(seconds=PUSHED_S)
        wait_until(
            lambda: min(len(scribe.certain(one, now(bench) - old)) for one in ours) > 2,
            "too few lines are old enough",
            300.0,
        )
        moment = now(bench)
        time.sleep(2)
        bench.api("DELETE", f"/api/docs/{ours[1]}")
        scribe.papers = [ours[0], ours[2]]
        after = paper(bench, space, "venu après")
        time.sleep(25)
    then = set(papers(bench)) - {after} | {ours[1]}
    wipe = ["sh", "-c", "rm -rf /var/lib/postgresql/data/pgdata"]
    kubectl.inside(bench.namespace, "statefulset/database", wipe)
    gone = ("delete", "pods", "--all", "-n", bench.namespace, "--force", "--grace-period=0")
    kubectl(*gone)

    done = project.call(
        *("restore", f"{bench.slug}/grist", "--at", moment.isoformat(), "--in-place"),
        *("--confirm", bench.slug),
    )
    assert done.status == 0, f"{done.out}\n{done.err}"

    assert set(papers(bench)) == then
    pushed = moment - timedelta(seconds=PUSHED_S)
    for one in ours:
        found = lines(bench, one)
        assert scribe.certain(one, pushed) <= found
        assert found <= scribe.possible(one, moment + timedelta(seconds=1)), "of its second at most"
    assert lines(bench, ours[1]), "a document that was destroyed with all its versions is back"
    bench.api("POST", f"/api/docs/{ours[1]}/tables/Lignes/records", record("après"))
    assert "après" in lines(bench, ours[1])
    project.succeed("onboard", bench.slug, "--yes", "--expect-no-changes")


@pytest.mark.torture
def test_who_was_erased_is_erased_again_in_a_copy(project: Project, bench: Workbench) -> None:
    instance_name = f"{bench.slug}/grist"
    person = {"userName": "marie@effacable.example", "displayName": "Marie Effaçable"}
    person |= {"emails": [{"value": "marie@effacable.example", "primary": True}]}
    key = bench.secret("grist/administrator", "key")
    answer = bench.ask("POST", "/api/scim/v2/Users", person, key=key)
    assert answer.status == 201
    made = json.loads(answer.body)
    project.succeed("backup", "run", instance_name, "--yes")
    point = points(project, bench)[0]["id"]
    erase = ("erasure", "run", instance_name, made["id"], "--reference", "RGPD-8")
    project.succeed(*erase, "--confirm", bench.slug)
    there = f"select count(*) from users where id = {made['id']}"  # noqa: S608
    assert bench.database(there) == "0"
    assert project.succeed(*erase, "--expect-no-changes").out.startswith("Already so:")
    back = ("restore", instance_name, "--point", point, "--as", "efface", "--yes")
    assert "1 person was erased again" in project.succeed(*back).out
    copy = bench.names.beside("efface").namespace
    asked = ["psql", "-XAtq", "-h", "/run/postgresql", "-U", "postgres", "-d", "grist", "-c", there]
    assert bench.kubectl.inside(copy, "statefulset/database", asked).out.strip() == "0"
    project.succeed("copy", "remove", instance_name, "efface", "--yes")


@pytest.mark.torture
def test_beside_it_and_removed(project: Project, bench: Workbench) -> None:
    """A copy has its own address, bucket and way to sign in, and the documents of the moment."""
    instance_name = f"{bench.slug}/grist"
    space = bench.api("POST", "/api/orgs/current/workspaces", {"name": "À côté"})
    paper(bench, space, "copié")
    before = set(papers(bench))
    project.succeed("backup", "run", instance_name, "--yes")
    point = points(project, bench)[0]["id"]
    project.succeed("restore", instance_name, "--point", point, "--as", "essai", "--yes")
    (copy,) = project.succeed("copy", "list", bench.slug, "--json").document["copies"]
    answer = bench.web.request("GET", f"{copy['address']}/status?ready=1&db=1")
    assert answer.status == 200
    names = bench.names.beside("essai")
    store = writing.objects(bench.standing.connection)
    held = store.list_objects_v2(Bucket=names.bucket, Prefix="docs/")["Contents"]
    assert {f"docs/{one}.grist" for one in before} <= {one["Key"] for one in held}
    found = bench.kubectl.get("deployments", "-n", names.namespace)
    assert "copier" not in {one["metadata"]["name"] for one in found["items"]}
    project.succeed("copy", "remove", instance_name, "essai", "--yes")
    assert bench.kubectl("get", "namespace", names.namespace).status != 0


@pytest.mark.torture
def test_a_drill_proves_it(project: Project, bench: Workbench) -> None:
    done = project.call("drill", "run", bench.slug)
    assert done.status == 0, f"{done.out}\n{done.err}"
    (line,) = project.succeed("drill", "list", bench.slug, "--json").document["instances"]
    assert line["newest"]["verdict"] == "green"
    assert line["newest"]["copy_removed"]
    assert {one["held"] for one in line["newest"]["assertions"]} == {True}


def record(word: str) -> dict[str, Any]:
    return {"records": [{"fields": {"Mot": word}}]}


def points(project: Project, bench: Workbench) -> list[dict[str, Any]]:
    said = project.succeed("backup", "list", f"{bench.slug}/grist", "--json")
    found: list[dict[str, Any]] = said.document["points"]
    return found


def copies(bench: Workbench, key: str) -> list[str]:
    """The copies of an object's versions, the oldest first."""
    store = writing.objects(bench.standing.connection)
    found = store.list_objects_v2(Bucket=bench.names.backup_bucket, Prefix=f"objects/{key}/")
    return [one["Key"] for one in found.get("Contents", ())]
