"""Catalog, storage and manager: one image, a workload each, so that a dead one is seen.

Templates, profiles and keys are laid out anew before each start: what somebody wrote to those
folders in the meantime is gone, and keys never come about by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from orchestrator.model.program import Program
from orchestrator.model.secret import Secret
from orchestrator.model.size import Resources
from orchestrator.products import keypair
from orchestrator.products.packaged import texts
from orchestrator.products.rudi import programs
from orchestrator.products.rudi.release import Module
from stacks import mongodb, parts, pod
from stacks.order import APPLICATION, FRONT
from stacks.resource import Resource
from stacks.rudi import environment
from stacks.rudi.environment import WORK
from stacks.rudi.order import CATALOG, MANAGER, PURGE, RUNNERS_PATH, STORAGE, RudiOrder

TEMPLATES_PATH = "/etc/rudi"
KEYS_PATH = "/run/secrets/rudi"
PROFILES = "rudi-catalog-profiles.ini.am"
STORAGE_CONF = "rudi-storage-conf.ini.am"
LAST_USER = '"@PUBKEY_DIR@/acceptance.pub"]'
WORK_SIZE = "512Mi"
SCRATCH_SIZE = "64Mi"
GRACE_S = 60
REACHABLE_WITHIN_S = 300
# Public halves lie where profiles look for them, pairs where the start would else make others.
PREPARE = """\
umask 077
rm -rf {work}/ini {work}/safe {work}/keys
mkdir -p {work}/ini {work}/safe {work}/keys
cp -f {templates}/*.am {work}/ini/
cp -f {own}/*.am {work}/ini/
cp -f {keys}/* {work}/{folder}/
for place; do timeout {within} node {runners}/reachable.mjs "$place"; done
"""
# Catalog and storage trust the public halves; the private one for trying never enters a pod.
PUBLIC = {
    CATALOG: {"catalog_mngr": "catalog_manager_key", "acceptance": "acceptance_key"},
    STORAGE: {"store_mngr": "storage_manager_key", "acceptance": "acceptance_key"},
}
PAIRS = {"catalog_mngr": "catalog_manager_key", "store_mngr": "storage_manager_key"}


@dataclass(frozen=True)
class Parts:
    """What the modules read, made before any of them."""

    order: RudiOrder
    runners: Resource
    templates: Resource
    settings: Mapping[str, Resource]
    credentials: Mapping[str, Resource]
    keys: Mapping[str, Resource]

    @property
    def readings(self) -> tuple[Resource, ...]:
        """All of it."""
        lists = (self.settings.values(), self.credentials.values(), self.keys.values())
        return (self.runners, self.templates, *(one for found in lists for one in found))

    def container(self, module: str, resources: Resources, **further: Any) -> pod.Container:
        """A container of the product's image with a module's environment."""
        return pod.Container(
            image=self.order.image(self.order.release.image),
            resources=resources,
            environment_from=(
                {"configMapRef": {"name": self.settings[module].name}},
                {"secretRef": {"name": self.credentials[module].name}},
            ),
            **further,
        )


def modules(order: RudiOrder) -> Parts:
    """What the modules read, each piece named by its content, so a change rolls what reads it."""
    names = (CATALOG, STORAGE, MANAGER)
    own = _templates(order)
    return Parts(
        order,
        parts.settings(order, "runners", APPLICATION, dict(sorted(order.runners.items()))),
        parts.settings(order, "templates", APPLICATION, dict(own)),
        {
            name: parts.settings(order, name, name, environment.settings(order, name))
            for name in names
        },
        {
            name: parts.secret(order, name, name, environment.credentials(order, name))
            for name in names
        },
        {name: parts.secret(order, f"{name}-keys", name, keys_of(order, name)) for name in names},
    )


def keys_of(order: RudiOrder, module: str) -> dict[str, Secret]:
    """The key files of a module; the manager alone has private ones."""
    wanted = PAIRS if module == MANAGER else {**PUBLIC[module], **_programs_keys(order, module)}
    found = {
        f"{name}.pub": Secret(_public(order.secret(secret), name))
        for name, secret in wanted.items()
    }
    if module == MANAGER:
        found |= {name: order.secret(secret) for name, secret in PAIRS.items()}
    return dict(sorted(found.items()))


def workloads(found: Parts) -> tuple[Resource, ...]:
    """The three modules and their addresses."""
    order, size = found.order, found.order.size
    release = order.release.modules
    ports = {CATALOG: release.catalog, STORAGE: release.storage, MANAGER: release.manager}
    services = (parts.service(order, name, one.port) for name, one in ports.items())
    catalog = _pod(found, CATALOG, release.catalog, size.catalog, ())
    labels = order.labels_of(CATALOG, role=APPLICATION)
    further = {"replicas": 1, "progressDeadlineSeconds": 600}
    media = pod.Volume("data", environment.MEDIA, None)
    accounts = pod.Volume("data", environment.ACCOUNTS, None)
    storage = _pod(found, STORAGE, release.storage, size.storage.resources, (media,))
    manager = _pod(found, MANAGER, release.manager, size.manager.resources, (accounts,))
    return (
        *services,
        parts.deployment(order, labels, catalog.spec(), further, parts.RECREATE),
        parts.stateful_set(order, STORAGE, storage, size.storage.volume, role=FRONT),
        # Whatever takes a copy of both volumes has to stand where both are.
        parts.stateful_set(order, MANAGER, manager, size.manager.volume, role=FRONT, near=STORAGE),
    )


def purge(found: Parts) -> dict[str, Any]:
    """The spec of a pod that forgets old events, once."""
    order = found.order
    command = ("node", f"{RUNNERS_PATH}/{order.release.schedules[0].task}")
    return pod.Pod(
        account=PURGE,
        container=found.container(
            STORAGE,
            order.size.job,
            name=PURGE,
            command=("sh", "-euc", 'node "$1" "$2"; exec node "$3" </dev/null', "purge"),
            arguments=(f"{RUNNERS_PATH}/reachable.mjs", _DATABASE, command[1]),
            environment=events(order),
        ),
        volumes=(_runners(found), _scratch()),
        restart="Never",
        user=order.release.user,
    ).spec()


def events(order: RudiOrder) -> dict[str, str]:
    """What the script that forgets events has to know; the storage's pod has it, too."""
    from orchestrator.model.part import seconds

    return {
        "EVENTS_COLLECTION": order.release.media_events,
        "EVENTS_DATE": order.release.events_date,
        "EVENTS_KEPT_S": str(seconds(order.instance.events_kept)),
        "DRIVER_FROM": order.release.driver_from,
    }


_DATABASE = f"{mongodb.DATABASE}:{mongodb.PORT}"


def _pod(
    found: Parts, name: str, module: Module, size: Resources, kept: tuple[pod.Volume, ...]
) -> pod.Pod:
    order = found.order
    ready = {"httpGet": {"path": module.readiness, "port": module.port}, "timeoutSeconds": 5}
    main = found.container(
        name,
        size,
        name=name,
        environment=events(order) if name == STORAGE else {},
        port=module.port,
        probes={
            "startupProbe": {**ready, "periodSeconds": 1, "failureThreshold": 300},
            "readinessProbe": {**ready, "periodSeconds": 10, "failureThreshold": 3},
            # It fails while the database is away, so it must not restart anything.
            "livenessProbe": pod.port_probe(module.port, period_s=15, failures=6),
        },
    )
    return pod.Pod(
        account=name,
        container=main,
        volumes=(
            pod.scratch("work", WORK, WORK_SIZE),
            _scratch(),
            pod.configuration_files("templates", TEMPLATES_PATH, found.templates.name),
            pod.secret_files("keys", KEYS_PATH, found.keys[name].name),
            _runners(found),
            *kept,
        ),
        grace_s=GRACE_S,
        user=order.release.user,
        first=_prepare(found, name),
    )


def _prepare(found: Parts, name: str) -> pod.Container:
    order = found.order
    text = PREPARE.format(
        work=WORK,
        templates=order.release.templates,
        own=TEMPLATES_PATH,
        keys=KEYS_PATH,
        folder="safe" if name == MANAGER else "keys",
        within=REACHABLE_WITHIN_S,
        runners=RUNNERS_PATH,
    )
    return pod.Container(
        name="prepare",
        image=order.image(order.release.image),
        resources=order.size.job,
        command=("sh", "-euc", text, "prepare"),
        # The manager asks the other two whenever it is asked itself.
        arguments=() if name == MANAGER else (_DATABASE,),
    )


def _templates(order: RudiOrder) -> dict[str, str]:
    """Our templates, with a profile and a user for every program that is let in."""
    found = dict(texts("orchestrator.products.rudi", f"templates/{order.release.release}"))
    found[PROFILES] += programs.profiles(_admitted(order))
    before, last, after = found[STORAGE_CONF].partition(LAST_USER)
    found[STORAGE_CONF] = f"{before}{last}{programs.users(_admitted(order))}{after}"
    return found


def _programs_keys(order: RudiOrder, module: str) -> dict[str, str]:
    """The name of a key file, and the secret it is the public half of."""
    return {
        f"{programs.PREFIX}{one.name}": programs.key_of(one).name
        for one in _admitted(order)
        if module == CATALOG or one.may == "write"
    }


def _admitted(order: RudiOrder) -> tuple[Program, ...]:
    every = order.instance.programs
    if order.today is None:
        return every
    return programs.admitted(every, datetime.combine(order.today, time(), UTC))


def _runners(found: Parts) -> pod.Volume:
    return pod.configuration_files("runners", RUNNERS_PATH, found.runners.name)


def _scratch() -> pod.Volume:
    return pod.scratch("tmp", "/tmp", SCRATCH_SIZE)  # noqa: S108 - a mount of the pod's own


def _public(private: Secret, name: str) -> str:
    """The public half, or words in its place while there is no key yet."""
    try:
        return keypair.public_half(private.reveal(), name)
    except keypair.NotAKeyError:
        return f"none-yet {name}\n"
