"""The database works with the keys to its backups that are kept.

A key that was renewed opens nothing for a server that still holds the one before it, which is gone:
its log would wait on its volume until somebody onboards the instance again.
"""

from __future__ import annotations

import hashlib

from orchestrator.engine.step import Say, Step
from orchestrator.flows.steps.infrastructure import settled
from orchestrator.flows.steps.secrets import known_values
from orchestrator.model.change import Change, Operation, Risk
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery.postgresql import SERVER

NAME = "handed-keys"
FILES = {
    "backup_writer_access_key": "access_key",
    "backup_writer_secret_key": "secret_key",
    "backup_machine_role": "role",
    "backup_machine_secret": "secret",
    "backup_passphrase_wrapped": "wrapped",
}
"""Secrets by the names that they have in the server's folder."""
# The values never leave the pod.
SEEN = f"cd /run/secrets/backups && cat {' '.join(FILES.values())} | sha256sum || true"


def handed_keys(subject: AnySubject, tools: Toolbox) -> Step:
    """What the server holds is what is kept; where it is not up, there is nobody to hand it to."""
    namespace = subject.names.namespace

    def look() -> tuple[Change, ...]:
        values = known_values(subject, tools)
        if not values.keys() >= FILES.keys():
            return ()
        if not tools.cluster.ready(namespace, "StatefulSet", "database"):
            return ()
        kept = hashlib.sha256("".join(values[one].reveal() for one in FILES).encode()).hexdigest()
        seen = tools.cluster.execute(namespace, SERVER, ["sh", "-c", SEEN])
        if seen.startswith(kept):
            return ()
        detail = "it begins anew with the keys that are kept"
        return (Change(NAME, Operation.UPDATE, SERVER, detail, Risk.INTERRUPTS),)

    def act(say: Say) -> None:
        tools.stack(known_values(subject, tools)).up(say)

    return Step(
        NAME,
        promise="the database archives its log with the keys that are kept",
        look=look,
        act=act,
        holds=lambda: settled(subject, tools) and not look(),
    )
