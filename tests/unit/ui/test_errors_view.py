"""The error block and its line for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from orchestrator.errors.engine import StepDidNotHoldError
from orchestrator.errors.instances import PartlyDoneError
from orchestrator.errors.process import ToolFailedError
from orchestrator.errors.root import ExitStatus, OrchestratorError
from orchestrator.ui import errors_view


class BackupNotFoundError(OrchestratorError):
    """Only for these tests."""

    exit_status = ExitStatus.NOT_FOUND

    def __init__(self) -> None:
        self.code = "backup-not-found"  # on the object alone: the table of codes must not know it
        super().__init__(
            "no verified backup of `saint-martin` at or before 2026-11-20 00:00 UTC",
            why="bucket bk-saint-martin holds 3 backups, the oldest is 2026-11-21 02:04 UTC",
            hints=(
                "list them with `orchestrator backup list saint-martin`",
                "restore the oldest with `--backup 20261121T0204Z`",
            ),
        )


def test_the_block_with_every_slot(transcript: Callable[[str, str], None]) -> None:
    error = BackupNotFoundError()
    error.at("restore, step 1/6 “choose restore point”, run 7f3c91", run="7f3c91")
    transcript("error-block", errors_view.block(error).plain + "\n")


def test_details_of_a_tool_stand_below_why(transcript: Callable[[str, str], None]) -> None:
    error = ToolFailedError("pulumi up --stack x", status=255, tail=("error: [x] no", "see log"))
    transcript("error-tool", errors_view.block(error).plain + "\n")


def partly_done() -> PartlyDoneError:
    tool = ToolFailedError("pulumi up --stack x", status=255, tail=("error: [x] no", "see log"))
    tool.at("onboard saint-martin/grist, step 3/8 “infrastructure”, run 7f3c91", run="7f3c91")
    held = StepDidNotHoldError("bucket", promise="it is private", run="7f3c91")
    error = PartlyDoneError(
        "7f3c91",
        whole=("saint-martin/decidim",),
        failed={"saint-martin/grist": tool, "saint-martin/other": held},
        left={"saint-martin/rudi": "not begun: it needs saint-martin/grist"},
    )
    error.at("onboard saint-martin, run 7f3c91", run="7f3c91")
    return error


def test_a_run_that_is_partly_done_tells_of_each_instance(
    transcript: Callable[[str, str], None],
) -> None:
    transcript("error-partly-done", errors_view.block(partly_done()).plain + "\n")


def test_programs_are_told_of_each_instance() -> None:
    body = errors_view.document(partly_done())
    assert (body["code"], body["exit"], body["run"]) == ("partly-done", 11, "7f3c91")
    assert body["context"] == {
        "saint-martin/decidim": "done",
        "saint-martin/grist": "tool-failed",
        "saint-martin/other": "step-did-not-hold",
        "saint-martin/rudi": "not begun: it needs saint-martin/grist",
    }


def test_one_line_for_programs(screen: Callable[..., Any]) -> None:
    error = BackupNotFoundError()
    error.at("restore, step 1/6", run="7f3c91")
    seen = screen(json=True)
    errors_view.show(seen.console, error)
    assert seen.out.getvalue() == ""
    assert seen.err.getvalue().count("\n") == 1
    body = json.loads(seen.err.getvalue())
    assert body["format"] == "orchestrator/error/v1"
    assert (body["code"], body["exit"], body["run"]) == ("backup-not-found", 6, "7f3c91")
    assert body["retryable"] is False
    assert len(body["hints"]) == 2
