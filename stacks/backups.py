"""What the pods need that write backups of a database, or bring one back from them.

The engine's settings lie in the open; the keys of the store and what signs the pod in to the
secrets server come as files; the passphrase is only ever in memory (reliability.md 3.2).
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.model.names import TenantNames
from stacks import parts, pod
from stacks.network import names, outside, policy
from stacks.order import KEEPER, ROLE, AnyOrder
from stacks.resource import Resource

STANZA = "main"
REPOSITORY = "/repository"
FILES = "files"
"""Folder of the bucket in which snapshots of files lie; the writer may delete its locks alone."""
SETTINGS_PATH = "/etc/orchestrator/backups"
SECRETS_PATH = "/run/secrets/backups"
AUTHORITY_FILE = "authority.pem"
# The engine never removes anything: what may go is decided against the declared retention.
_KEEP_ALL = 9_999_999


def settings(order: AnyOrder) -> Resource:
    """The engine's settings, and who signs the certificates of store and secrets server."""
    content = {
        "pgbackrest.conf": _engine(order),
        AUTHORITY_FILE: order.place.authority,
    }
    return parts.settings(order, "backups", KEEPER, content)


def authority(order: AnyOrder) -> Resource:
    """Who signs those certificates, and no settings: for an engine that has none in a file."""
    return parts.settings(order, "backups", KEEPER, {AUTHORITY_FILE: order.place.authority})


def writer(order: AnyOrder) -> Resource:
    """What a pod that writes backups signs in with; it cannot remove any."""
    return _credentials(order, "backups", "writer", password=True)


def auditor(order: AnyOrder) -> Resource:
    """What a pod that brings something back signs in with; it cannot write."""
    return _credentials(order, "backups-reading", "auditor", password=False)


def openings(order: AnyOrder) -> Resource:
    """The ways of those pods: to the store and to the secrets server."""
    ways = outside(order, (order.place.backups.service, order.place.vault.service))
    pods = {"matchLabels": {ROLE: KEEPER}}
    return policy(order, KEEPER, pods, egress=[names(order), *ways])


def volumes(settings: Resource, credentials: Resource) -> tuple[pod.Volume, ...]:
    """What is handed to a pod, and where the log waits that is on its way."""
    spool = pod.scratch("backup-spool", "/var/spool/pgbackrest", "256Mi")
    return (*handed(settings, credentials), spool)


def handed(settings: Resource, credentials: Resource) -> tuple[pod.Volume, ...]:
    """The files, and the memory that settings and passphrase are put together in."""
    return (
        pod.configuration_files("backup-settings", SETTINGS_PATH, settings.name),
        pod.secret_files("backup-secrets", SECRETS_PATH, credentials.name),
        pod.memory("backup-memory", "/run/backups", "1Mi"),
    )


def environment(order: AnyOrder) -> Mapping[str, str]:
    """Where the pod signs in and has the passphrase unwrapped; who it is to the database."""
    tenant, vault = TenantNames(order.names.tenant), order.place.vault.address.rstrip("/")
    return {
        "BACKUPS_LOGIN": f"{vault}/v1/auth/{tenant.machines_mount}/login",
        "BACKUPS_UNWRAP": f"{vault}/v1/{tenant.transit_mount}/decrypt/{order.names.backup_key}",
    }


def files_repository(order: AnyOrder) -> Mapping[str, str]:
    """Where snapshots of files lie, as the engine that makes them reads it."""
    store = order.place.backups
    place = f"{store.service.host}:{store.service.port}/{order.names.backup_bucket}/{FILES}"
    return {"RESTIC_REPOSITORY": f"s3:https://{place}", "AWS_DEFAULT_REGION": store.region}


def _credentials(order: AnyOrder, name: str, who: str, *, password: bool) -> Resource:
    content = {
        "access_key": order.secret(f"backup_{who}_access_key"),
        "secret_key": order.secret(f"backup_{who}_secret_key"),
        "role": order.secret("backup_machine_role"),
        "secret": order.secret("backup_machine_secret"),
        "wrapped": order.secret("backup_passphrase_wrapped"),
    }
    if password:
        content["password"] = order.secret("backup_password")
    return parts.secret(order, name, KEEPER, content)


def _engine(order: AnyOrder) -> str:
    """The keys of the store and the passphrase are added to the last section in memory."""
    store = order.place.backups
    options = {
        "repo1-type": "s3",
        "repo1-path": REPOSITORY,
        "repo1-s3-bucket": order.names.backup_bucket,
        "repo1-s3-endpoint": store.service.host,
        "repo1-storage-port": str(store.service.port),
        "repo1-s3-region": store.region,
        "repo1-s3-uri-style": "path",
        "repo1-cipher-type": "aes-256-cbc",
        "repo1-bundle": "y",
        "repo1-retention-full": str(_KEEP_ALL),
        "compress-type": "zst",
        "compress-level": "3",
        "process-max": "2",
        "archive-async": "y",
        "spool-path": "/var/spool/pgbackrest",
        "lock-path": "/tmp/pgbackrest",  # noqa: S108 - a mount of the pod's own
        "log-level-file": "off",
        "log-level-console": "warn",
        "start-fast": "y",
    }
    if order.place.authority:
        options["repo1-storage-ca-file"] = f"{SETTINGS_PATH}/{AUTHORITY_FILE}"
    lines = [f"[{STANZA}]", "pg1-path=/var/lib/postgresql/data/pgdata", "", "[global]"]
    lines += [f"{name}={value}" for name, value in options.items()]
    return "\n".join(lines) + "\n"


def job_labels(order: AnyOrder, name: str) -> dict[str, str]:
    """Labels of a pod that reads or writes backups."""
    return order.labels_of(name, role=KEEPER)
