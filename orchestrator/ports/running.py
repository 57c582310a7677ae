"""What runs an instance: plays, the engine, the cluster, and its public side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from orchestrator.model.change import Change
from orchestrator.model.secret import Secret
from orchestrator.ports.progress import Progress


@dataclass(frozen=True)
class PlayResult:
    """How a play ended."""

    ok: bool
    changed: int
    failed_task: str = ""
    reason: str = ""
    told: Mapping[str, Secret] = field(default_factory=dict)
    """What the play brought back, by key; it is written to a file that only it can reach."""


class HostRunner(Protocol):
    """Runs a play as a process of its own."""

    def play(
        self,
        name: str,
        variables: Mapping[str, Any],
        secrets: Mapping[str, Any],
        progress: Progress,
    ) -> PlayResult:
        """Run `playbooks/<name>.yml`; `secrets` go through a file of mode 0600 (values: Secret)."""


@dataclass(frozen=True)
class StackPreview:
    """What the engine would do, counted and listed."""

    changes: tuple[Change, ...]
    unchanged: int


class StackEngine(Protocol):
    """One Pulumi stack."""

    def preview(self, step: str, progress: Progress) -> StackPreview:
        """What the engine would do, as changes of that step; changes nothing."""

    def up(self, progress: Progress) -> None:
        """Bring it about and wait until every part is ready."""

    def exists(self) -> bool:
        """Whether it was ever made, and was not removed since."""

    def remove(self, progress: Progress) -> None:
        """Remove everything of it, and itself; what is protected is refused."""


class Cluster(Protocol):
    """The running parts of one instance's namespace."""

    def namespace_owner(self, namespace: str) -> Mapping[str, str] | None:
        """Labels of a namespace, or None when there is none of that name."""

    def namespaces(self, labels: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
        """Labels of every namespace that has these, by its name; '' stands for any value."""

    def ready(self, namespace: str, kind: str, name: str) -> bool:
        """Whether every copy of a workload is ready in its newest form; without any it is not."""

    def restarts(self, namespace: str) -> int:
        """How often containers of the namespace were started again, in all."""

    def note(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """The data of a note (a ConfigMap of ours), or None."""

    def write_note(self, namespace: str, name: str, data: Mapping[str, str]) -> None:
        """Keep a note; one of the same name is replaced whole."""

    def execute(
        self,
        namespace: str,
        workload: str,
        command: Sequence[str],
        stdin: str | Secret | None = None,
        timeout_s: float = 60.0,
    ) -> str:
        """Run a command in a ready pod of `deployment/web` or `statefulset/x`; its stdout."""


@dataclass(frozen=True)
class WebAnswer:
    """One answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Web(Protocol):
    """The public side of an instance, asked through its entrance with verified TLS."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> WebAnswer:
        """Ask once; a redirect is an answer like any other."""


class Inbox(Protocol):
    """What the mail relay has taken, where the platform lets us see it."""

    def subjects_to(self, address: str) -> Sequence[str]:
        """Subjects of the messages taken for an address, oldest first."""
