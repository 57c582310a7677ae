"""A tenant's three instances, written to all the time, lost at once, back at one instant."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from ruamel.yaml import YAML

from orchestrator.model.point import read_time
from tests.sandbox import writing
from tests.sandbox.project import CLONE, MODEL, Project, Standing
from tests.sandbox.scribe import PUSHED_S, Scribe, lines, paper, papers
from tests.sandbox.test_rudi_backups import WIPE, Kept
from tests.sandbox.test_rudi_backups import node_instance as node_of
from tests.sandbox.workbench import Workbench, wait_until
from tests.sandbox.workbench import instance as bench_of
from tests.sandbox.writing import Writer

pytestmark = [pytest.mark.sandbox, pytest.mark.torture]

LINKS = """\
links:
  - { from: decidim, to: grist, purpose: Essai d'un même instant, together: true }
  - { from: grist, to: rudi, purpose: Essai d'un même instant, together: true }
"""
LOST = {"statefulset/database": "rm -rf /var/lib/postgresql/data/pgdata"}


@pytest.fixture(scope="module")
def slug(standing: Standing, project: Project) -> Iterator[str]:
    """A tenant with an instance of each product, backed up since they were onboarded."""
    found = f"ensemble-{secrets.token_hex(3)}"
    text = (CLONE / "tenants" / f"{MODEL}.yaml").read_text("utf-8").replace(MODEL, found)
    model: Any = YAML().load(text)
    decidim = model["instances"]["decidim"]
    instances = {"decidim": decidim, "grist": bench_of(found), "rudi": node_of(found)}
    project.tenant_of(found, instances)
    file = project.root / "tenants" / f"{found}.yaml"
    file.write_text(file.read_text("utf-8") + LINKS, "utf-8")
    project.succeed("onboard", found, "--yes")
    yield found
    kubectl = Workbench(found, standing, project).kubectl
    for product in instances:
        kubectl("delete", "namespace", f"{found}-{product}", "--wait=false")
    file.unlink()


def test_three_come_back_to_one_instant(standing: Standing, project: Project, slug: str) -> None:
    connection = standing.connection
    bench, node = Workbench(slug, standing, project), Kept(slug, standing, project)
    space = bench.api("POST", "/api/orgs/current/workspaces", {"name": "Avant"})
    ours = [paper(bench, space, name) for name in ("gardé", "supprimé")]
    published = node.publish("avant")
    with Writer(connection, slug) as writer, Scribe(bench, ours) as scribe:
        time.sleep(PUSHED_S + 10)
        assert node.keeper("keeper-snapshot", f"essai-{secrets.token_hex(3)}").status == 0
        # What the row of a document names comes some seconds after it, the snapshot in whole ones.
        time.sleep(2)
        moment = writing.now(connection, slug)
        then = set(papers(bench))
        time.sleep(4)
        bench.api("DELETE", f"/api/docs/{ours[1]}")
        node.publisher.take_back(published)
        late = node.publish("après")
        wait_until(lambda: len(scribe.lines.get(ours[0], ())) > 10, "nothing is written")
        scribe.stop()
        project.succeed("backup", "run", slug, "--yes")  # the log up to here is in the store
    instant = snapshot_before(node, moment)
    alone = project.call("restore", bench.names.instance, "--at", moment.isoformat(), "--in-place")
    assert "error[parted]" in alone.err
    for product, wiped in (("decidim", LOST), ("grist", LOST), ("rudi", WIPE)):
        for workload, wipe in wiped.items():
            node.kubectl.inside(f"{slug}-{product}", workload, ["sh", "-c", wipe])
        gone = ("delete", "pods", "--all", "-n", f"{slug}-{product}", "--force")
        node.kubectl(*gone, "--grace-period=0")

    done = project.call(
        *("restore", slug, "--at", moment.isoformat(), "--in-place", "--confirm", slug)
    )
    assert done.status == 0, f"{done.out}\n{done.err}"

    found = writing.rows(connection, slug)
    assert writer.ledger.certain("rows", instant) <= found
    assert found <= writer.ledger.possible("rows", instant)
    assert len(found) > 20
    assert set(papers(bench)) == then
    pushed = instant - timedelta(seconds=PUSHED_S)
    for one in ours:
        assert scribe.certain(one, pushed) <= lines(bench, one)
        assert lines(bench, one) <= scribe.possible(one, instant + timedelta(seconds=1))
    assert node.shows(published)
    assert not node.shows(late)
    project.succeed("onboard", slug, "--yes", "--expect-no-changes")


def snapshot_before(node: Kept, moment: datetime) -> datetime:
    """The instant of the newest snapshot that is not younger."""
    taken = [read_time(one["time"][:19] + "Z") for one in node.snapshots()]
    return max(one for one in taken if one <= moment)
