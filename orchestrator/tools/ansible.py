"""Ansible plays, run as a process of their own; what they do is read from their events.

ansible-core promises no Python interface, so `ansible-playbook` is a foreign program like any
other. What it is given lies in a private folder, in memory where the machine has such a folder,
and is removed whatever happens.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestrator.errors.play import PlayBrokenError, PlayMissingError, PlayTimedOutError
from orchestrator.errors.process import ToolFailedError, ToolTimedOutError
from orchestrator.model.secret import Secret
from orchestrator.ports import PlayResult, Progress
from orchestrator.tools import process
from orchestrator.tools.ansible_events import PlayEvents
from orchestrator.tools.private import private_folder

EVENTS = "ORCHESTRATOR_PLAY_EVENTS"
TOLD = "told_file"
TIMEOUT_S = 1200.0
_NOT_HANDED_ON = re.compile(r"^(ANSIBLE_.*|.*_TOKEN|AWS_.*|PULUMI_.*)$")


class AnsibleRunner:
    """Implements `ports.HostRunner`.

    `playbooks` holds the plays, `run_folder` keeps the log and the events of each, masked;
    `kubectl` and `kubeconfig` are given to every play as variables of these names, and `told_file`
    is where a play writes secrets that it brings back: one JSON object of texts.
    """

    def __init__(
        self,
        playbooks: Path,
        run_folder: Path,
        kubectl: Path,
        kubeconfig: Path,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._playbooks = playbooks
        self._run_folder = run_folder
        self._common = {"kubectl": str(kubectl), "kubeconfig": str(kubeconfig)}
        self._timeout_s = timeout_s

    def play(
        self,
        name: str,
        variables: Mapping[str, Any],
        secrets: Mapping[str, Any],
        progress: Progress,
    ) -> PlayResult:
        """Run a play. Raises PlayMissingError, PlayBrokenError, PlayTimedOutError."""
        book = self._playbooks / f"{name}.yml"
        if not book.is_file():
            raise PlayMissingError(name, searched=(str(self._playbooks),))
        self._run_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        log = self._run_folder / f"play-{name}.log"
        told = PlayEvents(self._run_folder / f"play-{name}.events.jsonl", secrets, progress)
        with private_folder("play") as private:
            folder = Path(private)
            told_file = folder / "told.json"
            files = (
                _written(folder / "variables.json", {**self._common, TOLD: told_file, **variables}),
                _written(folder / "secrets.json", secrets),
            )
            with told.following(folder / "events.jsonl"):
                status, tail = self._run(name, book, files, told, log)
            brought = _brought(told_file)
        if told.failed_task:
            return PlayResult(
                ok=False,
                changed=told.changed,
                failed_task=told.failed_task,
                reason=told.reason,
            )
        if status != 0:
            raise PlayBrokenError(name, status=status, tail=tail, log=str(log))
        return PlayResult(ok=True, changed=told.changed, told=brought)

    def _run(
        self, name: str, book: Path, files: tuple[Path, ...], told: PlayEvents, log: Path
    ) -> tuple[int, tuple[str, ...]]:
        program = Path(sys.executable).with_name("ansible-playbook")
        arguments = [str(program), "--inventory", "localhost,", str(book)]
        for file in files:
            arguments += ["--extra-vars", f"@{file}"]
        limits = process.Limits(
            timeout_s=self._timeout_s,
            cwd=self._playbooks,
            env=self._environment(files[0].parent),
            log=log,
            secrets=told.secrets,
        )
        try:
            done = process.run(arguments, limits)
        except ToolTimedOutError as error:
            told.read()
            raise PlayTimedOutError(
                name, seconds=self._timeout_s, task=told.task, log=str(log)
            ) from error
        except ToolFailedError as error:
            return error.status, error.details
        return done.status, ()

    def _environment(self, folder: Path) -> dict[str, str]:
        handed_on = {
            key: value for key, value in os.environ.items() if not _NOT_HANDED_ON.match(key)
        }
        return {
            **handed_on,
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(self._playbooks / "ansible.cfg"),
            "ANSIBLE_STDOUT_CALLBACK": "events",
            "ANSIBLE_CALLBACK_PLUGINS": str(self._playbooks / "callback_plugins"),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_PIPELINING": "true",
            # Everything that Ansible keeps on disk goes with the folder.
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
            "ANSIBLE_REMOTE_TMP": str(folder / "tmp"),
            EVENTS: str(folder / "events.jsonl"),
        }


def _plain(value: Any) -> Any:
    """What the play is given; every text is marked as data, or `{{ }}` in it would be evaluated."""
    if isinstance(value, Secret | str | Path):
        text = value.reveal() if isinstance(value, Secret) else str(value)
        return {"__ansible_unsafe": text}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _brought(file: Path) -> Mapping[str, Secret]:
    """What a play wrote to be kept; nothing when it wrote nothing."""
    if not file.exists():
        return {}
    found = json.loads(file.read_text(encoding="utf-8"))
    return {str(key): Secret(str(value)) for key, value in found.items()}


def _written(path: Path, values: Mapping[str, Any]) -> Path:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(_plain(values), file)
    return path
