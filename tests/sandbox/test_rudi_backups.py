"""A node whose files and databases are kept as snapshots, lost, brought back, copied, drilled."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import pytest

from orchestrator.model.names import InstanceNames
from orchestrator.products.product import AnySubject
from orchestrator.products.rudi.publication import Dataset, Publisher
from orchestrator.products.toolbox import Toolbox
from orchestrator.settings import load
from orchestrator.wiring import case as cases
from orchestrator.wiring.toolbox import tools_of
from tests.sandbox import writing
from tests.sandbox.kubectl import Answer
from tests.sandbox.project import Project, Standing
from tests.sandbox.test_rudi import ASK, MANAGER, MANAGER_URL, Node

pytestmark = pytest.mark.sandbox

KEEPER = "deployment/keeper"
WIPE = {
    "statefulset/storage": "rm -rf /data/media/* /data/media/.keeper",
    "statefulset/database": "rm -rf /data/db/databases",
    MANAGER: "rm -rf /data/db/*",
}
COUNT = "select count(*) from sqlite_schema"
WRITE = """
import json
from pymongo import MongoClient
from pymongo.errors import OperationFailure
word = open("/run/secrets/backups/password").readline().strip()
server = MongoClient("database:27017", username="keeper", password=word, authSource="admin")
told = [len(server.rudi_catalog.list_collection_names())]
for asked in (
    lambda: server.rudi_catalog.tried.insert_one({"x": 1}),
    lambda: server.rudi_storage.drop_collection("media"),
    lambda: server.other.list_collection_names(),
    lambda: server.admin.command({"usersInfo": 1}),
):
    try:
        asked()
        told.append(0)
    except OperationFailure as fault:
        told.append(fault.code)
print(json.dumps(told))
"""


@dataclass
class Kept(Node):
    """A node, what is published there, and what is kept of it."""

    @property
    def names(self) -> InstanceNames:
        return InstanceNames(self.slug, "rudi")

    @property
    def instance(self) -> str:
        return f"{self.slug}/rudi"

    @cached_property
    def given(self) -> tuple[AnySubject, Toolbox]:
        (case,) = cases.read(load(root=self.project.root), self.instance)
        return case.subject, tools_of(case, self.project.root)[0]

    @property
    def publisher(self) -> Publisher:
        return Publisher(*self.given)

    def publish(self, text: str) -> Dataset:
        """A dataset with a file of that text."""
        made = Dataset(str(uuid.uuid4()), str(uuid.uuid4()), text.encode(), restricted=False)
        self.publisher.publish(made)
        return made

    def shows(self, one: Dataset) -> bool:
        """Whether everybody can read its description and its very bytes; else it is all gone."""
        told = self.web.request("GET", f"{self.url}/catalog/v1/resources/{one.identifier}")
        file = self.web.request("GET", f"{self.url}/storage/download/{one.media}")
        if (told.status, file.status) == (404, 404):
            return False
        assert (told.status, file.status, file.body) == (200, 200, one.content)
        return True

    def keeper(self, *command: str) -> Answer:
        return self.inside(KEEPER, *command)

    def snapshots(self) -> list[dict[str, Any]]:
        found = self.keeper("keeper-restic", "--no-lock", "--json", "snapshots")
        assert found.status == 0, found.err
        every: list[dict[str, Any]] = json.loads(found.out)
        return every

    def points(self) -> list[dict[str, Any]]:
        said = self.project.succeed("backup", "list", self.instance, "--json")
        found: list[dict[str, Any]] = said.document["points"]
        return found

    def restored(self, *moment: str) -> None:
        done = self.project.call(
            "restore", self.instance, *moment, "--in-place", "--confirm", self.slug
        )
        assert done.status == 0, f"{done.out}\n{done.err}"

    def stored(self) -> dict[str, bytes]:
        """Every object of the repository, and what is in it."""
        store, bucket = writing.objects(self.standing.connection), self.names.backup_bucket
        pages = store.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="files/")
        keys = [one["Key"] for page in pages for one in page.get("Contents", ())]
        return {key: store.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def node_instance(slug: str) -> dict[str, Any]:
    """What a tenant file says of it."""
    return {
        "release": "2.8.1",
        "domain": f"donnees.{slug}.localhost",
        "size": "demo",
        "administrator": {"name": "Service des données", "email": f"admin@{slug}.example"},
        "contact": {"name": "Données ouvertes", "email": f"donnees@{slug}.example"},
    }


@pytest.fixture(scope="module")
def node(standing: Standing, project: Project) -> Iterator[Kept]:
    """A node that is backed up since it was onboarded."""
    slug = f"donnees-{secrets.token_hex(3)}"
    project.tenant_of(slug, {"rudi": node_instance(slug)})
    project.succeed("onboard", slug, "--yes")
    found = Kept(slug, standing, project)
    yield found
    found.kubectl("delete", "namespace", found.namespace, "--wait=false")
    (project.root / "tenants" / f"{slug}.yaml").unlink()


def test_the_first_point_is_there_and_whole(node: Kept) -> None:
    (point,) = node.points()
    assert (point["reason"], point["database"], point["bucket"]) == ("onboarding", None, None)
    assert point["id"] in [one["tags"][0] for one in node.snapshots()]
    assert any(name.startswith("rudi_catalog.") for name in point["counts"])
    assert any(name.startswith("rudi_manager.db.") for name in point["counts"])
    proof = node.project.succeed("backup", "verify", node.slug, "--json").document["proofs"]
    assert [(one["point"], one["faults"]) for one in proof] == [(point["id"], [])]
    again = node.project.succeed("onboard", node.slug, "--yes", "--expect-no-changes")
    assert again.out.startswith("Already so:")


def test_what_is_stored_tells_nothing_and_cannot_be_removed_by_who_wrote_it(node: Kept) -> None:
    word = f"banc {secrets.token_hex(16)}"
    node.publish(word)
    node.project.succeed("backup", "run", node.instance, "--yes")
    before = node.stored()
    assert {key.split("/")[1] for key in before} == {"config", "data", "index", "keys", "snapshots"}
    assert not [key for key, content in before.items() if word.encode() in content]
    refused = node.keeper("sh", "-c", "timeout 40 keeper-restic forget --keep-last 1 2>&1")
    assert refused.status != 0, refused.out
    after = node.stored()
    assert before.items() <= after.items()
    log = node.kubectl("logs", KEEPER, "-n", node.namespace).out
    secret = node.secret("rudi/backups/writer", "secret_key").reveal()
    assert "a snapshot every" in log
    assert secret not in log
    passphrase = node.keeper("cat", "/run/backups/passphrase").out.strip()
    assert len(passphrase) > 30
    assert passphrase not in log + node.keeper("sh", "-c", "cat /proc/*/cmdline").out


def test_its_user_of_the_database_may_only_read(node: Kept) -> None:
    said = node.keeper("python3", "-c", WRITE)
    assert said.status == 0, said.err
    read, *refused = json.loads(said.out)
    assert read > 0
    assert refused == [13, 13, 13, 13]


def test_to_the_newest_snapshot_that_is_not_younger_after_everything_is_lost(node: Kept) -> None:
    kept, taken_back = node.publish("gardé"), node.publish("retiré")
    assert node.keeper("keeper-snapshot", f"essai-{secrets.token_hex(3)}").status == 0
    time.sleep(2)
    moment = datetime.now(UTC)
    node.publisher.take_back(taken_back)
    later = node.publish("venu après")
    assert node.keeper("keeper-snapshot", f"essai-{secrets.token_hex(3)}").status == 0
    for workload, wipe in WIPE.items():
        node.inside(workload, "sh", "-c", wipe)
    gone = ("delete", "pods", "--all", "-n", node.namespace, "--force", "--grace-period=0")
    node.kubectl(*gone)

    node.restored("--at", moment.isoformat())

    assert node.shows(kept)
    assert node.shows(taken_back)
    assert not node.shows(later)
    count = ("sqlite3", "-readonly", "/data/accounts/rudi_manager.db", COUNT)
    assert int(node.keeper(*count).out) > 0
    another = node.publish("publié après le retour")
    assert node.shows(another)
    node.project.succeed("onboard", node.slug, "--yes", "--expect-no-changes")


@pytest.mark.torture
def test_to_a_point_and_back_again(node: Kept) -> None:
    """What is undone is undone by the point that was made before it."""
    before = node.publish("avant")
    node.project.succeed("backup", "run", node.instance, "--yes")
    point = node.points()[0]
    node.publisher.take_back(before)
    after = node.publish("après")
    node.restored("--point", point["id"])
    assert node.shows(before)
    assert not node.shows(after)
    undone = next(one for one in node.points() if one["reason"] == "before restore")
    node.restored("--point", undone["id"])
    assert node.shows(after)
    assert not node.shows(before)


def test_killed_it_goes_on_and_told_to_stop_it_stops(node: Kept) -> None:
    began = time.monotonic()
    deleted = node.kubectl(
        "delete", "pod", "-l", "app.kubernetes.io/name=keeper", "-n", node.namespace
    )
    assert deleted.status == 0
    assert time.monotonic() - began < 20
    node.kubectl("rollout", "status", KEEPER, "-n", node.namespace, "--timeout=90s", timeout_s=100)
    node.keeper("sh", "-c", "timeout -s KILL 2 keeper-snapshot tue")
    name = f"essai-{secrets.token_hex(3)}"
    said = node.keeper("keeper-snapshot", name)
    assert said.status == 0, said.err
    told = json.loads(said.out)
    assert told["id"] == name
    assert told["snapshot"] in [one["id"] for one in node.snapshots()]


@pytest.mark.torture
def test_beside_it_and_removed(node: Kept) -> None:
    """A copy has the files and descriptions of the moment, and keeps nothing itself."""
    one = node.publish("dans la copie")
    node.project.succeed("backup", "run", node.instance, "--yes")
    point = node.points()[0]["id"]
    node.project.succeed("restore", node.instance, "--point", point, "--as", "essai", "--yes")
    (copy,) = node.project.succeed("copy", "list", node.slug, "--json").document["copies"]
    answer = node.web.request("GET", f"{copy['address']}/storage/download/{one.media}")
    assert (answer.status, answer.body) == (200, one.content)
    names = node.names.beside("essai")
    # Who is above all can sign in there with the password of the instance.
    login = {"method": "POST", "url": f"{MANAGER_URL}/manager/api/front/login"}
    password = node.secret("rudi/super-user", "password").reveal()
    asked = {"requests": [{**login, "json": {"username": "orchestrator", "password": password}}]}
    told = node.kubectl.inside(names.namespace, MANAGER, ("node", ASK), stdin=json.dumps(asked))
    assert json.loads(told.out)["answers"][0]["status"] == 200, told.err
    found = node.kubectl.get("deployments", "-n", names.namespace)
    assert "keeper" not in {each["metadata"]["name"] for each in found["items"]}
    node.project.succeed("copy", "remove", node.instance, "essai", "--yes")
    assert node.kubectl("get", "namespace", names.namespace).status != 0


def test_a_drill_proves_it(node: Kept) -> None:
    drilled = node.project.call("drill", "run", node.instance, "--json")
    assert drilled.status == 0, f"{drilled.out}\n{drilled.err}"
    (record,) = drilled.document["drills"]
    assert [one["name"] for one in record["assertions"] if not one["held"]] == []
    assert {"repository", "files", "databases", "acceptance"} <= {
        one["name"] for one in record["assertions"]
    }
    # Of others, whose tenant is gone, nobody has the keys any more.
    files = node.project.call("drill", "verify", "--json").document["files"]
    (own,) = (one for one in files if record["id"] in one["file"])
    assert own["state"] == "verified"
