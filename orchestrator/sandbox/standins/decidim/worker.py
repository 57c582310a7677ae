"""The worker: takes jobs out of Redis, and tells Redis that it lives.

A job is out of the queue while it is carried out, so it is lost when the process is killed. Asked
to stop, the worker finishes what it has in hand and puts back what takes too long.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.standins.decidim import backlog, framework, jobs
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.log import Log
from orchestrator.sandbox.standins.decidim.release import Release, notice
from orchestrator.sandbox.standins.decidim.sidekiq import Configuration

_WAIT_S = 1
_BEAT_S = 5.0
_BEAT_LASTS_S = 60
_PATIENCE_S = 25.0
_MOST_RETRIES = 25


class Worker:
    """Threads that carry out jobs until they are told to stop."""

    def __init__(self, environment: Environment, configuration: Configuration, log: Log) -> None:
        self._environment = environment
        self._configuration = configuration
        self._log = log
        self._quiet = threading.Event()
        self._stop = threading.Event()
        self._in_hand: dict[int, Mapping[str, Any]] = {}
        self._identity = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(6).hex()}"
        self._started = time.time()

    def run(self, release: Release) -> int:
        """Work until SIGTERM or SIGINT; SIGTSTP lets it finish and begin nothing more."""
        signal.signal(signal.SIGTSTP, lambda *_: self._quiet.set())
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: self._stop.set())
        self._log.say(notice(release), queues=self._configuration.names)
        threads = [
            threading.Thread(target=self._serve, daemon=True)
            for _ in range(self._configuration.concurrency)
        ]
        for thread in threads:
            thread.start()
        client = backlog.redis(self._environment)
        while not self._stop.wait(0 if self._beat(client) else _WAIT_S):
            self._stop.wait(_BEAT_S)
        self._log.say("Shutting down", in_hand=len(self._in_hand))
        ends = time.monotonic() + _PATIENCE_S
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))
        self._leave(client)
        return 0

    def carry_out(self, client: Any, work: dict[str, Any]) -> None:
        """One job; a failure is kept for a later try, as often as Sidekiq would."""
        began = time.monotonic()
        facts = {"class": work.get("wrapped", work["class"]), "jid": work["jid"]}
        try:
            jobs.perform(self._environment, work)
        except Exception as fault:  # noqa: BLE001 - whatever a job raises, the worker lives on
            self._log.say("fail", **facts, error=type(fault).__name__)
            client.incr("stat:failed")
            self._keep_for_later(client, work, fault)
        else:
            self._log.say("done", **facts, elapsed=round(time.monotonic() - began, 3))
        client.incr("stat:processed")

    def enqueue_due(self, client: Any) -> None:
        """Put jobs whose time has come back into their queues."""
        for place in ("schedule", "retry"):
            for raw in client.zrangebyscore(place, "-inf", time.time()):
                if client.zrem(place, raw):
                    backlog.push(client, json.loads(raw))

    def _serve(self) -> None:
        client = backlog.redis(self._environment)
        while not (self._stop.is_set() or self._quiet.is_set()):
            try:
                names = [f"queue:{name}" for name in self._configuration.order()]
                if (found := client.brpop(names, timeout=_WAIT_S)) is None:
                    continue
                work = json.loads(found[1])
                self._in_hand[threading.get_ident()] = work
                self.carry_out(client, work)
            except Exception as fault:  # noqa: BLE001 - Redis is away: it comes back
                self._log.say("Error fetching job", error=type(fault).__name__)
                self._stop.wait(_WAIT_S)
            finally:
                self._in_hand.pop(threading.get_ident(), None)

    def _beat(self, client: Any) -> bool:
        info = {
            "hostname": socket.gethostname(),
            "started_at": self._started,
            "pid": os.getpid(),
            "tag": "decidim",
            "concurrency": self._configuration.concurrency,
            "queues": list(self._configuration.names),
            "identity": self._identity,
            "version": "6.5.12",
        }
        fields = {
            "info": json.dumps(info),
            "busy": len(self._in_hand),
            "beat": time.time(),
            "quiet": str(self._quiet.is_set()).lower(),
        }
        try:
            client.sadd("processes", self._identity)
            client.hset(self._identity, mapping=fields)
            client.expire(self._identity, _BEAT_LASTS_S)
            self.enqueue_due(client)
        except Exception as fault:  # noqa: BLE001 - as above
            self._log.say("heartbeat failed", error=type(fault).__name__)
            return False
        return True

    def _keep_for_later(self, client: Any, work: dict[str, Any], fault: Exception) -> None:
        count = work.get("retry_count", -1) + 1
        later = {
            **work,
            "retry_count": count,
            "failed_at": work.get("failed_at", time.time()),
            **framework.told(fault),
        }
        if count >= _MOST_RETRIES:
            client.zadd("dead", {json.dumps(later): time.time()})
        else:
            client.zadd("retry", {json.dumps(later): time.time() + count**4 + 15})

    def _leave(self, client: Any) -> None:
        try:
            for work in list(self._in_hand.values()):
                backlog.push(client, work)
            client.srem("processes", self._identity)
            client.delete(self._identity)
        except Exception as fault:  # noqa: BLE001 - nothing is left to do about it
            self._log.say("could not say goodbye", error=type(fault).__name__)
