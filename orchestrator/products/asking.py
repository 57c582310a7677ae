"""Asking the parts of an instance, for adapters of several products."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.errors.process import ToolFailedError
from orchestrator.model.secret import Secret
from orchestrator.products.toolbox import Toolbox
from orchestrator.products.trying import Answer, newest_object, refuse

RUNNERS = "/orchestrator/runners"
"""Where the pods of a product find its runner scripts."""
TIMEOUT_S = 180.0


def script(
    tools: Toolbox,
    place: tuple[str, str],
    command: Sequence[str],
    asked: Mapping[str, Any],
    timeout_s: float = TIMEOUT_S,
) -> Answer:
    """Run a script of ours in a pod; its answer, one JSON object. Raises NotAccepted.

    `place` is namespace and workload; what is asked goes through standard input, since the last
    word of `command`, the script, and all before it can be read by everybody on the node.
    """
    name = f"script {command[-1].rpartition('/')[2]}"
    question = Secret(json.dumps(asked))
    try:
        said = tools.cluster.execute(*place, command, question, timeout_s)
    except ToolFailedError as error:
        # Our scripts end with 1 after a fault, and say which in their answer all the same.
        answer = newest_object(error.details)
        if "error" in answer:
            refuse(f"{name}: {answer.get('reason', answer['error'])}", error)
        raise
    answer = newest_object(said.splitlines())
    if not answer:
        refuse(f"{name} gave no answer")
    return Answer(name, answer)


def query(tools: Toolbox, namespace: str, database: str, statement: str) -> str:
    """The first column of the first row, as text; asked over the database's own socket."""
    command = ["psql", "-X", "-A", "-t", "-h", "/run/postgresql", "-U", "postgres"]
    shell = [*command, "-d", database, "-c", statement]
    lines = tools.cluster.execute(namespace, "statefulset/database", shell).strip().splitlines()
    return lines[0] if lines else ""
