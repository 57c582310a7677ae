"""What a producer node's stack holds for backups, and how it is shut and brought back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.model.restoration import FilesReload, FilesTarget, Goal, Stage
from orchestrator.model.size import amount
from stacks import kind
from stacks.order import APPLICATION, ROLE
from stacks.order import KEEPER as ROLE_OF_KEEPERS
from stacks.resource import Resource, find, of_kind
from stacks.rudi import resources
from stacks.rudi.keeper import ACCOUNTS, MEDIA
from stacks.rudi.order import RELOAD, RESTORE, RudiOrder
from tests.unit.stacks.test_rudi import PORTAL, order

TARGET = FilesTarget("3fa2c1", "b2c988bf" * 8)
LOADED = FilesReload("3fa2c1")
NODE = order({"portal": PORTAL})
MODULES = {
    *("deployment/catalog", "statefulset/storage", "statefulset/manager"),
    *("deployment/gate", "deployment/relay"),
}


def at(
    stage: Stage = Stage.OPEN, target: Goal | None = None, wanted: RudiOrder | None = None
) -> dict[str, Resource]:
    found = resources(replace(wanted or NODE, stage=stage, target=target))
    assert len({one.key for one in found}) == len(found)
    return {one.key: one for one in found}


def copied() -> RudiOrder:
    return replace(NODE, names=NODE.names.beside("essai"))


def pod(resource: Resource) -> Any:
    return resource.body["spec"]["template"]["spec"]


def told(resource: Resource) -> dict[str, str]:
    (container,) = pod(resource)["containers"]
    return {one["name"]: one["value"] for one in container["env"]}


def mounts(resource: Resource) -> dict[str, bool]:
    """Where each volume is mounted, and whether for reading alone."""
    (container,) = pod(resource)["containers"]
    return {one["mountPath"]: one.get("readOnly", False) for one in container["volumeMounts"]}


def secrets_of(found: dict[str, Resource], text: str) -> list[str]:
    """Keys of the resources in which a secret's value stands."""
    return sorted(
        key
        for key, one in found.items()
        if text in json.dumps(one.manifest(lambda secret: secret.reveal()))
    )


def running(found: dict[str, Resource]) -> set[str]:
    return {
        key
        for key, one in found.items()
        if one.kind in kind.WORKLOADS and one.body["spec"]["replicas"]
    }


def peers(found: dict[str, Resource], policy: str, direction: str) -> set[str]:
    rules = found[f"networkpolicy/{policy}"].body["spec"][direction]
    side = "to" if direction == "egress" else "from"
    return {
        peer["podSelector"]["matchLabels"].get("app.kubernetes.io/name", "names")
        for rule in rules
        for peer in rule[side]
        if "podSelector" in peer
    }


# The pod that takes snapshots


def test_it_reads_both_volumes_and_can_write_to_neither() -> None:
    one = at()["deployment/keeper"]
    assert mounts(one)[MEDIA] is True
    assert mounts(one)[ACCOUNTS] is True
    claims = {
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod(one)["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert claims == {"data-storage-0", "data-manager-0"}
    assert pod(one)["securityContext"]["runAsUser"] == 5001


def test_it_stands_where_both_volumes_are() -> None:
    found = at()

    def near(key: str) -> str:
        terms = pod(found[key])["affinity"]["podAffinity"]
        # The scheduler looks for one pod that every term names.
        (term,) = terms["requiredDuringSchedulingIgnoredDuringExecution"]
        name: str = term["labelSelector"]["matchLabels"]["app.kubernetes.io/name"]
        return name

    assert near("deployment/keeper") == "storage"
    # Else two nodes could each hold one of them, and nobody could read both.
    assert near("statefulset/manager") == "storage"
    assert set(found["deployment/keeper"].depends_on) >= {
        "statefulset/storage",
        "statefulset/manager",
    }


def test_its_user_of_the_database_reads_what_it_takes_and_no_more() -> None:
    found = at()
    database = told(found["statefulset/database"])
    assert database["MONGO_READERS"] == "keeper:rudi_catalog,rudi_storage"
    assert "keeper" not in database["MONGO_USERS"]
    own = told(found["deployment/keeper"])
    assert own["MONGO_READER"] == "keeper"
    # The catalog first: what it tells of is in the storage by then.
    assert own["MONGO_DATABASES"] == "rudi_catalog rudi_storage"
    assert own["KEEPER_SQLITE"] == "rudi_manager.db"
    holders = ["secret/backups", "secret/database"]
    assert secrets_of(found, "value-of-backup_password") == holders
    for name in ("root", "catalog", "storage"):
        kept = secrets_of(found, f"value-of-database_{name}_password")
        assert "secret/backups" not in kept


def test_it_writes_below_a_folder_of_its_own_and_nobody_can_prune() -> None:
    found = at()
    own = told(found["deployment/keeper"])
    assert own["RESTIC_REPOSITORY"].startswith("s3:https://")
    assert own["RESTIC_REPOSITORY"].endswith("/saint-martin-rudi-backups/files")
    assert secrets_of(found, "value-of-backup_writer_secret_key") == ["secret/backups"]
    assert secrets_of(found, "value-of-backup_auditor_secret_key") == []
    assert "pruner" not in json.dumps([one.body for one in found.values()], default=str)
    memory = [one for one in pod(found["deployment/keeper"])["volumes"] if "emptyDir" in one]
    assert {"name": "backup-memory", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}} in memory


def test_its_ways_are_those_to_the_store_the_keys_and_the_database() -> None:
    found = at()
    labels = found["deployment/keeper"].body["spec"]["template"]["metadata"]["labels"]
    assert labels[ROLE] == ROLE_OF_KEEPERS
    assert peers(found, "keeper-database", "egress") == {"database", "names"}
    assert found["networkpolicy/keeper-database"].body["spec"]["ingress"] == []
    assert "keeper" in peers(found, "database", "ingress")
    for name in ("catalog", "storage", "manager"):
        assert "keeper" not in peers(found, name, "ingress")


def test_it_counts_in_what_an_instance_may_use() -> None:
    size = NODE.size
    without = size.model_copy(update={"keeper": size.job})
    more = amount(size.keeper.memory_limit) - amount(size.job.memory_limit)
    here, there = ({name: count for name, count, _ in one.demands()} for one in (size, without))
    assert here["memory"] - there["memory"] == pytest.approx(more)
    for _, wanted, quota in size.demands():
        assert wanted <= amount(quota)


# Shut


@pytest.mark.parametrize("stage", [Stage.CLOSED, Stage.STOPPED])
def test_shut_there_is_nothing_that_is_not_there_when_open(stage: Stage) -> None:
    opened, shut = at(), at(stage)
    assert set(shut) == set(opened)
    for key, one in shut.items():
        if one.body != opened[key].body:
            assert one.kind in (*kind.WORKLOADS, kind.CRON_JOB), key


def test_closed_the_database_runs_and_nothing_that_uses_it() -> None:
    assert running(at()) == {*MODULES, "statefulset/database", "deployment/keeper"}
    shut = at(Stage.CLOSED)
    assert running(shut) == {"statefulset/database"}
    assert all(one.body["spec"]["suspend"] for one in of_kind(shut.values(), kind.CRON_JOB))
    assert running(at(Stage.STOPPED)) == set()


# Brought back


def test_the_files_come_back_while_nothing_runs() -> None:
    found = at(Stage.STOPPED, TARGET)
    job = found[f"job/{RESTORE}"]
    assert running(found) == set()
    assert {key for key, one in found.items() if one.kind in kind.WORKLOADS} == set(job.depends_on)
    assert pod(job)["containers"][0]["command"] == ["/usr/local/bin/keeper-restore"]
    variables = told(job)
    assert variables["RESTORE_ID"] == "3fa2c1"
    assert variables["RESTORE_SNAPSHOT"] == TARGET.snapshot
    assert mounts(job)[MEDIA] is False
    assert mounts(job)[ACCOUNTS] is False


def test_whoever_brings_them_back_reads_backups_and_cannot_write_them() -> None:
    found = at(Stage.STOPPED, TARGET)
    (kept,) = [
        one for one in pod(found[f"job/{RESTORE}"])["volumes"] if one["name"] == "backup-secrets"
    ]
    reading = found["secret/backups-reading"]
    assert kept["secret"]["secretName"] == reading.name
    assert "password" not in reading.body["stringData"]
    assert secrets_of(found, "value-of-backup_auditor_secret_key") == ["secret/backups-reading"]


def test_the_databases_are_loaded_while_their_server_alone_runs() -> None:
    found = at(Stage.CLOSED, LOADED)
    job = found[f"job/{RELOAD}"]
    assert running(found) == {"statefulset/database"}
    assert "statefulset/database" in job.depends_on
    variables = told(job)
    assert variables["RELOAD_ID"] == "3fa2c1"
    assert variables["MONGO_USERS"] == "catalog:rudi_catalog storage:rudi_storage"
    assert ROLE not in job.labels
    assert peers(found, f"{RELOAD}-database", "egress") == {"database", "names"}
    assert RELOAD in peers(found, "database", "ingress")
    assert RELOAD not in peers(at(), "database", "ingress")
    passwords = found[f"secret/{RELOAD}"].body["stringData"]
    assert set(passwords) == {"catalog_password", "storage_password"}


@pytest.mark.parametrize(
    ("stage", "target", "name"),
    [(Stage.STOPPED, TARGET, RESTORE), (Stage.CLOSED, LOADED, RELOAD)],
)
def test_another_restoration_is_another_job(stage: Stage, target: Goal, name: str) -> None:
    first, again = (at(stage, target)[f"job/{name}"] for _ in range(2))
    other = at(stage, replace(target, id="aaaaaa"))[f"job/{name}"]
    assert first.name == again.name
    assert first.name != other.name


# A copy


def test_a_copy_makes_no_backups() -> None:
    found = at(wanted=copied())
    assert not [key for key in found if "keeper" in key and not key.startswith("serviceaccount/")]
    assert "MONGO_READERS" not in told(found["statefulset/database"])
    assert secrets_of(found, "value-of-backup_") == []


def test_a_copy_has_its_volumes_before_it_has_pods_and_keeps_them() -> None:
    claims = {"claim/data-storage-0", "claim/data-manager-0"}
    for stage, target in (
        (Stage.STOPPED, TARGET),
        (Stage.CLOSED, LOADED),
        (Stage.CLOSED, None),
        (Stage.OPEN, None),
    ):
        found = at(stage, target, copied())
        assert {key for key in found if key.startswith("claim/")} == claims, stage
    assert not {key for key in at() if key.startswith("claim/")}


def test_a_copy_reads_the_backups_of_the_instance_and_only_while_it_is_brought_back() -> None:
    found = at(Stage.STOPPED, TARGET, copied())
    assert told(found[f"job/{RESTORE}"])["RESTIC_REPOSITORY"].endswith("-rudi-backups/files")
    assert secrets_of(found, "value-of-backup_writer_secret_key") == []
    assert secrets_of(found, "value-of-backup_auditor_secret_key") == ["secret/backups-reading"]
    loaded = at(Stage.CLOSED, LOADED, copied())
    assert secrets_of(loaded, "value-of-backup_") == []
    assert "networkpolicy/keeper" not in loaded
    assert find(tuple(loaded.values()), f"job/{RELOAD}")


def test_a_link_lets_the_catalog_out_and_nothing_else() -> None:
    """Whatever is shut while the node comes back has a role, but not the one that links let out."""
    found = at()
    roles = {key: found[key].labels.get(ROLE) for key in MODULES}
    assert {key for key, role in roles.items() if role == APPLICATION} == {"deployment/catalog"}
    assert not running(at(Stage.CLOSED)) & MODULES
