"""Faults of making the sandbox's images."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class ImageNotBuiltError(OrchestratorError):
    """An image could not be made from Debian packages."""

    code = "image-not-built"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, name: str, *, reason: str, log: str, tail: tuple[str, ...] = ()) -> None:
        super().__init__(
            f"the image `{name}` could not be built",
            why=reason,
            hints=(
                f"read the log {log}",
                "run the same command again: images that were finished are not built twice",
            ),
            details=tail,
            context={"image": name, "log": log},
        )
