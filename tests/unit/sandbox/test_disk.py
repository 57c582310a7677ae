"""A full disk is one fault, however it shows itself; every other fault stays what it was."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from orchestrator.errors.process import ToolFailedError
from orchestrator.errors.root import ExitStatus
from orchestrator.errors.sandbox import DiskFullError, PartNotReadyError
from orchestrator.sandbox import disk

SAID = ("ctr: failed to copy: write /x: No space left on device",)
FULL: list[Exception] = [
    OSError(errno.ENOSPC, "No space left on device"),
    OSError(errno.EDQUOT, "Disk quota exceeded"),
    ToolFailedError("ctr images import", status=1, tail=SAID),
    PartNotReadyError("etcd", reason="it ended", log="etcd.log", tail=SAID),
]
OTHER: list[Exception] = [
    OSError(errno.EACCES, "Permission denied"),
    ToolFailedError("ctr images import", status=1, tail=("ctr: not found",)),
    PartNotReadyError("etcd", reason="it ended", log="etcd.log", tail=()),
    ValueError("no space left on device"),
]


@pytest.mark.parametrize("fault", FULL, ids=lambda fault: type(fault).__name__)
def test_whatever_a_full_disk_breaks_names_it(tmp_path: Path, fault: Exception) -> None:
    with pytest.raises(DiskFullError) as told, disk.full_named(tmp_path, 321):
        raise fault
    assert told.value.__cause__ is fault
    assert told.value.exit_status == ExitStatus.OUTSIDE
    assert told.value.retryable
    assert f"321 MiB at {tmp_path}" in told.value.message
    assert told.value.context["folder"] == str(tmp_path)
    assert f"{told.value.context['free_mib']} MiB are free" in told.value.why


@pytest.mark.parametrize("fault", OTHER, ids=lambda fault: type(fault).__name__)
def test_other_faults_pass_through(tmp_path: Path, fault: Exception) -> None:
    with pytest.raises(type(fault)) as told, disk.full_named(tmp_path, 1):
        raise fault
    assert told.value is fault


def test_too_little_room_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    disk.refuse_full(folder, 1)
    with pytest.raises(DiskFullError):
        disk.refuse_full(folder, disk.room(folder).mib + 1_000_000)
    assert not folder.exists()
