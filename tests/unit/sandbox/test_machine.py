"""What a machine lacks for a sandbox is named, all of it at once, with a way on."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.errors.root import ExitStatus
from orchestrator.errors.sandbox import MachineUnsuitableError, NotRootError, PortTakenError
from orchestrator.sandbox import machine
from orchestrator.sandbox.machine import Machine

FITTING = Machine(missing=(), memory_mib=8_000, folder=Path("/data"), disk_mib=50_000)
ALL_RIGHTS = f"{(1 << 41) - 1:016x}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The /proc and /sys of a machine that fits, with control groups of version 2."""
    files = {
        "proc/filesystems": "nodev\tproc\nnodev\toverlay\n\text4\n",
        "proc/sys/net/bridge/bridge-nf-call-iptables": "1\n",
        "proc/sys/net/netfilter/nf_conntrack_max": "262144\n",
        "proc/self/ns/net": "",
        "proc/self/ns/mnt": "",
        "proc/self/status": f"Name:\ttests\nCapEff:\t{ALL_RIGHTS}\n",
        "proc/meminfo": "MemTotal:  8192000 kB\nMemAvailable:  6144000 kB\n",
        "sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def missing(root: Path) -> tuple[str, ...]:
    return machine.measure(root, root).missing


def test_a_machine_that_fits_lacks_nothing(root: Path) -> None:
    found = machine.measure(root / "not" / "there" / "yet", root)
    assert found.missing == ()
    assert found.memory_mib == 6_000
    assert found.disk_mib > 0
    assert machine.shortages(FITTING, disk_needed_mib=machine.DISK_MIB) == ()


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("proc/sys/net/bridge/bridge-nf-call-iptables", "netfilter on bridges"),
        ("proc/self/ns/net", "network namespaces"),
        ("proc/self/ns/mnt", "mount namespaces"),
    ],
)
def test_a_feature_that_is_missing_is_named(root: Path, file: str, name: str) -> None:
    (root / file).unlink()
    (said,) = missing(root)
    assert name in said


def test_a_file_system_is_looked_for_by_its_whole_name(root: Path) -> None:
    (root / "proc/filesystems").write_text("nodev\toverlayer\n", encoding="utf-8")
    assert missing(root) == ("no overlay file system: try `modprobe overlay`",)


def test_a_controller_that_is_switched_off_is_named(root: Path) -> None:
    (root / "sys/fs/cgroup/cgroup.controllers").write_text("cpu pids\n", encoding="utf-8")
    assert missing(root) == ("no control groups for memory at /sys/fs/cgroup",)


def test_control_groups_of_version_one_will_do(root: Path) -> None:
    place = root / "sys/fs/cgroup"
    (place / "cgroup.controllers").unlink()
    for name in ("cpu,cpuacct", "memory", "pids"):
        (place / name).mkdir()
        (place / name / "cgroup.procs").touch()
    (place / "cpu").symlink_to("cpu,cpuacct")
    assert missing(root) == ()


def test_no_control_groups_at_all_are_named_one_by_one(root: Path) -> None:
    (root / "sys/fs/cgroup/cgroup.controllers").unlink()
    said = " ".join(missing(root))
    for name in ("cpu", "memory", "pids"):
        assert f"for {name} at" in said


def test_root_without_its_rights_is_told(root: Path) -> None:
    status = f"CapEff:\t{int(ALL_RIGHTS, 16) & ~(1 << 12):016x}\n"
    (root / "proc/self/status").write_text(status, encoding="utf-8")
    assert missing(root) == ("root has not the right CAP_NET_ADMIN here",)


def test_everything_that_is_short_is_said_at_once() -> None:
    poor = Machine(("no overlay file system",), memory_mib=512, folder=Path("/data"), disk_mib=99)
    said = machine.shortages(poor, disk_needed_mib=6_000)
    assert said == (
        "kernel: no overlay file system",
        "memory: 512 MiB available, 3000 needed",
        "disk: 99 MiB free at /data, 6000 needed",
    )


@pytest.mark.parametrize(("free", "enough"), [(999, False), (1_000, True)])
def test_one_that_only_comes_up_again_needs_little_disk(free: int, *, enough: bool) -> None:
    found = replace(FITTING, disk_mib=free)
    lacks = machine.shortages(found, disk_needed_mib=machine.DISK_AGAIN_MIB)
    assert (lacks == ()) is enough


def test_the_refusal_lists_what_is_short(tmp_path: Path) -> None:
    with pytest.raises(MachineUnsuitableError) as refused:
        machine.refuse_unsuitable(tmp_path, disk_needed_mib=10**12)
    assert refused.value.exit_status == ExitStatus.OUTSIDE
    assert any(str(tmp_path) in line for line in refused.value.details)


def test_who_is_not_root_is_named_by_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "root")
    monkeypatch.setenv("USER", "root")
    with pytest.raises(NotRootError) as refused:
        machine.refuse_not_root(65_534)
    assert refused.value.why == "you are `nobody`"
    assert refused.value.exit_status == ExitStatus.CREDENTIALS
    assert any("sudo" in hint for hint in refused.value.hints)


def test_a_user_without_a_name_is_told_by_number() -> None:
    with pytest.raises(NotRootError, match="needs root") as refused:
        machine.refuse_not_root(54_321)
    assert refused.value.why == "you are `user 54321`"


def test_root_is_let_through() -> None:
    machine.refuse_not_root(0)


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - as others listen
def test_a_port_that_somebody_holds_is_refused(address: str) -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((address, 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"port {port} ") as refused:
            machine.refuse_port_taken(port)
    assert refused.value.exit_status == ExitStatus.OUTSIDE
    assert refused.value.context == {"port": port}


def test_a_port_that_is_free_stays_free() -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    machine.refuse_port_taken(port)
    machine.refuse_port_taken(port)
