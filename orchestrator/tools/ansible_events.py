"""What a play tells of itself while it runs; told by `playbooks/callback_plugins/events.py`."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestrator.model.secret import Secret
from orchestrator.ports import Progress
from orchestrator.tools.masking import mask

_LOOK_EVERY_S = 0.1


class PlayEvents:
    """What a play tells while it runs: kept in a file, masked, and handed on as progress.

    `secrets` are those that the play was given, of any shape.
    """

    def __init__(self, keep: Path, secrets: Mapping[str, Any], progress: Progress) -> None:
        self.secrets = _to_mask(secrets)
        self.task = ""
        self.failed_task = ""
        self.reason = ""
        self.changed = 0
        self._keep = keep
        self._progress = progress
        self._source = Path()
        self._position = 0

    @contextlib.contextmanager
    def following(self, source: Path) -> Iterator[None]:
        """Read what is told to `source` while the block runs, and the rest when it ends."""
        self._source = source
        ended = threading.Event()

        def follow() -> None:
            while not ended.wait(_LOOK_EVERY_S):
                self.read()

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        try:
            yield
        finally:
            ended.set()
            follower.join()
            self.read()

    def read(self) -> None:
        """Take the whole lines that are new."""
        try:
            with self._source.open("rb") as stream:
                stream.seek(self._position)
                lines = stream.read().splitlines(keepends=True)
        except FileNotFoundError:
            return
        with self._keep.open("a", encoding="utf-8") as kept:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                self._position += len(line)
                text = mask(line.decode("utf-8", "replace"), self.secrets)
                kept.write(text)
                self._take(json.loads(text))

    def _take(self, event: Mapping[str, Any]) -> None:
        task = str(event.get("task", ""))
        match event.get("event"):
            case "task" if task != self.task:
                self.task = task
                self._progress(task)
            case "ok":
                self.changed += bool(event["changed"])
            case "failed" if not event["ignored"]:
                self.failed_task = task
                self.reason = _reason(str(event["reason"]))


def _reason(text: str) -> str:
    """A runner script answers a fault with a JSON object; its own words are enough."""
    with contextlib.suppress(ValueError):
        answer = json.loads(text)
        if isinstance(answer, dict) and answer.get("reason"):
            return str(answer["reason"])
    return text


def _to_mask(secrets: Mapping[str, Any]) -> tuple[Secret, ...]:
    """The secrets, also as they look inside JSON, and inside JSON that is told within JSON."""
    forms = [secret.reveal() for secret in _secrets_in(secrets)]
    for _ in range(2):
        forms += [
            json.dumps(text, ensure_ascii=pure)[1:-1] for text in forms for pure in (False, True)
        ]
    return tuple(Secret(text) for text in sorted(set(forms), key=len, reverse=True))


def _secrets_in(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _secrets_in(item)
