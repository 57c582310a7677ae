"""What a product told of itself counts only for the instance that told it.

The secrets server outlives a namespace: after an instance was removed and made anew, its keys are
still kept, and no database knows them. So the namespace remembers by whom they were told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from orchestrator.model.secret import Secret
from orchestrator.products.product import AnySubject
from orchestrator.products.secrets import Kind
from orchestrator.products.toolbox import Toolbox

NOTE = "orchestrator-first-start"


def names(subject: AnySubject) -> tuple[str, ...]:
    """What the stack calls the secrets that the product tells."""
    specs = subject.secrets
    return tuple(spec.name for spec in specs if spec.kind is Kind.TOLD)


def counts(subject: AnySubject, tools: Toolbox, values: Mapping[str, Secret]) -> bool:
    """Whether the kept ones are those that this very instance told."""
    note = tools.cluster.note(subject.names.namespace, NOTE)
    return note is not None and note.get("fingerprint") == _fingerprint(subject, values)


def remember(subject: AnySubject, tools: Toolbox, values: Mapping[str, Secret]) -> None:
    """Have the namespace know that its instance told these."""
    body = {"fingerprint": _fingerprint(subject, values), "at": tools.clock.now().isoformat()}
    tools.cluster.write_note(subject.names.namespace, NOTE, body)


def _fingerprint(subject: AnySubject, values: Mapping[str, Secret]) -> str:
    parts = [f"{name}={values[name].fingerprint}" for name in names(subject)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
