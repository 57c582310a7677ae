"""The one place where resources become Pulumi's; the engine is imported here and nowhere else.

Each resource is registered under its key, which stays the same when its name follows its content,
so that the engine replaces the object instead of losing sight of it.
"""

from __future__ import annotations

import importlib
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pulumi

from orchestrator.model.secret import Secret
from stacks import kind
from stacks.resource import Resource, shown

# Long enough for a first start on a slow machine: images, volumes, a database being made.
LONGEST = "20m"
LONGEST_JOB = "65m"
# Parts of the package that others speak of; Python loads them when they are first looked at, and
# two threads that look at once may find one half loaded (mended in Python 3.12).
_LAZY = (("meta", "ObjectMetaArgs"), ("core", "PodTemplateSpecArgs"))
_LOADING = threading.Lock()
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def program(resources: Iterable[Resource]) -> Callable[[], None]:
    """A program for the Automation API that registers every resource.

    Raises when called: KeyError, for a dependency on a resource that does not come before it.
    """
    wanted = tuple(resources)
    _load({resource.kind for resource in wanted})

    def register() -> None:
        made: dict[str, pulumi.Resource] = {}
        for resource in wanted:
            before = [made[key] for key in resource.depends_on]
            made[resource.key] = _register(resource, before)

    return register


def _load(kinds: Iterable[kind.Kind]) -> None:
    """Load what a program needs of the package, before any thread of an engine looks at it."""
    with _LOADING:
        for group, name in _LAZY:
            package = importlib.import_module(f"pulumi_kubernetes.{group}")
            getattr(package.v1, name)
        for each in sorted(kinds):
            _class(each)


def _register(resource: Resource, before: list[pulumi.Resource]) -> pulumi.Resource:
    longest = LONGEST_JOB if resource.kind == kind.JOB else LONGEST
    options = pulumi.ResourceOptions(
        depends_on=before,
        protect=resource.protected,
        custom_timeouts=pulumi.CustomTimeouts(create=longest, update=longest, delete=longest),
    )
    body = {_argument(key): value for key, value in shown(resource.body, _kept_secret).items()}
    made: pulumi.Resource = _class(resource.kind)(
        resource.key, opts=options, metadata=resource.metadata, **body
    )
    return made


def _class(of: kind.Kind) -> Callable[..., Any]:
    """The class of the Kubernetes package, loaded by itself: all of the package is slow."""
    group = of.group.partition(".")[0]
    module = importlib.import_module(f"pulumi_kubernetes.{group}.{of.version}.{of.name}")
    found: Callable[..., Any] = getattr(module, of.name)
    return found


def _kept_secret(secret: Secret) -> pulumi.Output[str]:
    return pulumi.Output.secret(secret.reveal())


def _argument(key: str) -> str:
    """`stringData` as Python writes it, `string_data`."""
    return _CAPITAL.sub("_", key).lower()
