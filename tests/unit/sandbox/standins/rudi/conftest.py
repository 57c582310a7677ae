"""Nodes that end with their test, and one that lives as long as all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.sandbox.standins.rudi.node import Maker, Node, made


@pytest.fixture
def make_node(tmp_path: Path) -> Iterator[Maker]:
    nodes: list[Node] = []

    def make(**variables: str) -> Node:
        nodes.append(made(tmp_path, **variables))
        return nodes[-1]

    yield make
    for each in nodes:
        if each.process is not None:
            each.stop()


@pytest.fixture(scope="package")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """All three modules in one container, as they come."""
    found = made(tmp_path_factory.mktemp("rudi"))
    found.start(wait_for=("/catalog/version", "/storage/hash", "/manager/conf"))
    yield found
    found.stop()
