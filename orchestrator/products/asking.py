"""Asking the parts of an instance, for adapters of several products."""

from __future__ import annotations

from orchestrator.products.toolbox import Toolbox


def query(tools: Toolbox, namespace: str, database: str, statement: str) -> str:
    """The first column of the first row, as text; asked over the database's own socket."""
    command = ["psql", "-X", "-A", "-t", "-h", "/run/postgresql", "-U", "postgres"]
    shell = [*command, "-d", database, "-c", statement]
    lines = tools.cluster.execute(namespace, "statefulset/database", shell).strip().splitlines()
    return lines[0] if lines else ""
