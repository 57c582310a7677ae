"""One Pulumi stack, driven through the Automation API with an inline program.

The engine's process is started through `tools.process` like any other, so that it has a log, is
masked, and does not see the terminal's Ctrl-C: stopping is ours to decide.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi import automation
from pulumi.automation.errors import CommandError, create_command_error
from pulumi.automation.events import EngineEvent
from semver import VersionInfo

from orchestrator.errors.stack import EngineMissingError, StackFailedError
from orchestrator.model.change import Change, Operation
from orchestrator.model.danger import risk_of
from orchestrator.model.secret import Secret
from orchestrator.ports import Progress, StackPreview
from orchestrator.tools import process, pulumi_locks, pulumi_plugin

PROJECT = "orchestrator"
VERSION = "3.250.0"
TIMEOUT_S = 1800.0

_OPERATIONS = {
    "create": Operation.CREATE,
    "update": Operation.UPDATE,
    "replace": Operation.REPLACE,
    "delete": Operation.DELETE,
}
_PAST = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "create-replacement": "created anew",
    "delete-replaced": "removed the old",
}


@dataclass(frozen=True)
class Site:
    """Where a stack's state lies and what its engine is given.

    `state` is a folder; `secrets_provider` the address of the transit key that encrypts it;
    `environment` what the engine and the Kubernetes plugin need; `secrets` are masked.
    """

    stack: str
    binary: Path
    state: Path
    kubeconfig: Path
    secrets_provider: str
    environment: Mapping[str, str] = field(repr=False)
    secrets: tuple[Secret, ...]
    log: Path


class PulumiStack:
    """Implements `ports.StackEngine`."""

    def __init__(self, site: Site, program: Callable[[], None]) -> None:
        self._site = site
        self._program = program

    def preview(self, step: str, progress: Progress) -> StackPreview:
        """What the engine would do. Raises StackLockedError, StackFailedError."""
        progress("asking the engine what would change")
        changes: list[Change] = []
        same = 0

        def on_event(event: EngineEvent) -> None:
            nonlocal same
            metadata = event.resource_pre_event.metadata if event.resource_pre_event else None
            if metadata is None or not metadata.type.startswith("kubernetes:"):
                return
            if metadata.op.value == "same":
                same += 1
            elif operation := _OPERATIONS.get(metadata.op.value):
                changes.append(_change(step, operation, metadata))

        with self._opened() as stack:
            self._guarded(lambda: stack.preview(on_event=on_event, suppress_progress=True))
        return StackPreview(tuple(changes), same)

    def up(self, progress: Progress) -> None:
        """Bring the resources about. Raises StackLockedError, StackFailedError."""
        failures: list[str] = []

        def on_event(event: EngineEvent) -> None:
            done = event.res_outputs_event.metadata if event.res_outputs_event else None
            if done and done.type.startswith("kubernetes:"):
                if past := _PAST.get(done.op.value):
                    progress(f"{past} {_target(done.urn)}")
            elif said := event.diagnostic_event:
                if said.severity == "error":
                    failures.append(said.message.strip())
                elif said.ephemeral and said.urn:  # what the plugin waits for, and why
                    progress(f"{_target(said.urn)}: {said.message.strip()}")

        with self._opened() as stack:
            self._guarded(
                lambda: stack.up(on_event=on_event, suppress_progress=True, suppress_outputs=True),
                failures,
            )

    def exists(self) -> bool:
        """Whether the stack was ever made, and was not removed since."""
        return (self._folder / f"Pulumi.{self._site.stack}.yaml").exists()

    def remove(self, progress: Progress) -> None:
        """Remove its resources, and then itself. Raises StackLockedError, StackFailedError."""
        failures: list[str] = []

        def on_event(event: EngineEvent) -> None:
            done = event.res_outputs_event.metadata if event.res_outputs_event else None
            if done and done.type.startswith("kubernetes:"):
                progress(f"removed {_target(done.urn)}")
            elif (said := event.diagnostic_event) and said.severity == "error":
                failures.append(said.message.strip())

        with self._opened() as stack:
            self._guarded(lambda: stack.destroy(on_event=on_event, remove=True), failures)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _folder(self) -> Path:
        return self._site.state / self._site.stack

    @contextmanager
    def _opened(self) -> Iterator[automation.Stack]:
        """The stack selected and the plugin running; both put away at the end."""
        site = self._site
        if not site.binary.exists():
            raise EngineMissingError(str(site.binary))
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        pulumi_locks.await_engine(self._folder.resolve())
        pulumi_locks.release_stale(site.state, PROJECT, site.stack)
        log = site.log.with_suffix(".plugin.log")
        with pulumi_plugin.attached(site.kubeconfig, log) as plugin:
            yield self._select(
                {
                    "PATH": os.environ.get("PATH", ""),
                    "HOME": os.environ.get("HOME", "/"),
                    "KUBECONFIG": str(site.kubeconfig),
                    "PULUMI_HOME": os.environ.get("PULUMI_HOME", str(Path.home() / ".pulumi")),
                    "PULUMI_SKIP_UPDATE_CHECK": "true",
                    # Else it asks GitHub for a plugin that is attached already, for seconds.
                    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
                    **site.environment,
                    **plugin,
                }
            )

    def _select(self, environment: dict[str, str]) -> automation.Stack:
        options = automation.LocalWorkspaceOptions(
            work_dir=str(self._folder),
            pulumi_home=environment["PULUMI_HOME"],
            pulumi_command=EngineCommand(self._site),
            secrets_provider=self._site.secrets_provider,
            env_vars=environment,
            project_settings=automation.ProjectSettings(
                name=PROJECT,
                runtime="python",
                backend=automation.ProjectBackend(url=f"file://{self._site.state}"),
            ),
        )
        return automation.create_or_select_stack(
            self._site.stack, project_name=PROJECT, program=self._program, opts=options
        )

    def _guarded(self, act: Callable[[], object], failures: list[str] | None = None) -> None:
        try:
            act()
        except CommandError as error:
            reasons = tuple(line for text in failures or [] for line in text.splitlines() if line)
            tail = tuple(str(error).splitlines()[-process.TAIL_LINES :])
            raise StackFailedError(
                self._site.stack, reasons=reasons or tail, log=str(self._site.log)
            ) from error


class EngineCommand(automation.PulumiCommand):
    """The engine's binary behind our own door to programs."""

    def __init__(self, site: Site) -> None:
        self.command = str(site.binary)
        self.version = VersionInfo.parse(VERSION)
        self._site = site

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> automation.CommandResult:
        """Run one engine command; raises the Automation API's own error types."""
        del on_error  # both streams are told through one callback
        if "--non-interactive" not in args:
            args = ["--non-interactive", *args]
        limits = process.Limits(
            timeout_s=TIMEOUT_S,
            cwd=Path(cwd),
            env={**additional_env, "PULUMI_AUTOMATION_API": "true"},
            log=self._site.log,
            secrets=self._site.secrets,
        )
        done = process.run([self.command, *args], limits, on_line=on_output, accept=range(256))
        result = automation.CommandResult(
            stdout=done.stdout.rstrip("\n"), stderr=done.stderr.rstrip("\n"), code=done.status
        )
        if done.status:
            raise create_command_error(result)
        return result


def _change(step: str, operation: Operation, metadata: Any) -> Change:
    kind = metadata.type.rsplit(":", 1)[-1]
    fields = tuple(sorted(metadata.detailed_diff or {})) or tuple(metadata.diffs or ())
    return Change(
        step,
        operation,
        _target(metadata.urn),
        detail=f"{len(fields)} fields" if fields and operation is not Operation.CREATE else "",
        risk=risk_of(operation, kind),
        fields=fields,
    )


def _target(urn: str) -> str:
    token, name = urn.split("::")[-2:]
    kind = token.split("$")[-1].rsplit(":", 1)[-1].lower()
    return name if name.startswith(f"{kind}/") else f"{kind}/{name}"
