"""What the stack holds for backups, and how it is shut and brought back."""

from __future__ import annotations

import configparser
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from orchestrator.model.restoration import Reload, Stage, Target
from orchestrator.model.tenant import Cloned
from stacks import backups, database_backups, restoration
from stacks.decidim import resources
from stacks.decidim.order import DecidimOrder as Order
from stacks.order import KEEPER, ROLE
from stacks.resource import Resource, find

TARGET = Target("3fa2c1", "20261126-010000F", "name", "rp_20261126T015900Z-3fa2c1", 2)
MOMENT = Target("3fa2c1", "20261126-010000F", "time", "2026-11-26 02:03:00.000000+00", 1)


def at(order: Order, stage: Stage, target: Target | Reload | None = None) -> dict[str, Resource]:
    found = resources(replace(order, stage=stage, target=target))
    assert len({one.key for one in found}) == len(found)
    return {one.key: one for one in found}


def spec(resource: Resource) -> Any:
    return resource.body["spec"]


def pod(resource: Resource) -> Any:
    body = spec(resource)
    body = body["jobTemplate"]["spec"] if "jobTemplate" in body else body
    return body["template"]["spec"]


def secrets_of(found: dict[str, Resource], text: str) -> list[str]:
    """Keys of the resources in which a secret's value stands."""
    return sorted(
        key
        for key, one in found.items()
        if text in json.dumps(one.manifest(lambda secret: secret.reveal()))
    )


def engine(order: Order) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.read_string(at(order, Stage.OPEN)["configmap/backups"].body["data"]["pgbackrest.conf"])
    return parser


# Settings and keys


def test_the_engine_locks_what_it_writes_and_removes_nothing(order: Order) -> None:
    told = engine(order)["global"]
    assert told["repo1-cipher-type"] == "aes-256-cbc"
    assert told["repo1-s3-bucket"] == "saint-martin-decidim-backups"
    assert int(told["repo1-retention-full"]) > 1_000_000
    assert told["repo1-s3-uri-style"] == "path"
    assert engine(order)["main"]["pg1-path"] == "/var/lib/postgresql/data/pgdata"


def test_no_key_stands_in_the_settings(order: Order) -> None:
    told = engine(order)["global"]
    assert not [name for name in told if "key" in name or "pass" in name or "secret" in name]


def test_whoever_writes_cannot_read_more_and_nobody_can_prune(order: Order) -> None:
    found = at(order, Stage.OPEN)
    assert secrets_of(found, "value-of-backup_writer_secret_key") == ["secret/backups"]
    assert secrets_of(found, "value-of-backup_auditor_secret_key") == []
    assert "pruner" not in json.dumps([one.body for one in found.values()], default=str)
    shut = at(order, Stage.STOPPED, TARGET)
    assert secrets_of(shut, "value-of-backup_auditor_secret_key") == ["secret/backups-reading"]
    assert secrets_of(shut, "value-of-backup_writer_secret_key") == ["secret/backups"]


def test_the_passphrase_is_only_ever_wrapped(order: Order) -> None:
    found = at(order, Stage.OPEN)
    kept = find(tuple(found.values()), "secret/backups").manifest(lambda secret: secret.reveal())
    assert kept["stringData"]["wrapped"] == "value-of-backup_passphrase_wrapped"
    assert secrets_of(found, "value-of-backup_passphrase_wrapped") == ["secret/backups"]
    memory = [one for one in pod(found["statefulset/database"])["volumes"] if "emptyDir" in one]
    assert {"name": "backup-memory", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}} in memory


def test_only_keepers_have_a_way_to_the_store_of_backups(order: Order) -> None:
    policy = spec(at(order, Stage.OPEN)[f"networkpolicy/{KEEPER}"])
    assert policy["podSelector"] == {"matchLabels": {ROLE: KEEPER}}
    ports = {port["port"] for way in policy["egress"] for port in way.get("ports", ())}
    store = engine(order)["global"]["repo1-storage-port"]
    assert int(store) in ports


# Bases at their times


def test_bases_are_made_beside_the_server_from_a_volume_that_is_only_read(order: Order) -> None:
    found = at(order, Stage.OPEN)
    names = {key for key in found if key.startswith("cronjob/backup-database")}
    assert names == {"cronjob/backup-database-full", "cronjob/backup-database-diff"}
    for key, kind in ((f"cronjob/{database_backups.NAME}-{one}", one) for one in ("full", "diff")):
        body = pod(found[key])
        (container,) = body["containers"]
        assert container["args"] == [kind]
        (data,) = [one for one in container["volumeMounts"] if one["name"] == "data"]
        assert data["readOnly"] is True
        (term,) = body["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert term["topologyKey"] == "kubernetes.io/hostname"
        assert body["restartPolicy"] == "Never"


def test_one_night_has_one_base(order: Order) -> None:
    found = at(order, Stage.OPEN)
    full, diff = (
        spec(found[f"cronjob/{database_backups.NAME}-{one}"])["schedule"].split()
        for one in ("full", "diff")
    )
    assert (full[4], diff[4]) == ("0", "1-6")


# Shut


@pytest.mark.parametrize("stage", [Stage.CLOSED, Stage.STOPPED])
def test_shut_there_is_nothing_that_is_not_there_when_open(order: Order, stage: Stage) -> None:
    opened, shut = at(order, Stage.OPEN), at(order, stage)
    assert set(shut) <= set(opened)
    gone = set(opened) - set(shut)
    assert all(key.startswith("job/") for key in gone), gone
    for key, one in shut.items():
        assert set(one.depends_on) <= set(shut), key
        if one.body == opened[key].body:
            continue
        assert one.kind.name in ("StatefulSet", "Deployment", "CronJob")


def test_stopped_nothing_runs(order: Order) -> None:
    for key, one in at(order, Stage.STOPPED).items():
        if one.kind.name in ("StatefulSet", "Deployment"):
            assert spec(one)["replicas"] == 0, key
        if one.kind.name == "CronJob":
            assert spec(one)["suspend"] is True, key
        assert one.kind.name != "Job", key


def test_closed_the_services_run_and_none_of_the_product(order: Order) -> None:
    found = at(order, Stage.CLOSED)
    runs = {
        key
        for key, one in found.items()
        if one.kind.name in ("StatefulSet", "Deployment") and spec(one).get("replicas", 1)
    }
    assert runs == {"statefulset/database", "statefulset/queue", "deployment/cache"}
    assert all(spec(one)["suspend"] for one in found.values() if one.kind.name == "CronJob")


def test_open_is_what_it_always_was(order: Order) -> None:
    assert at(order, Stage.OPEN) == {one.key: one for one in resources(order)}
    assert "job/restore-database" not in at(order, Stage.OPEN)


# Brought back


@pytest.mark.parametrize("target", [TARGET, MOMENT], ids=["name", "time"])
def test_the_job_goes_where_the_target_says(order: Order, target: Target) -> None:
    job = at(order, Stage.STOPPED, target)[f"job/{restoration.NAME}"]
    (container,) = pod(job)["containers"]
    told = {one["name"]: one.get("value") for one in container["env"]}
    assert {name: told[name] for name in told if name.startswith("RESTORE_")} == {
        "RESTORE_ID": target.id,
        "RESTORE_SET": target.base,
        "RESTORE_TYPE": target.kind,
        "RESTORE_TARGET": target.value,
        "RESTORE_TIMELINE": str(target.timeline),
    }


def test_the_job_waits_until_everything_has_stopped(order: Order) -> None:
    found = at(order, Stage.STOPPED, TARGET)
    job = found[f"job/{restoration.NAME}"]
    workloads = {
        key for key, one in found.items() if one.kind.name in ("StatefulSet", "Deployment")
    }
    assert workloads <= set(job.depends_on)
    assert all(spec(found[key])["replicas"] == 0 for key in workloads)


def test_the_job_reads_and_cannot_write_backups(order: Order) -> None:
    found = at(order, Stage.STOPPED, TARGET)
    body = pod(found[f"job/{restoration.NAME}"])
    (kept,) = [one for one in body["volumes"] if one["name"] == "backup-secrets"]
    reading = found["secret/backups-reading"]
    assert reading.name in json.dumps(kept)
    assert set(reading.manifest()["stringData"]) == {
        *("access_key", "secret_key", "role", "secret", "wrapped")
    }
    (data,) = [one for one in body["containers"][0]["volumeMounts"] if one["name"] == "data"]
    assert not data.get("readOnly")


def test_another_restoration_is_another_job(order: Order) -> None:
    first = at(order, Stage.STOPPED, TARGET)[f"job/{restoration.NAME}"]
    again = at(order, Stage.STOPPED, TARGET)[f"job/{restoration.NAME}"]
    other = at(order, Stage.STOPPED, replace(TARGET, id="aaaaaa"))[f"job/{restoration.NAME}"]
    assert first.name == again.name
    assert first.name != other.name


def test_whose_pods_keep_backups(order: Order) -> None:
    found = at(order, Stage.STOPPED, TARGET)
    for key in ("cronjob/backup-database-full", f"job/{restoration.NAME}"):
        body = spec(found[key])
        body = body["jobTemplate"]["spec"] if "jobTemplate" in body else body
        assert body["template"]["metadata"]["labels"][ROLE] == KEEPER
    assert backups.STANZA in engine(order)


# A clone in quarantine


@pytest.fixture
def cloned(order: Order) -> Order:
    """The order of a copy in which nobody may be recognised."""
    training = Cloned(until=date(2026, 12, 10))
    tenant = order.tenant.model_copy(update={"training": training})
    return replace(order, tenant=tenant, names=order.names.beside("essai"))


def ways(found: dict[str, Resource]) -> set[str]:
    return {key for key in found if key.startswith(("ingress/", "networkpolicy/"))}


@pytest.mark.parametrize("target", [None, Reload("9c41d7", "decidim")])
def test_nothing_leads_to_a_clone_that_is_not_open(cloned: Order, target: Reload | None) -> None:
    for stage in (Stage.CLOSED, Stage.STOPPED):
        found = at(cloned, stage, target)
        assert ways(found) == {"networkpolicy/refuse"}
        refusal = spec(found["networkpolicy/refuse"])
        assert refusal == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        for key, one in found.items():
            assert set(one.depends_on) <= set(found), key
        assert secrets_of(found, "value-of-backup_") == []
    assert ways(at(cloned, Stage.OPEN)) == {
        *("networkpolicy/application", "networkpolicy/web", "networkpolicy/refuse"),
        *("networkpolicy/database", "networkpolicy/queue", "networkpolicy/cache"),
        *("networkpolicy/backup-database", "ingress/web", "ingress/system"),
    }


def test_while_its_database_comes_back_only_the_way_to_the_backups_is_there(cloned: Order) -> None:
    assert ways(at(cloned, Stage.STOPPED, TARGET)) == {
        "networkpolicy/refuse",
        f"networkpolicy/{KEEPER}",
    }


def test_a_copy_with_real_data_is_as_it_was(order: Order) -> None:
    copied = replace(order, names=order.names.beside("essai"))
    assert "ingress/web" in ways(at(copied, Stage.CLOSED))


def test_a_database_is_made_anew_by_a_job_that_nothing_reaches(cloned: Order) -> None:
    found = at(cloned, Stage.STOPPED, Reload("9c41d7-1", "decidim"))
    job = found[f"job/{restoration.RELOAD}"]
    assert f"job/{restoration.NAME}" not in found
    assert ROLE not in job.labels
    (container,) = pod(job)["containers"]
    assert container["command"] == ["/usr/local/bin/postgres-reload"]
    told = {one["name"]: one["value"] for one in container["env"]}
    assert told == {
        "RELOAD_ID": "9c41d7-1",
        "DATABASE_NAME": "decidim",
        "DATABASE_ROLE": "decidim",
    }
    assert {one["name"] for one in pod(job)["volumes"]} == {"data", "socket", "tmp"}
    workloads = {key for key, one in found.items() if "replicas" in one.body.get("spec", {})}
    assert workloads <= set(job.depends_on)
    assert {spec(found[key])["replicas"] for key in workloads} == {0}


def test_a_clone_is_known_by_its_namespace(cloned: Order, order: Order) -> None:
    label = "orchestrator/anonymised"
    assert at(cloned, Stage.OPEN)[f"namespace/{cloned.namespace}"].labels[label] == "yes"
    assert label not in at(order, Stage.OPEN)[f"namespace/{order.namespace}"].labels
