"""What takes a node's files and databases to the store of backups, and brings them back.

Everything goes into one snapshot: dumps of both databases, a copy of the accounts, and the files.
The pod stands beside those whose volumes it reads, since a volume that is written to is on one node
alone; it can write to none of them. What brings back does so while the modules are shut: the files
while nothing runs, the databases once their server is up again.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.model.part import seconds
from orchestrator.model.restoration import FilesReload, FilesTarget
from stacks import backups, mongodb, parts, pod
from stacks.network import Opening, names, policy, to_workload
from stacks.order import KEEPER as ROLE_OF_KEEPERS
from stacks.order import selector
from stacks.resource import Resource, find
from stacks.restoration import last, once
from stacks.rudi.environment import users
from stacks.rudi.order import KEEPER, MANAGER, RELOAD, RESTORE, STORAGE, RudiOrder

IMAGE = "keeper"
SELDOM_S = 6 * 3600
OFTEN_S = 300
"""A snapshot reads both databases whole, however little may be lost."""
MEDIA = "/data/media"
ACCOUNTS = "/data/accounts"
PASSWORDS = "/run/secrets/mongodb"
CLAIMS: Mapping[str, str] = {STORAGE: f"data-{STORAGE}-0", MANAGER: f"data-{MANAGER}-0"}
"""The volumes' claims, as the StatefulSets name them."""


def readings(order: RudiOrder) -> tuple[Resource, ...]:
    """What keeper and jobs read, and their ways; a copy makes no backups, it only reads them."""
    back = isinstance(order.target, FilesTarget)
    made: list[Resource] = []
    if isinstance(order.target, FilesReload):
        made += [_passwords(order), _to_the_database(order, RELOAD)]
    if back or not order.is_copy:
        made += [backups.authority(order), backups.openings(order)]
    if back:
        made += [backups.auditor(order)]
    if order.is_copy:
        return (*made, *_claims(order))
    return (*made, backups.writer(order), _to_the_database(order, KEEPER))


def asking(order: RudiOrder) -> tuple[str, ...]:
    """Names of the workloads that ask the database."""
    reload = (RELOAD,) if isinstance(order.target, FilesReload) else ()
    return reload if order.is_copy else (KEEPER, *reload)


def keeper(order: RudiOrder, readings: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """The pod that takes snapshots; of a copy none."""
    if order.is_copy:
        return ()
    settings, writer = find(readings, "configmap/backups"), find(readings, "secret/backups")
    environment = {
        "KEEPER_EVERY_S": str(every_s(order)),
        "MONGO_ADDRESS": f"{mongodb.DATABASE}:{mongodb.PORT}",
        "MONGO_READER": mongodb.READER,
        "MONGO_PASSWORD_FILE": f"{backups.SECRETS_PATH}/password",
        # What the catalog tells of lies in the storage: what came between is one too many there.
        "MONGO_DATABASES": " ".join(users(order).values()),
        **_folders(order),
        **backups.files_repository(order),
        **backups.environment(order),
    }
    body = pod.Pod(
        account=KEEPER,
        container=pod.Container(
            name=KEEPER,
            image=order.image(IMAGE),
            resources=order.size.keeper,
            environment=environment,
        ),
        volumes=(
            *_volumes(read_only=True),
            *_room(order),
            *backups.handed(settings, writer),
        ),
        user=order.release.user,
    )
    labels = order.labels_of(KEEPER, role=ROLE_OF_KEEPERS)
    # Where the storage is, the manager is as well.
    spec = body.spec({"affinity": parts.beside(STORAGE)})
    return (parts.deployment(order, labels, spec, {"replicas": 1}, parts.RECREATE),)


def every_s(order: RudiOrder) -> int:
    """Seconds between snapshots: one that fails may not cost what is promised."""
    promised = seconds(order.tenant.backup.recovery_point)
    return min(max(int(promised // 2), OFTEN_S), SELDOM_S)


def restored(order: RudiOrder, resources: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """All resources and the job that brings back, which comes after everything else."""
    if isinstance(order.target, FilesTarget):
        return last(resources, _restoring(order, order.target, resources))
    if isinstance(order.target, FilesReload):
        return last(resources, _reloading(order, order.target, resources))
    return resources


def _restoring(order: RudiOrder, target: FilesTarget, resources: tuple[Resource, ...]) -> Resource:
    settings = find(resources, "configmap/backups")
    reading = find(resources, "secret/backups-reading")
    environment = {
        "RESTORE_ID": target.id,
        "RESTORE_SNAPSHOT": target.snapshot,
        "RESTORE_BEFORE": target.before,
        **_folders(order),
        **backups.files_repository(order),
        **backups.environment(order),
    }
    volumes = (*_volumes(), *_room(order), *backups.handed(settings, reading))
    labels = backups.job_labels(order, RESTORE)
    return _job(order, "keeper-restore", labels, environment, volumes)


def _reloading(order: RudiOrder, target: FilesReload, resources: tuple[Resource, ...]) -> Resource:
    """Without a way to the store: the dumps lie beside the files already."""
    words = (f"{user}:{name}" for user, name in sorted(users(order).items()))
    environment = {
        "RELOAD_ID": target.id,
        "MONGO_ADDRESS": f"{mongodb.DATABASE}:{mongodb.PORT}",
        "MONGO_SECRETS": PASSWORDS,
        "MONGO_USERS": " ".join(words),
        **_folders(order),
    }
    passwords = find(resources, f"secret/{RELOAD}")
    volumes = (
        *_volumes(),
        *_room(order),
        pod.secret_files("passwords", PASSWORDS, passwords.name),
    )
    return _job(order, "keeper-reload", order.labels_of(RELOAD), environment, volumes)


def _job(
    order: RudiOrder,
    script: str,
    labels: Mapping[str, str],
    environment: Mapping[str, str],
    volumes: tuple[pod.Volume, ...],
) -> Resource:
    name = labels["app.kubernetes.io/name"]
    container = pod.Container(
        name=name,
        image=order.image(IMAGE),
        resources=order.size.keeper,
        command=(f"/usr/local/bin/{script}",),
        environment=environment,
    )
    body = pod.Pod(
        account=KEEPER,
        container=container,
        volumes=volumes,
        restart="Never",
        grace_s=10,
        user=order.release.user,
    )
    return once(order, labels, body)


def _claims(order: RudiOrder) -> tuple[Resource, ...]:
    """The volumes of a copy, made before there is a pod."""
    size = order.size
    return (
        parts.claim(order, CLAIMS[STORAGE], STORAGE, size.storage.volume),
        parts.claim(order, CLAIMS[MANAGER], MANAGER, size.manager.volume),
    )


def _volumes(*, read_only: bool = False) -> tuple[pod.Volume, ...]:
    return (
        pod.claimed("media", MEDIA, CLAIMS[STORAGE], read_only=read_only),
        pod.claimed("accounts", ACCOUNTS, CLAIMS[MANAGER], read_only=read_only),
    )


def _room(order: RudiOrder) -> tuple[pod.Volume, ...]:
    """Room for dumps, which are as large as the databases at most."""
    return (
        pod.scratch("spool", "/spool", order.size.database.volume),
        pod.scratch("tmp", "/tmp", "64Mi"),  # noqa: S108 - a mount of the pod's own
    )


def _folders(order: RudiOrder) -> dict[str, str]:
    return {
        "KEEPER_MEDIA": MEDIA,
        "KEEPER_ACCOUNTS": ACCOUNTS,
        "KEEPER_SQLITE": order.release.manager_file,
    }


def _passwords(order: RudiOrder) -> Resource:
    """Of those who may write to the databases."""
    content = {
        f"{user}_password": order.secret(f"database_{user}_password") for user in users(order)
    }
    return parts.secret(order, RELOAD, RELOAD, content)


def _to_the_database(order: RudiOrder, workload: str) -> Resource:
    ways: list[Opening] = [to_workload(mongodb.DATABASE, mongodb.PORT), names(order)]
    return policy(
        order, f"{workload}-database", {"matchLabels": selector(workload)}, egress=ways, ingress=[]
    )
