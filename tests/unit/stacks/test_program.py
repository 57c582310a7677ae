"""Every resource reaches the engine under its key, with its class, order, shield and secrets."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from orchestrator.model.secret import Secret
from stacks import kind
from stacks.decidim import resources
from stacks.decidim.order import DecidimOrder as Order
from stacks.program import program
from stacks.resource import Resource


class Recorder(pulumi.runtime.Mocks):
    """Stands for the engine and keeps what was registered."""

    def __init__(self) -> None:
        self.seen: dict[str, tuple[str, dict[str, Any]]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.seen[args.name] = (args.typ, dict(args.inputs))
        return f"{args.name}-id", dict(args.inputs)

    def call(self, _args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        return {}


@pytest.fixture
def engine() -> Recorder:
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder, preview=False)
    return recorder


def registered(engine: Recorder, wanted: tuple[Resource, ...]) -> Recorder:
    @pulumi.runtime.test
    def run() -> None:
        program(wanted)()

    run()
    return engine


def test_every_resource_is_registered_as_what_it_is(engine: Recorder, order: Order) -> None:
    wanted = resources(order)
    seen = registered(engine, wanted).seen
    assert set(seen) == {resource.key for resource in wanted}
    for resource in wanted:
        token, inputs = seen[resource.key]
        group = "core" if resource.kind.group == "core" else resource.kind.group
        assert token == f"kubernetes:{group}/{resource.kind.version}:{resource.kind.name}"
        assert inputs["metadata"]["name"] == resource.name
        assert inputs["apiVersion"] == resource.kind.api_version


def test_the_body_arrives_as_it_is(engine: Recorder, order: Order) -> None:
    wanted = resources(order)
    seen = registered(engine, wanted).seen
    for resource in wanted:
        if not resource.secret:
            inputs = seen[resource.key][1]
            expected = resource.manifest()
            assert inputs == expected, resource.key


def test_secrets_are_marked_for_the_engine(engine: Recorder) -> None:
    hidden = Secret("hidden")
    wanted = Resource(
        kind.SECRET, "secret/x", "x", "space", {}, {"type": "Opaque", "stringData": {"a": hidden}}
    )
    registered(engine, (wanted,))
    sent = engine.seen["secret/x"][1]["stringData"]
    assert sent["value"] == {"a": "hidden"}
    # the engine's own mark of a secret, from its wire format
    assert sent["4dabf18193072939515e22adb298388d"] == "1b47061264138c4ac30d75fd1eb44270"
