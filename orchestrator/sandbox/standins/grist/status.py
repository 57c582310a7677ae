"""`/status`: whether the server lives, and what it was asked to look at besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from orchestrator.sandbox.standins.grist.environment import Environment, switched
from orchestrator.sandbox.standins.grist.exchange import Answer, Request, plain
from orchestrator.sandbox.standins.grist.frame import Instance
from orchestrator.sandbox.standins.grist.release import NOTICE


def answer(environment: Environment, instance: Instance | None, request: Request) -> Answer:
    """The answer; nobody asks here whether the instance was ever configured."""
    told, failed = [], False
    for name, check in _CHECKS.items():
        if not switched(request.query.get(name, "")):
            continue
        well = _passes(check, instance)
        failed = failed or not well
        told.append(f"{name} {'ok' if well else 'not ok'}")
    words = f" ({', '.join(told)})" if told else ""
    state = "unhealthy" if failed else "alive"
    text = f"Grist server({environment.roles}) is {state}{words}.\n{NOTICE}\n"
    return plain(text, 500 if failed else 200)


def database(instance: Instance | None) -> bool:
    """Whether the home database answers."""
    if instance is None:
        return False
    with instance.home.opened() as home:
        return bool(home.value("SELECT 1") == 1)


def redis(instance: Instance | None) -> bool:
    """Whether Redis answers; without one, it does not."""
    store = instance.sessions.redis if instance else None
    return bool(store is not None and store.client.ping())


def ready(instance: Instance | None) -> bool:
    """Whether the start is over."""
    return instance is not None and instance.ready.is_set()


_CHECKS: Mapping[str, Callable[[Instance | None], bool]] = {
    "ready": ready,
    "db": database,
    "redis": redis,
    # The one process is its own worker, and known as soon as it is ready.
    "docWorkerRegistered": ready,
}


def _passes(check: Callable[[Instance | None], bool], instance: Instance | None) -> bool:
    try:
        return check(instance)
    except Exception:  # noqa: BLE001 - whatever it is, it is not well
        return False
