"""Ports that tell a stopwatch how long they were waited for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from orchestrator.engine.stopwatch import Stopwatch
from orchestrator.products.toolbox import Toolbox


def timed(tools: Toolbox, watch: Stopwatch) -> Toolbox:
    """The same ports; the engine, the plays, the pods and the services have their time counted."""

    def over(port: Any, whom: str) -> Any:
        return _Timed(port, whom, watch)

    return replace(
        tools,
        stack=lambda values: over(tools.stack(values), "engine"),
        staged=lambda values, stage, target: over(tools.staged(values, stage, target), "engine"),
        hosts=over(tools.hosts, "play"),
        cluster=over(tools.cluster, "pods"),
        web=over(tools.web, "pods"),
        clock=over(tools.clock, "pods"),  # a flow sleeps only until something in a pod is done
        secrets=over(tools.secrets, "services"),
        identity=over(tools.identity, "services") if tools.identity else None,
        certificates=over(tools.certificates, "services"),
        objects=over(tools.objects, "services"),
        history=over(tools.history, "services"),
        keys=over(tools.keys, "services"),
    )


class _Timed:
    """One port; every method of it is counted as waiting."""

    def __init__(self, inner: Any, whom: str, watch: Stopwatch) -> None:
        self._inner = inner
        self._whom = whom
        self._watch = watch

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._inner, name)

        @wraps(method)
        def counted(*arguments: Any, **named: Any) -> Any:
            with self._watch.waiting(self._whom):
                return method(*arguments, **named)

        return counted
