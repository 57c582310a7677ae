"""Whoever makes backups works with the keys to them that are kept.

A key that was renewed opens nothing for a server that still holds the one before it, which is gone:
its log would wait on its volume until somebody onboards the instance again.
"""

from __future__ import annotations

import hashlib

from orchestrator.engine.step import Say, Step
from orchestrator.flows.steps.base_backup import files_of
from orchestrator.flows.steps.infrastructure import settled
from orchestrator.flows.steps.secrets import known_values
from orchestrator.model.change import Change, Operation, Risk
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery.files import KEEPER
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
    """What it holds is what is kept; where it is not up, there is nobody to hand it to."""
    namespace = subject.names.namespace
    files = files_of(subject, tools) is not None
    kind, name = ("Deployment", "keeper") if files else ("StatefulSet", "database")
    holder = KEEPER if files else SERVER

    def look() -> tuple[Change, ...]:
        values = known_values(subject, tools)
        if not values.keys() >= FILES.keys():
            return ()
        if not tools.cluster.ready(namespace, kind, name):
            return ()
        kept = hashlib.sha256("".join(values[one].reveal() for one in FILES).encode()).hexdigest()
        seen = tools.cluster.execute(namespace, holder, ["sh", "-c", SEEN])
        if seen.startswith(kept):
            return ()
        detail = "it begins anew with the keys that are kept"
        return (Change(NAME, Operation.UPDATE, holder, detail, Risk.INTERRUPTS),)

    def act(say: Say) -> None:
        tools.stack(known_values(subject, tools)).up(say)

    return Step(
        NAME,
        promise="backups are made with the keys that are kept",
        look=look,
        act=act,
        holds=lambda: settled(subject, tools) and not look(),
    )
