"""Which queues are served, what becomes of a job, and how mail finds its relay."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from orchestrator.sandbox.standins.decidim import backlog, encryption, jobs, mail, sidekiq
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.log import Log
from orchestrator.sandbox.standins.decidim.worker import Worker

KEY = "k" * 64


def configuration(tmp_path: Path, text: str) -> sidekiq.Configuration:
    path = tmp_path / "sidekiq.yml"
    path.write_text(text, encoding="utf-8")
    return sidekiq.read(path)


def test_queues_are_served_only_if_listed(tmp_path: Path) -> None:
    text = (
        ":concurrency: 3\n:queues:\n  - [mailers, 4]\n  - default # more\n:verbose: true\n  - no\n"
    )
    found = configuration(tmp_path, text)
    assert found.names == ("mailers", "default")
    assert found.concurrency == 3


def test_without_a_list_only_the_default_queue_is_served(tmp_path: Path) -> None:
    assert configuration(tmp_path, "---\n").names == ("default",)


def test_heavier_queues_come_first_more_often(tmp_path: Path) -> None:
    found = configuration(tmp_path, "queues:\n- [a, 1]\n- [b, 9]\n")
    assert list(found.order(lambda: 0.5)) == ["b", "a"]
    equal = configuration(tmp_path, "queues:\n- a\n- b\n")
    assert list(equal.order(lambda: 0.5)) == ["a", "b"]


class Redis:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self.asked.append((name, arguments))

    def names(self) -> list[str]:
        return [name for name, _ in self.asked]


def worker(said: io.StringIO) -> Worker:
    return Worker(Environment({}), sidekiq.Configuration((("default", 1),)), Log(said))


def test_a_job_that_fails_is_tried_again_later() -> None:
    said, redis = io.StringIO(), Redis()
    work = backlog.job("Decidim::Unknown", "default", {})
    worker(said).carry_out(redis, work)
    assert redis.names() == ["incr", "zadd", "incr"]
    place, members = redis.asked[1][1]
    assert place == "retry"
    assert json.loads(next(iter(members)))["retry_count"] == 0
    assert "UnknownJobError" in said.getvalue()


def test_a_job_that_failed_too_often_is_dead() -> None:
    redis = Redis()
    work = {**backlog.job("Decidim::Unknown", "default", {}), "retry_count": 24}
    worker(io.StringIO()).carry_out(redis, work)
    assert redis.asked[1][1][0] == "dead"


def test_a_job_is_carried_out_by_its_wrapped_name(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(mail, "send", lambda _, letter, sender: sent.append((letter, sender)))
    letter = {"to": "a@example.org", "subject": "s", "body": "b", "organization": None}
    jobs.perform(Environment({}), backlog.job(jobs.MAIL, "mailers", letter))
    assert sent == [(letter, "change-me@example.org")]


def test_the_relay_of_the_environment() -> None:
    relay = mail.relay_of(Environment({"SMTP_ADDRESS": "relay", "SMTP_DOMAIN": "town"}))
    assert (relay.address, relay.port, relay.domain) == ("relay", 587, "town")
    assert relay.starttls
    assert relay.username is None


def test_an_empty_name_is_still_a_name() -> None:
    assert mail.relay_of(Environment({"SMTP_USERNAME": ""})).username == ""


def test_an_organisation_s_own_relay_and_sender() -> None:
    environment = Environment({"SECRET_KEY_BASE": KEY, "SMTP_ADDRESS": "relay"})
    own = {
        "from": "Town <a@example.org>",
        "address": "theirs",
        "port": 2525,
        "user_name": "u",
        "encrypted_password": encryption.encrypt("p", KEY),
    }
    relay = mail.relay_of(environment, own)
    assert (relay.address, relay.port, relay.username, relay.password) == ("theirs", 2525, "u", "p")
    assert mail.sender_of(environment, own) == "Town <a@example.org>"
    with pytest.raises(encryption.InvalidMessageError):
        mail.relay_of(Environment({"SECRET_KEY_BASE": "other"}), own)


def test_a_sender_alone_is_no_relay() -> None:
    environment = Environment({"SECRET_KEY_BASE": "other", "SMTP_ADDRESS": "relay"})
    own = {"from": "a@example.org", "encrypted_password": encryption.encrypt("p", KEY)}
    assert mail.relay_of(environment, own).address == "relay"
