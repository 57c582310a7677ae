"""Jobs on their way to the worker, in the form in which Sidekiq keeps them in Redis."""

from __future__ import annotations

import importlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.sandbox.standins.decidim.environment import Environment

WRAPPER = "ActiveJob::QueueAdapters::SidekiqAdapter::JobWrapper"
_TIMEOUT_S = 5


def redis(environment: Environment, timeout_s: float = _TIMEOUT_S) -> Any:
    """A client of the instance's Redis; it connects when it is first used."""
    return importlib.import_module("redis").Redis.from_url(
        environment.redis_url, socket_timeout=timeout_s, socket_connect_timeout=_TIMEOUT_S
    )


def job(name: str, queue: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A job as it lies in the queue."""
    number = secrets.token_hex(12)
    now = time.time()
    inner = {
        "job_class": name,
        "job_id": number,
        "queue_name": queue,
        "arguments": [dict(arguments)],
        "executions": 0,
    }
    return {
        "class": WRAPPER,
        "wrapped": name,
        "queue": queue,
        "args": [inner],
        "jid": number,
        "retry": True,
        "created_at": now,
        "enqueued_at": now,
    }


def push(client: Any, work: Mapping[str, Any]) -> None:
    """Put a job at the end of its queue."""
    with client.pipeline() as pipeline:
        pipeline.sadd("queues", work["queue"])
        pipeline.lpush(f"queue:{work['queue']}", json.dumps(work))
        pipeline.execute()


def perform_later(
    environment: Environment,
    name: str,
    queue: str,
    arguments: Mapping[str, Any],
    perform: Callable[[Environment, Mapping[str, Any]], None],
) -> str:
    """Hand a job to whoever carries out jobs: the worker, or by default a thread of our own.

    Answers the job's number.

    The thread does not outlive the process: what is not done by then is lost, without a word.
    """
    work = job(name, queue, arguments)
    if environment.jobs_survive:
        push(redis(environment), work)
    else:
        threading.Thread(target=perform, args=(environment, work), daemon=True).start()
    return str(work["jid"])


def kept_for_later(client: Any, number: str) -> tuple[bytes, dict[str, Any]] | None:
    """The job of that number among those that failed and wait for another try, as it lies there."""
    for raw in client.zrange("retry", 0, -1):
        work: dict[str, Any] = json.loads(raw)
        if work["jid"] == number:
            return raw, work
    return None


def waits(client: Any, queue: str, number: str) -> bool:
    """Whether the job of that number still lies in the queue."""
    lying = client.lrange(f"queue:{queue}", 0, -1)
    return any(json.loads(raw)["jid"] == number for raw in lying)
