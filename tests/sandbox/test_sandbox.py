"""What the sandbox refuses before it begins, and what it mends of itself.

Refusals are asked for in a folder of their own, so that nothing is left. Repairs are made on one
sandbox called `tests-second`, which is made here and taken away at the end.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess  # noqa: TID251 - tests run the product from outside
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestrator.model.connection import Connection
from orchestrator.sandbox import cgroups, network
from orchestrator.sandbox.layout import Layout, layout_of
from orchestrator.sandbox.layout import kept as kept_on_disk
from orchestrator.settings import load
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import CLONE, PROGRAM, Done

pytestmark = pytest.mark.sandbox

NAME = "tests-second"
REFUSED = "tests-refused"
NOBODY = (
    *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
    # The tests' own Python may lie in a folder of root's: reading is all that is lent.
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
)
SPACE = "keeps"
# The API server looks for its lost store less and less often; `up` does not wait for that.
FOLLOWERS = {"etcd": ("api-server",)}


def start(
    *arguments: str, before: tuple[str, ...] = (), sandboxes: Path | None = None
) -> subprocess.Popen[str]:
    environment = {**os.environ, "ORCHESTRATOR_ROOT": str(CLONE), "NO_COLOR": "1"}
    if sandboxes:
        environment["ORCHESTRATOR_SANDBOX_DIR"] = str(sandboxes)
    return subprocess.Popen(
        [*before, str(PROGRAM), "sandbox", *arguments],
        env=environment,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def end(process: subprocess.Popen[str]) -> Done:
    with process:
        try:
            out, err = process.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return Done(process.returncode, out, err, 0.0)


def call(*arguments: str, before: tuple[str, ...] = (), sandboxes: Path | None = None) -> Done:
    return end(start(*arguments, before=before, sandboxes=sandboxes))


def machine(*argv: str) -> str:
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{argv}: {done.stderr}"
    return done.stdout


def refused_layout(sandboxes: Path) -> Layout:
    return layout_of(REFUSED, sandboxes)


@pytest.fixture
def sandboxes(tmp_path: Path) -> Iterator[Path]:
    """A folder for sandboxes; whatever is refused there leaves nothing on the machine."""
    yield tmp_path
    layout = refused_layout(tmp_path)
    left = (network.standing(layout), layout.runtime.exists(), kept_on_disk(layout))
    call("down", "--name", REFUSED, sandboxes=tmp_path)
    assert left == (False, False, False)


# Refusals


@pytest.mark.parametrize("verb", ["up", "status", "down"])
def test_who_is_not_root_is_sent_to_sudo(sandboxes: Path, verb: str) -> None:
    refused = call(verb, "--name", REFUSED, before=NOBODY, sandboxes=sandboxes)
    assert refused.status == 3
    assert "error[not-root]" in refused.err
    assert "you are `nobody`" in refused.err
    assert "sudo" in refused.err


def test_a_port_of_somebody_else_is_left_to_him(sandboxes: Path) -> None:
    port = refused_layout(sandboxes).port
    with closing(socket.create_server(("127.0.0.1", port))):
        refused = call("up", "--name", REFUSED, sandboxes=sandboxes)
    assert refused.status == 4
    assert "error[port-taken]" in refused.err
    assert f"port {port} on 127.0.0.1" in refused.err
    assert "--name NAME" in refused.err


def test_a_range_of_somebody_else_is_left_to_him(sandboxes: Path) -> None:
    layout = refused_layout(sandboxes)
    address = f"10.{layout.octet}.200.1/32"
    machine("ip", "link", "add", "orch-taken", "type", "veth", "peer", "name", "orch-taken2")
    try:
        machine("ip", "address", "add", address, "dev", "orch-taken")
        machine("ip", "link", "set", "orch-taken", "up")
        refused = call("up", "--name", REFUSED, sandboxes=sandboxes)
    finally:
        machine("ip", "link", "delete", "orch-taken")
    assert refused.status == 4
    assert "error[address-range-taken]" in refused.err
    assert layout.whole in refused.err
    assert f"{address} dev orch-taken" in refused.err


POOR = """
set -eu
printf 'MemAvailable:  1000000 kB\\n' > "$1/meminfo"
printf 'nodev\\tproc\\n' > "$1/filesystems"
mount --bind "$1/meminfo" /proc/meminfo
mount --bind "$1/filesystems" /proc/filesystems
mount -t tmpfs -o size=100m tests "$2"
shift 2
exec "$@"
"""


def test_all_that_a_machine_lacks_is_said_at_once(sandboxes: Path, tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "small").mkdir()
    proc, small = str(tmp_path / "proc"), tmp_path / "small"
    poor = ("unshare", "--mount", "sh", "-c", POOR, "sh", proc, str(small))
    refused = call("up", "--name", REFUSED, before=poor, sandboxes=small)
    assert refused.status == 4
    assert "error[machine-unsuitable]" in refused.err
    assert "kernel: no overlay file system: try `modprobe overlay`" in refused.err
    assert "memory: 976 MiB available, 3000 needed" in refused.err
    assert f"MiB free at {small / REFUSED}, 6000 needed" in refused.err


def test_root_without_its_rights_is_told_which(sandboxes: Path) -> None:
    bound = ("setpriv", "--bounding-set=-net_admin")
    refused = call("up", "--name", REFUSED, before=bound, sandboxes=sandboxes)
    assert refused.status == 4
    assert "error[machine-unsuitable]" in refused.err
    assert "CAP_NET_ADMIN" in refused.err


# Repairs


@dataclass(frozen=True)
class Second:
    """The sandbox that is mended here, and what was said while its disk was full."""

    layout: Layout
    connection: Connection
    too_small: Done
    cut_short: Done
    between: set[str]
    kept: str
    finished: Done

    @property
    def kubectl(self) -> Kubectl:
        return Kubectl(self.connection)


@contextmanager
def disk(folder: Path) -> Iterator[Callable[[str], str]]:
    """A disk of its own in memory, and how its size is changed."""
    folder.mkdir(parents=True, mode=0o700)
    machine("mount", "-t", "tmpfs", "-o", "size=100m,mode=700", "orch-tests", str(folder))
    try:
        yield lambda size: machine("mount", "-o", f"remount,{size}", str(folder))
    finally:
        machine("umount", "--lazy", str(folder))


def reset() -> None:
    done = call("reset", "--name", NAME, "--confirm", NAME)
    assert done.status == 0, done.err


def images(layout: Layout, *arguments: str) -> str:
    address = f"--address={layout.runtime / 'containerd.sock'}"
    return machine("ctr", address, "--namespace=k8s.io", "images", *arguments)


@pytest.fixture(scope="module")
def second() -> Iterator[Second]:
    """It comes up on the third attempt: its images lie on a disk that is too small at first."""
    layout = layout_of(NAME, load(root=CLONE).sandboxes)
    if os.path.ismount(layout.path("containerd")):
        machine("umount", "--lazy", str(layout.path("containerd")))
    reset()
    try:
        with disk(layout.path("containerd")) as resize:
            try:
                too_small = call("up", "--name", NAME)
                resize("size=3g,nr_inodes=500")
                cut_short = call("up", "--name", NAME)
                between = in_state("up", parts())
                kept = images(layout, "check")
                resize("size=3g,nr_inodes=500000")
                finished = call("up", "--name", NAME)
                assert finished.status == 0, finished.err
                text = layout.path("connection.json").read_text(encoding="utf-8")
                connection = Connection.model_validate_json(text)
                yield Second(layout, connection, too_small, cut_short, between, kept, finished)
            finally:
                call("down", "--name", NAME)
    finally:
        reset()


@pytest.fixture
def whole(second: Second) -> Second:
    """It stands, whatever the test before made of it."""
    up()
    return second


def up() -> list[str]:
    """Bring it up; what was done, line by line."""
    done = call("up", "--name", NAME)
    assert done.status == 0, done.err
    return done.err.splitlines()


def parts() -> dict[str, dict[str, Any]]:
    listed = json.loads(call("status", "--name", NAME, "--json").out)["parts"]
    return {part["name"]: part for part in listed}


def in_state(state: str, among: dict[str, dict[str, Any]]) -> set[str]:
    return {name for name, part in among.items() if part["state"] == state}


def processes(among: dict[str, dict[str, Any]], *, but: str = "") -> dict[str, int]:
    return {name: part["pid"] for name, part in among.items() if name != but}


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Send it, and wait until it shows."""
    os.kill(pid, number)
    until = time.monotonic() + 10
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether it runs: neither dead nor halted."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] not in "ZXT"


def test_too_small_a_disk_is_named_before_anything_is_imported(second: Second) -> None:
    assert second.too_small.status == 4
    assert "error[disk-full]" in second.too_small.err
    assert f"MiB at {second.layout.path('containerd')}" in second.too_small.err
    assert " MiB are free there" in second.too_small.err
    assert "orchestrator sandbox up" in second.too_small.err
    assert "imported" not in second.too_small.err


def test_a_disk_that_fills_up_leaves_no_image_that_is_not_whole(second: Second) -> None:
    assert second.cut_short.status == 4
    assert "error[disk-full]" in second.cut_short.err
    assert "image pause: imported" in second.cut_short.err
    assert "image postgresql: imported" not in second.cut_short.err
    assert "/postgresql" not in second.kept
    assert all(line.split()[-1] == "true" for line in second.kept.splitlines()[1:])


def test_status_shows_one_that_did_not_come_up(second: Second) -> None:
    assert second.between == {"anchor", "containerd"}


def test_up_goes_on_once_there_is_room(second: Second) -> None:
    assert "image pause: imported" not in second.finished.err
    assert "image postgresql: imported" in second.finished.err


def test_up_on_what_stands_does_nothing(whole: Second) -> None:
    before = parts()
    assert up() == []
    assert processes(parts()) == processes(before)


def test_another_release_s_images_are_noticed(whole: Second) -> None:
    path = whole.layout.path("connection.json")
    now = path.read_text(encoding="utf-8")
    body = json.loads(now)
    body["images"]["redis"] = body["images"]["redis"].replace("@sha256:", "@sha256:0")
    path.write_text(json.dumps(body), encoding="utf-8")
    assert up() == []
    assert path.read_text(encoding="utf-8") == now


def test_a_connection_of_an_earlier_release_is_written_anew(whole: Second) -> None:
    path = whole.layout.path("connection.json")
    now = path.read_text(encoding="utf-8")
    body = json.loads(now)
    del body["identity"]  # added after the first release
    path.write_text(json.dumps(body), encoding="utf-8")
    assert up() == []
    assert path.read_text(encoding="utf-8") == now


@pytest.mark.parametrize("name", ["vault", "etcd"])
def test_a_part_that_died_is_told_and_started_alone(whole: Second, name: str) -> None:
    before = parts()
    kill(before[name]["pid"])
    broken = parts()
    assert in_state("down", broken) == {name}
    assert broken[name]["pid"] == 0
    assert Path(broken[name]["log"]).is_file()
    assert call("status", "--name", NAME).status == 1
    said = up()
    assert said[0].startswith(f"part {name}: ready")
    after = parts()
    assert in_state("up", after) == set(after)
    changed = {one for one in after if after[one]["pid"] != before[one]["pid"]}
    assert name in changed
    assert changed <= {name, *FOLLOWERS.get(name, ())}
    assert {line.split()[1].rstrip(":") for line in said} == changed


def test_a_part_that_hangs_is_told_and_started_anew(whole: Second) -> None:
    before = parts()
    kill(before["mail"]["pid"], signal.SIGSTOP)
    broken = parts()
    assert in_state("unhealthy", broken) == {"mail"}
    assert in_state("down", broken) == set()
    assert broken["mail"]["detail"] == "runs and does not answer"
    said = up()
    assert said[0] == "part mail: runs and does not answer, starting it anew"
    assert said[1].startswith("part mail: ready")
    after = parts()
    assert in_state("up", after) == set(after)
    assert not alive(before["mail"]["pid"])
    assert processes(after, but="mail") == processes(before, but="mail")


def test_somebody_else_at_the_entrance_is_not_taken_for_it(whole: Second) -> None:
    kill(parts()["entrance"]["pid"])
    with closing(socket.create_server(("127.0.0.1", whole.layout.port))):
        refused = call("up", "--name", NAME)
        assert refused.status == 4
        assert "error[port-taken]" in refused.err
        assert in_state("down", parts()) == {"entrance"}
    (said,) = up()
    assert said.startswith("part entrance: ready")


def test_an_image_that_was_imported_in_part_is_imported_anew(whole: Second) -> None:
    reference = whole.connection.images["memcached"]
    digest = reference.partition("@")[2]
    names = [
        line.split()[0] for line in images(whole.layout, "check").splitlines() if digest in line
    ]
    images(whole.layout, "remove", "--sync", *names)
    (archive,) = [
        file
        for file in (load(root=CLONE).cache / "images").glob("memcached-*.tar")
        if digest in machine("tar", "--extract", "--to-stdout", "--file", str(file), "index.json")
    ]
    images(whole.layout, "import", "--no-unpack", str(archive))
    kill(parts()["containerd"]["pid"])
    assert "image memcached: imported" in up()
    kept = [line for line in images(whole.layout, "check").splitlines() if reference in line]
    assert [line.split()[-1] for line in kept] == ["true"]


def test_two_at_once_take_turns(whole: Second) -> None:
    kill(parts()["mail"]["pid"])
    lock = whole.layout.folder.parent / f".{NAME}.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        begun = [start("up", "--name", NAME) for _ in range(2)]
        for process in begun:
            assert process.stderr is not None
            assert "waiting for another process" in process.stderr.readline()
    done = [end(process) for process in begun]
    assert [one.status for one in done] == [0, 0]
    assert sorted(one.err.count("part mail: ready") for one in done) == [0, 1]
    assert all("error" not in one.err for one in done)


# What outlives its processes


def keeper(image: str) -> list[dict[str, Any]]:
    """A pod that writes down once, on a volume, when it first came."""
    container = {
        "name": "keeper",
        "image": image,
        "command": [
            "sh",
            "-c",
            "test -s /data/id || cat /proc/sys/kernel/random/uuid > /data/id; exec sleep 86400",
        ],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }
    pod = {
        "terminationGracePeriodSeconds": 1,
        "securityContext": {"runAsUser": 1000},
        "containers": [container],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
    }
    labels = {"app": "keeper"}
    inside = {"namespace": SPACE}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}},
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data", **inside},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Mi"}},
            },
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "keeper", **inside},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        },
    ]


def told(second: Second) -> str:
    """What the pod wrote down, as soon as it runs."""
    until = time.monotonic() + 90
    while True:
        answer = second.kubectl.inside(SPACE, "deployment/keeper", ["cat", "/data/id"])
        if answer.status == 0 and answer.out:
            return answer.out
        assert time.monotonic() < until, answer.err
        time.sleep(0.5)


@pytest.fixture
def kept(whole: Second) -> str:
    whole.kubectl.apply(*keeper(whole.connection.images["toolbox"]))
    return told(whole)


def everything(layout: Layout, *pids: int) -> list[int]:
    """What runs of these, of its containers, and of the shims that hold those."""
    found = {*cgroups.processes(layout), *pids}
    socket_file = str(layout.runtime / "containerd.sock").encode()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = file.read_bytes().split(b"\0")
            if b"containerd-shim" in words[0] and socket_file in words:
                found.add(int(file.parent.name))
    return sorted(pid for pid in found if alive(pid))


def power_off(layout: Layout) -> None:
    """End all that runs at once, and what lies in memory; then the machine boots."""
    pids = processes(parts()).values()
    until = time.monotonic() + 30
    while left := everything(layout, *pids):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert time.monotonic() < until, left
    network.down(layout)
    cgroups.remove(layout)
    machine("rm", "--recursive", str(layout.runtime))
    for file in layout.path("run").glob("*.json"):
        body = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps({**body, "boot": "an earlier one"}), encoding="utf-8")


def test_after_a_reboot_everything_runs_again(whole: Second, kept: str) -> None:
    power_off(whole.layout)
    broken = parts()
    assert in_state("down", broken) == set(broken)
    said = up()
    assert not any("imported" in line for line in said)
    assert not any("ended" in line for line in said)
    assert told(whole) == kept
    assert up() == []


def test_without_its_anchor_everything_begins_anew(whole: Second, kept: str) -> None:
    before = parts()
    kill(before["anchor"]["pid"])
    assert in_state("down", parts()) == {"anchor"}
    up()
    after = parts()
    assert in_state("up", after) == set(after)
    assert not set(processes(after).values()) & set(processes(before).values())
    assert told(whole) == kept


@pytest.mark.usefixtures("kept")
def test_down_leaves_nothing_but_the_data(whole: Second) -> None:
    layout = whole.layout
    pids = processes(parts()).values()
    assert len(everything(layout, *pids)) > len(pids)
    assert call("down", "--name", NAME).status == 0
    assert everything(layout, *pids) == []
    assert layout.links[0] not in machine("ip", "link", "show")
    assert f"orch-{NAME}" not in machine("ip", "netns", "list")
    assert list(Path("/sys/fs/cgroup").glob(f"**/orchestrator-{NAME}")) == []
    assert not layout.runtime.exists()
    again = call("down", "--name", NAME)
    assert again.status == 0
    assert "ended" not in again.err
    assert any(layout.path("volumes").iterdir())
