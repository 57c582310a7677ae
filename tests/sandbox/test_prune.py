"""What is kept for longer than promised goes, in a sandbox: a Decidim and a node, minutes promised.

Nothing is pretended: what is old here is older than the few minutes that the tenant file promises.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ruamel.yaml import YAML

from orchestrator.flows.steps.base_backup import engine_of
from orchestrator.recovery.postgresql import Repository
from orchestrator.recovery.prunings import Prunings
from orchestrator.settings import load
from orchestrator.wiring import case as cases
from tests.sandbox.harm import Harmed
from tests.sandbox.project import CLONE, MODEL, Project, Standing
from tests.sandbox.test_rudi_backups import Kept

pytestmark = [pytest.mark.sandbox, pytest.mark.torture]

KEPT = timedelta(minutes=4)
PROMISE = {"recovery_point": "1min", "recovery_time": "4h", "kept": "4min", "off_site": True}


@dataclass
class Scene:
    """One tenant with both; `old` and `young` are the points of each instance by their age."""

    slug: str
    decidim: Harmed
    node: Kept

    def repository(self) -> Repository:
        """What the engine says of the database's repository."""
        (case,) = cases.read(load(root=self.decidim.project.root), self.decidim.instance)
        engine = engine_of(case.subject, self.decidim.tools)
        assert engine is not None
        found = engine.repository()
        assert found is not None
        return found

    def bases(self) -> list[str]:
        """Labels of the full bases, the oldest first."""
        return [one.label for one in self.repository().bases if one.kind == "full"]

    def points(self) -> tuple[list[str], list[str]]:
        """The believed points of both, the newest first."""
        return self.decidim.points(), [one["id"] for one in self.node.points() if not one["fault"]]

    def backed_up(self, *further: str) -> tuple[str, str]:
        """A point of each now."""
        self.decidim.project.succeed("backup", "run", self.slug, "--yes", *further)
        decidim, node = self.points()
        return decidim[0], node[0]

    def policy(self) -> dict[tuple[str, str], tuple[str, str]]:
        """What of both does not fit; but that a lock of minutes cannot be had."""
        told = self.decidim.project.call("backup", "policy", self.slug, "--json").document
        return {
            (name, one["what"]): (one["found"], one["fit"])
            for name, items in told["instances"].items()
            for one in items
            if one["fit"] != "ok" and one["what"] != "lock"
        }

    def prune(self, *further: str) -> str:
        """Prune both; what is true now."""
        words = ("backup", "prune", self.slug, "--confirm", self.slug)
        return self.decidim.project.succeed(*words, *further).out


@pytest.fixture(scope="module")
def scene(standing: Standing, project: Project) -> Iterator[Scene]:
    """A tenant that keeps backups for some minutes."""
    slug = f"bref-{secrets.token_hex(3)}"
    yaml = YAML()
    shipped: Any = yaml.load((CLONE / "tenants" / f"{MODEL}.yaml").read_text().replace(MODEL, slug))
    node = {
        "release": "2.8.1",
        "domain": f"donnees.{slug}.localhost",
        "size": "demo",
        "administrator": {"name": "Service des données", "email": f"admin@{slug}.example"},
        "contact": {"name": "Données ouvertes", "email": f"donnees@{slug}.example"},
    }
    project.tenant_of(slug, {"decidim": shipped["instances"]["decidim"], "rudi": node})
    file = project.root / "tenants" / f"{slug}.yaml"
    text: Any = yaml.load(file.read_text("utf-8"))
    text["backup"] = PROMISE
    with file.open("w", encoding="utf-8") as opened:
        yaml.dump(text, opened)
    project.succeed("onboard", slug, "--yes")
    made = Scene(slug, Harmed(standing, project, slug), Kept(slug, standing, project))
    yield made
    for namespace in (made.decidim.names.namespace, made.node.namespace):
        made.node.kubectl("delete", "namespace", namespace, "--wait=false")
    file.unlink()


def test_what_is_old_goes_and_what_is_left_comes_back(scene: Scene) -> None:
    decidim, node = scene.decidim, scene.node
    first = scene.points()
    gone = node.publish("retiré depuis longtemps")
    key = secrets.token_hex(14)
    for content in (b"before", b"after"):
        decidim.s3.put_object(Bucket=decidim.names.bucket, Key=key, Body=content)
    scene.backed_up("--take", "full")
    node.publisher.take_back(gone)
    old_point = scene.points()
    (old_base, base) = scene.bases()
    row = decidim.row()
    kept = node.publish("gardé")
    ended = scene.repository().bases[-1].ended

    # What is young here is made just before the rest is older than promised.
    sleep_until(scene, ended + KEPT - timedelta(seconds=50))
    oldest = scene.backed_up()
    later = decidim.row()
    published = node.publish("venu après")
    scene.backed_up()
    sleep_until(scene, ended + KEPT + timedelta(seconds=8))
    before = set(decidim.versions(decidim.names.bucket, key))
    assert {fit for _, fit in scene.policy().values()} == {"longer"}

    # A run that is killed while the engine works is gone on with by the next.
    words = ("backup", "prune", decidim.instance, "--confirm", scene.slug)
    decidim.killed(words, "taking bases away")
    scene.prune()
    assert scene.policy() == {}
    again = scene.prune("--expect-no-changes")
    assert again.startswith("Already so:")

    points = scene.points()
    assert [found[-1] for found in points] == list(oldest)
    assert not {*first[0], *old_point[0]} & set(points[0])
    assert not {*first[1], *old_point[1]} & set(points[1])
    assert scene.bases() == [base]
    lying = [name for name, _ in decidim.versions(decidim.store)]
    assert not [name for name in lying if old_base in name]
    assert set(decidim.versions(decidim.names.bucket, key)) < before
    (record,) = Prunings(decidim.tools.history, decidim.tools.keys, decidim.names).closed()
    assert set(record.points) == {*first[0], *old_point[0]}
    for found, instance in zip(points, (decidim.instance, node.instance), strict=True):
        for point in found:
            decidim.project.succeed("backup", "verify", instance, "--point", point)

    # Nobody in the cluster can do it, nor whoever did.
    nobody_deletes(scene)

    decidim.project.succeed(*decidim.restore(oldest[0]))
    assert decidim.status() == 200
    assert row in decidim.rows()
    assert later not in decidim.rows()
    node.restored("--point", oldest[1])
    assert node.shows(kept)
    assert not node.shows(gone)
    assert not node.shows(published)

    assert len(aside(scene)) == 3
    time.sleep(KEPT.total_seconds() + 70)
    scene.prune()
    assert aside(scene) == []


def sleep_until(scene: Scene, moment: datetime) -> None:
    """By the store's clock, which everything is judged by."""
    time.sleep(max((moment - scene.decidim.tools.history.now()).total_seconds(), 0))


def aside(scene: Scene) -> list[str]:
    """What restorations left on the volumes."""
    places = {
        ("decidim", "statefulset/database"): "/var/lib/postgresql/data",
        ("rudi", "statefulset/storage"): "/data/media/.keeper",
        ("rudi", "statefulset/manager"): "/data/db/.keeper",
    }
    shown = [
        scene.node.kubectl.inside(f"{scene.slug}-{product}", workload, ["ls", "-a", place]).out
        for (product, workload), place in places.items()
    ]
    return [name for each in shown for name in each.split() if "before-" in name]


def nobody_deletes(scene: Scene) -> None:
    decidim = scene.decidim
    decidim.writer_destroys_nothing()
    for names in (decidim.names, scene.node.names):
        with pytest.raises(ClientError) as caught:
            decidim.iam.get_user(UserName=names.backup_identity("expirer"))
        assert caught.value.response["Error"]["Code"] == "NoSuchEntity"
