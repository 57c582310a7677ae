"""What our scripts inside the product answer, and what is made of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.errors.process import ToolFailedError
from orchestrator.products.decidim.acceptance import runner
from orchestrator.products.trying import NotAccepted


class Cluster:
    """Runs every command with the same end."""

    def __init__(self, said: str = "", fault: ToolFailedError | None = None) -> None:
        self._said = said
        self._fault = fault

    def execute(self, *_asked: Any) -> str:
        if self._fault:
            raise self._fault
        return self._said


def asked(cluster: Cluster) -> dict[str, Any]:
    subject: Any = SimpleNamespace(names=SimpleNamespace(namespace="a-decidim"))
    tools: Any = SimpleNamespace(cluster=cluster)
    return runner(subject, tools, "upload_probe", {})


def failed(*lines: str) -> Cluster:
    return Cluster(fault=ToolFailedError("bundle exec", status=1, tail=lines))


def test_the_answer_is_found_among_what_the_product_logs() -> None:
    assert asked(Cluster('starting\n{"job": "7"}\nW, [warn] slow\n')) == {"job": "7"}


def test_a_script_that_fails_is_quoted() -> None:
    told = '{"error":"Answer::Refused","reason":"no organisation answers for x"}'
    with pytest.raises(
        NotAccepted, match=r"upload_probe\.rb: no organisation answers for x"
    ) as caught:
        asked(failed("app/models/site.rb:3", told))
    assert isinstance(caught.value.__cause__, ToolFailedError)


def test_what_failed_before_the_script_could_answer_stays_what_it_is() -> None:
    with pytest.raises(ToolFailedError):
        asked(failed("bundler: command not found: rails"))


@pytest.mark.parametrize("said", ["", "done\n", "7\n", '["a"]\n'])
def test_no_answer_is_not_accepted(said: str) -> None:
    with pytest.raises(NotAccepted, match="gave no answer"):
        asked(Cluster(said))


def test_what_a_script_leaves_out_is_a_verdict_too() -> None:
    answer = asked(Cluster('{"job": "7"}'))
    with pytest.raises(NotAccepted, match=r"upload_probe\.rb does not say `mail`"):
        answer["mail"]
