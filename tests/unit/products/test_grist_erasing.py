"""Erasing somebody from a workbench: by SCIM, from within, with the administrator's key."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.model.secret import Secret
from orchestrator.products.grist.erasing import Users
from orchestrator.products.grist.secrets import ADMIN_KEY
from orchestrator.products.trying import NotAccepted

KEY = "0123456789abcdef0123"


class Pods:
    """Answers as database and server do."""

    def __init__(self, answer: str = "{}", status: int = 204) -> None:
        self.answer = answer
        self.status = status
        self.asked: list[str] = []
        self.given: list[str] = []

    def execute(
        self, namespace: str, workload: str, command: Any, stdin: Any = None, _s: float = 0
    ) -> str:
        assert namespace == "essai-grist"
        if workload == "statefulset/database":
            self.asked.append(command[-1])
            return self.answer + "\n"
        assert (workload, command) == ("deployment/web", ["curl", "--config", "-"])
        assert isinstance(stdin, Secret)
        self.given.append(stdin.reveal())
        return f"{{}}\n{self.status}"


def users_and_tools(pods: Pods, *, kept: object = True) -> tuple[Users, Any]:
    subject: Any = SimpleNamespace(
        names=SimpleNamespace(namespace="essai-grist"),
        release=SimpleNamespace(port=8484),
        instance=SimpleNamespace(administrator=SimpleNamespace(email="O'Hara@ville.example")),
    )
    values = {ADMIN_KEY.key: Secret(KEY)} if kept else {}
    store = SimpleNamespace(read=lambda path: values if path == ADMIN_KEY.path else None)
    return Users(subject), SimpleNamespace(cluster=pods, secrets=store)


@pytest.mark.parametrize(
    ("person", "opaque"),
    [("7", True), ("0", False), ("07", False), ("marie@ville.example", False), ("7\n", False)],
)
def test_a_person_is_a_row_number(person: str, opaque: object) -> None:
    assert users_and_tools(Pods())[0].is_opaque(person) is opaque


def test_who_is_there_is_asked_of_the_rows() -> None:
    rows = {"7": {"ref": "abc", "address": True}, "8": {"ref": "def", "address": False}}
    pods = Pods(json.dumps(rows))
    users, tools = users_and_tools(pods)
    found = users.seen(tools, {"8", "7", "9"})
    assert {person: one.left for person, one in found.items()} == {
        "7": ("the account", "a mail address"),
        "8": ("the account",),
    }
    assert "one.id in (7, 8, 9)" in pods.asked[0]
    assert "'{}'" in pods.asked[0]
    assert users.seen(tools, ()) == {}


def test_a_later_account_of_the_number_has_another_mark() -> None:
    def mark(ref: str) -> str:
        users, tools = users_and_tools(Pods(json.dumps({"7": {"ref": ref, "address": True}})))
        return users.seen(tools, {"7"})["7"].mark

    assert mark("abc") == mark("abc") != mark("def")


@pytest.mark.parametrize("status", [204, 404])
def test_each_is_deleted_and_who_is_gone_is_left_so(status: int) -> None:
    pods = Pods(status=status)
    users, tools = users_and_tools(pods)
    users.erase(tools, {"10", "9"})
    asked = [line for given in pods.given for line in given.splitlines() if "url" in line]
    assert [line.rpartition("/")[2] for line in asked] == ['9"', '10"']
    assert all("request = DELETE" in given for given in pods.given)
    assert all(f"Bearer {KEY}" in given for given in pods.given)
    assert all('write-out = "\\n%{http_code}"' in given for given in pods.given)


def test_what_the_server_refuses_is_a_verdict() -> None:
    users, tools = users_and_tools(Pods(status=403))
    with pytest.raises(NotAccepted, match="answers 403 when account 7") as caught:
        users.erase(tools, {"7"})
    assert KEY not in str(caught.value)


def test_without_the_key_nobody_is_asked() -> None:
    pods = Pods()
    users, tools = users_and_tools(pods, kept=None)
    with pytest.raises(NotAccepted):
        users.erase(tools, {"7"})
    assert pods.given == []


@pytest.mark.parametrize(("count", "reason"), [("1", "that account is the"), ("0", "")])
def test_the_administrator_stays(count: str, reason: str) -> None:
    pods = Pods(count)
    users, tools = users_and_tools(pods)
    assert users.refused(tools, "7").startswith(reason)
    assert bool(users.refused(tools, "7")) is bool(reason)
    assert "lower('O''Hara@ville.example')" in pods.asked[0]
