"""Tells what a play does, as JSON lines that a program can follow and as plain lines for people.

The JSON lines go to the file that ORCHESTRATOR_PLAY_EVENTS names, one event a line, at once:

    {"event": "task", "task": NAME}
    {"event": "ok" | "skipped", "task": NAME, "changed": true | false}
    {"event": "failed", "task": NAME, "reason": TEXT, "ignored": true | false}
    {"event": "end", "changed": NUMBER, "failed": NUMBER}

What a task was given and what it answered is never told, only the reason of a fault, and of a task
with `no_log` not even that.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: events
type: stdout
short_description: JSON lines for orchestrator, plain lines for people
description: What a play does, without what it handles.
"""

HIDDEN = "the task handles secrets, so what it said is not shown"


class CallbackModule(CallbackBase):
    """Loaded by ansible-playbook, by this name."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "events"

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:  # noqa: ARG002, FBT001
        """A task begins; to include others is no task that anybody waits for."""
        if not task.action.endswith("include_tasks"):
            self._tell("task", task.get_name().strip())

    def v2_runner_on_ok(self, result: Any) -> None:
        """It did its work, or there was none."""
        if not result.task.action.endswith("include_tasks"):
            self._tell("ok", _name(result), changed=bool(result.result.get("changed")))

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Its condition did not hold."""
        self._tell("skipped", _name(result), changed=False)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:  # noqa: FBT001, FBT002
        """It failed; `ignored` when the play goes on all the same."""
        self._tell("failed", _name(result), reason=_reason(result), ignored=bool(ignore_errors))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """There is no way to the host, which here is this machine."""
        self._tell("failed", _name(result), reason=_reason(result), ignored=False)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """The play has ended."""
        failed = sum(stats.failures.values()) + sum(stats.dark.values())
        self._tell("end", "", changed=sum(stats.changed.values()), failed=failed)

    def _tell(self, event: str, task: str, **more: Any) -> None:
        told = {"event": event, **({"task": task} if task else {}), **more}
        self._display.display(" ".join(f"{key}={value}" for key, value in told.items()))
        if path := os.environ.get("ORCHESTRATOR_PLAY_EVENTS"):
            with Path(path).open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(told, ensure_ascii=False) + "\n")


def _name(result: Any) -> str:
    return str(result.task.get_name()).strip()


def _reason(result: Any) -> str:
    seen = result.result
    if "censored" in seen or result.task.no_log:
        return HIDDEN
    return str(seen.get("msg") or seen.get("stderr") or "it gave no reason")
