"""`bundle exec …`: what the product's commands are called by."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from orchestrator.sandbox.standins.decidim import sidekiq
from orchestrator.sandbox.standins.decidim.environment import (
    Environment,
    UnknownLocaleError,
    UnknownStorageError,
    current,
)
from orchestrator.sandbox.standins.decidim.log import Log, log_of
from orchestrator.sandbox.standins.decidim.release import HOME, Release, baked, version_line

_PROGRAMS = ("rails", "rake", "puma", "sidekiq")
_SERVER = frozenset({"server", "s"})
_RUNNER = frozenset({"runner", "r"})


def main(arguments: Sequence[str]) -> int:
    """The front of `bundle`. Returns an exit status."""
    release = baked()
    first = "".join(arguments[:1])
    if first in {"--version", "-v", "version"}:
        print(version_line("bundle", release))
        return 0
    if len(arguments) < 2 or first != "exec":
        print("usage: bundle exec COMMAND", file=sys.stderr)
        return 15
    program, further = Path(arguments[1]).name, list(arguments[2:])
    if program not in _PROGRAMS:
        print(f"bundler: command not found: {arguments[1]}", file=sys.stderr)
        return 127
    if further[:1] in (["--version"], ["-v"], ["-V"]):
        print(version_line(program, release))
        return 0
    environment = current()
    try:
        _boot(environment)
    except (UnknownLocaleError, UnknownStorageError) as fault:
        print(f"{type(fault).__name__}: {fault}", file=sys.stderr)
        return 1
    return _started(program, further, environment, release)


def _started(program: str, further: list[str], environment: Environment, release: Release) -> int:
    if program == "sidekiq":
        return _worker(further, environment, release)
    if program == "puma" or (program == "rails" and further[:1] and further[0] in _SERVER):
        return _web(program, further, environment, release)
    if program == "rails" and further[:1] and further[0] in _RUNNER:
        return _runner(further[1:], environment)
    return _tasks(program, further, environment, release)


def _boot(environment: Environment) -> None:
    """What stops the product's start: an unknown language or storage service, and nothing else."""
    _ = environment.locales, environment.storage_service


def _worker(further: list[str], environment: Environment, release: Release) -> int:
    from orchestrator.sandbox.standins.decidim.worker import Worker

    path = Path(_option(further, "-C", "--config") or "config/sidekiq.yml")
    if not path.is_file():
        print(f"No such file {path}", file=sys.stderr)
        return 1
    return Worker(environment, sidekiq.read(path), log_of(environment)).run(release)


def _web(program: str, further: list[str], environment: Environment, release: Release) -> int:
    from orchestrator.sandbox.standins.decidim import web

    port = _option(further, "-p", "--port") or environment.text("PORT", "3000")
    address = _option(further, "-b", "--binding") or "0.0.0.0"
    given = _option(further, "-P", "--pid") or environment.text("PIDFILE", "tmp/pids/server.pid")
    # It is the framework's front that looks for a server that runs already; puma's own does not.
    pid_file = HOME / given if program == "rails" else None
    try:
        return web.serve(
            environment,
            release,
            log_of(environment),
            address=address,
            port=int(port),
            pid_file=pid_file,
        )
    except web.AlreadyRunningError:
        return web.refuse(HOME / given)


def _runner(further: list[str], environment: Environment) -> int:
    from orchestrator.sandbox.standins.decidim import runners

    if not further:
        print("usage: rails runner FILE", file=sys.stderr)
        return 1
    return runners.run(Path(further[0]), environment)


def _tasks(program: str, further: list[str], environment: Environment, release: Release) -> int:
    from orchestrator.sandbox.standins.decidim.tasks import Tasks

    tasks = Tasks(environment, release, Log(sys.stdout))
    if not further or further[0] in {"--tasks", "-T"}:
        print("\n".join(tasks.names))
        return 0
    for each in further:
        if not tasks.knows(each):
            print(f"Don't know how to build task '{each}' (see --tasks)", file=sys.stderr)
            return 1
        try:
            tasks.run(each)
        except Exception as fault:  # noqa: BLE001 - the last frame: reason and status
            print(f"{program} aborted!\n{type(fault).__name__}: {fault}", file=sys.stderr)
            return 1
    return 0


def _option(further: list[str], *names: str) -> str:
    """The value of an option, as `-p 1`, `-p1` is not, `--port=1` is."""
    for place, each in enumerate(further):
        name, equals, value = each.partition("=")
        if name in names:
            return value if equals else "".join(further[place + 1 : place + 2])
    return ""
