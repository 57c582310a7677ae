"""Each port's time is counted under the name that people know it by."""

from __future__ import annotations

from typing import Any

from orchestrator.engine.stopwatch import Stopwatch
from orchestrator.products.toolbox import Toolbox
from orchestrator.tools.clock import SystemClock
from orchestrator.wiring.timed import timed


class Port:
    """Answers everything with what it was asked."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, method: str) -> Any:
        return lambda *arguments, **named: (self._name, method, arguments, named)


def port(name: str) -> Any:
    return Port(name)


def test_every_port_answers_as_before_and_is_counted() -> None:
    clock = SystemClock()
    watch = Stopwatch(clock)
    tools = timed(
        Toolbox(
            secrets=port("secrets"),
            certificates=port("certificates"),
            identity=port("identity"),
            objects=port("objects"),
            history=port("history"),
            keys=port("keys"),
            staged=lambda _values, _stage, _target: port("staged"),
            stack=lambda _values: port("stack"),
            facts=port("facts"),
            hosts=port("hosts"),
            cluster=port("cluster"),
            web=port("web"),
            inbox=None,
            clock=port("clock"),
            play_variables={},
        ),
        watch,
    )
    said: Any = tools.stack({}).up(print)
    assert said == ("stack", "up", (print,), {})
    assert set(watch.lap()) == {"engine"}
    told: Any = tools.web.request("GET", "https://x", body=b"1")
    assert told == ("web", "request", ("GET", "https://x"), {"body": b"1"})
    tools.cluster.note("space", "name")
    tools.clock.sleep(1)
    assert set(watch.lap()) == {"pods"}
    tools.hosts.play("onboard", {}, {}, print)
    tools.secrets.prepared()
    tools.objects.bucket("b")
    tools.certificates.issue(["a"])
    assert set(watch.lap()) == {"play", "services"}
