"""Erasing a participant: what the database is asked, what our script is told."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.model.secret import Secret
from orchestrator.products import registry
from orchestrator.products.decidim.erasing import Accounts
from orchestrator.products.decidim.runners import runners
from orchestrator.products.trying import NotAccepted

MADE = "2026-11-01T10:00:00.123456"


class Pods:
    """Answers as database and script do."""

    def __init__(self, rows: dict[str, Any] | None = None) -> None:
        self.rows = rows or {}
        self.asked: list[str] = []
        self.given: dict[str, Any] = {}
        self.answer: dict[str, Any] = {"changed": True, "erased": 1}

    def execute(
        self, namespace: str, workload: str, command: Any, stdin: Any = None, _s: float = 0
    ) -> str:
        assert namespace == "essai-decidim@monday"
        if workload == "statefulset/database":
            self.asked.append(command[-1])
            return json.dumps(self.rows) + "\n"
        assert workload == "deployment/web"
        assert command[-1] == "/orchestrator/runners/erase.rb"
        assert isinstance(stdin, Secret)
        self.given = json.loads(stdin.reveal())
        return json.dumps(self.answer)


def accounts_and_tools(pods: Pods) -> tuple[Accounts, Any]:
    subject: Any = SimpleNamespace(names=SimpleNamespace(namespace="essai-decidim@monday"))
    return Accounts(subject), SimpleNamespace(cluster=pods)


@pytest.mark.parametrize(
    ("person", "opaque"),
    [
        *(("1", True), ("1742", True), ("9" * 18, True)),
        *(("0", False), ("017", False), ("", False), ("9" * 19, False), ("-1", False)),
        *(("marie@ville.example", False), ("marie", False), ("17\n", False), ("17 ", False)),
        *(("17) or (1=1", False), ("١٧", False)),
    ],
)
def test_a_person_is_a_row_number(person: str, opaque: object) -> None:
    accounts, _ = accounts_and_tools(Pods())
    assert accounts.is_opaque(person) is opaque


def test_who_is_there_is_asked_of_the_rows() -> None:
    pods = Pods({"17": {"made": MADE, "left": ["a name"]}, "18": {"made": MADE, "left": []}})
    accounts, tools = accounts_and_tools(pods)
    found = accounts.seen(tools, {"18", "17", "99"})
    assert {person: one.left for person, one in found.items()} == {"17": ("a name",), "18": ()}
    (asked,) = pods.asked
    assert "one.id in (17, 18, 99)" in asked
    for table in ("decidim_authorizations", "versions", "decidim_private_exports"):
        assert f"to_regclass('public.{table}')" in asked
    assert "{" not in asked.replace("'{}'", "")


def test_of_nobody_nothing_is_asked() -> None:
    accounts, tools = accounts_and_tools(Pods())
    assert accounts.seen(tools, ()) == {}


def test_a_number_that_is_none_never_stands_in_a_statement() -> None:
    pods = Pods()
    accounts, tools = accounts_and_tools(pods)
    with pytest.raises(AssertionError):
        accounts.seen(tools, {"17) or (1=1"})
    assert pods.asked == []


def test_a_mark_tells_an_account_from_a_later_one_and_stays() -> None:
    def mark(person: str, made: str, left: tuple[str, ...]) -> str:
        accounts, tools = accounts_and_tools(Pods({person: {"made": made, "left": left}}))
        return accounts.seen(tools, {person})[person].mark

    first = mark("17", MADE, ("a name",))
    assert mark("17", MADE, ()) == first
    assert len({first, mark("18", MADE, ()), mark("17", MADE.replace("10", "11"), ())}) == 3


def test_many_are_erased_in_one_start_of_the_product() -> None:
    pods = Pods()
    accounts, tools = accounts_and_tools(pods)
    accounts.erase(tools, {"100", "20", "3"})
    assert pods.given == {"people": ["3", "20", "100"]}


def test_what_the_product_refuses_is_a_verdict() -> None:
    pods = Pods()
    pods.answer = {}
    accounts, tools = accounts_and_tools(pods)
    with pytest.raises(NotAccepted):
        accounts.erase(tools, {"17"})


def test_the_script_uses_the_product_s_own_command() -> None:
    text = runners()["erase.rb"]
    assert "Decidim::DestroyAccount.call(form)" in text
    # Its saving writes the old address into the history, so that goes after it.
    body = text[text.index("Answer.with") :]
    assert body.index("destroy(user)") < body.index("remove_left(user.reload)")


def test_a_product_that_knows_no_way_says_what_to_do_instead() -> None:
    product = registry.product("rudi")
    assert product.erasing(None) is None  # type: ignore[arg-type]
    assert "after each restoration" in product.erased_otherwise
