"""Backing up and bringing back a Decidim of a gigabyte, beside its engine alone, and drills.

The engine alone is asked inside the same pod, with the same settings, of the same data, right
before ours. What is put into the database and the bucket for it is taken away at the end.
"""

from __future__ import annotations

import json
import secrets
import subprocess  # noqa: TID251 - the command line is asked as people ask it
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from orchestrator import settings
from orchestrator.model.connection import Connection
from orchestrator.model.names import InstanceNames
from orchestrator.wiring.place import connection_file
from tests.bench.lines import FIRST, PROGRAM, ROOT, figure, left_out
from tests.bench.machine import asked, events, sandbox, states
from tests.bench.processes import tree_peak
from tests.sandbox import writing

INSTANCE = f"{FIRST}/decidim"
NAMES = InstanceNames(FIRST, "decidim")
OBJECTS, OBJECT_BYTES = 2_000, 100_000
AT_LEAST = 0.9
RESTORE_S, DRILL_S, MEMORY_MB = 180.0, 120.0, 4096
PARALLEL = 4
SERVER = "statefulset/database"
FILL = """
create table bench_filling as select number, (select string_agg(md5(random()::text), '')
    from generate_series(1, 30) where number > 0) as text from generate_series(1, 1000000) number;
"""
LINES = (
    *("backup of 1 GB", "restore of 1 GB, its data", "restore of 1 GB, all of it"),
    *("drill of a small instance", f"{PARALLEL} drills at once, our memory"),
)


def measure() -> None:
    """Print the lines."""
    if not any(one["instance"] == INSTANCE and one["state"] == "live" for one in states()):
        for name in LINES:
            left_out(name, f"{INSTANCE} is not live here; it needs `make demo` first")
        return
    connection = _connection()
    with _filled(connection):
        _backup(connection)
        _restore(connection)
    _drills()


def _backup(connection: Connection) -> None:
    alone = _seconds(
        connection, "pgbackrest --stanza=main --type=full --log-level-console=off backup"
    )
    run = _run("backup", "run", INSTANCE, "--take", "full", "--yes")
    ours = _step(run, "base-backup")
    share = f"{alone / ours:.0%} of the engine's own speed ({alone:.1f} s; wanted {AT_LEAST:.0%})"
    figure(LINES[0], ours, "s", share)


def _restore(connection: Connection) -> None:
    place = "/var/lib/postgresql/data/bench"
    alone = _seconds(
        connection,
        f"mkdir -m 700 {place} && pgbackrest --stanza=main --pg1-path={place} --type=immediate"
        f" --log-level-console=off restore",
    )
    _inside(connection, f"rm -rf {place}")
    point = asked("backup", "list", INSTANCE)["points"][0]["id"]
    began = time.perf_counter()
    run = _run("restore", INSTANCE, "--point", point, "--in-place", "--confirm", FIRST)
    whole = time.perf_counter() - began
    told = json.loads(_inside(connection, "cat /var/lib/postgresql/data/restored.json"))
    ours, step = int(told["fetched_ms"]) / 1000, _step(run, "database")
    share = f"{alone / ours:.0%} of the engine's own speed ({alone:.1f} s; wanted {AT_LEAST:.0%})"
    figure(LINES[1], ours, "s", f"{share}; {step:.1f} s with all stopped and the log replayed")
    objects = _step(run, "objects")
    share = f"{whole / RESTORE_S:.0%} of {RESTORE_S:.0f} s, one command"
    figure(LINES[2], whole, "s", f"{share}; {OBJECTS} objects in {objects:.1f} s")


def _drills() -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        began = time.perf_counter()
        tree_peak([PROGRAM, "--root", str(ROOT), "drill", "run", f"{FIRST}/rudi"], log)
        spent = time.perf_counter() - began
        figure(LINES[3], spent, "s", f"{spent / DRILL_S:.0%} of {DRILL_S:.0f} s; {FIRST}/rudi")
        argv = [PROGRAM, "--root", str(ROOT), "drill", "run", "--all"]
        count, peak = tree_peak([*argv, "--parallel", str(PARALLEL)], log)
        share = f"{peak / MEMORY_MB:.0%} of {MEMORY_MB} MB, {count} processes, with Pulumi's own"
        figure(LINES[4], peak, "MB", share)


@contextmanager
def _filled(connection: Connection) -> Iterator[None]:
    """A gigabyte of rows and the objects of a bucket, for the block."""
    writing.asked(connection, NAMES.namespace, "drop table if exists bench_filling; select 1;")
    _inside(connection, "psql -qX -h /run/postgresql -U postgres -d decidim", FILL)
    store, prefix = writing.objects(connection), f"bench-{secrets.token_hex(4)}/"
    content = secrets.token_bytes(OBJECT_BYTES)
    with ThreadPoolExecutor(8) as crew:
        for number in range(OBJECTS):
            where = {"Bucket": NAMES.bucket, "Key": f"{prefix}{number:05d}"}
            crew.submit(store.put_object, Body=content, **where)
    try:
        yield
    finally:
        writing.asked(connection, NAMES.namespace, "drop table if exists bench_filling; select 1;")
        for number in range(OBJECTS):
            with suppress(store.exceptions.ClientError):
                store.delete_object(Bucket=NAMES.bucket, Key=f"{prefix}{number:05d}")


def _connection() -> Connection:
    file = connection_file(settings.load(ROOT), sandbox())
    return Connection.model_validate_json(file.read_text("utf-8"))


def _run(*argv: str) -> str:
    """A command that must end well; the id of its run."""
    words = [PROGRAM, "--root", str(ROOT), *argv]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return str(asked("run", "list", FIRST)["runs"][0]["id"])


def _step(run: str, name: str) -> float:
    """Seconds that a step took."""
    found = (one for one in events(run) if one["type"] == "step_done" and one["step"] == name)
    return float(next(found)["seconds"])


def _seconds(connection: Connection, script: str) -> float:
    began = time.perf_counter()
    _inside(connection, script)
    return time.perf_counter() - began


def _inside(connection: Connection, script: str, stdin: str = "") -> str:
    words = [str(connection.kubectl), "--kubeconfig", str(connection.kubeconfig), "exec", "-i"]
    words += ["-n", NAMES.namespace, SERVER, "--", "sh", "-euc", script]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout
