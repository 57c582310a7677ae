"""An instance that is shut but for the product's own code: nobody gets to it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from orchestrator.model.restoration import Stage
from orchestrator.wiring.within import within
from stacks import kind
from stacks.decidim import resources
from stacks.decidim.order import DecidimOrder as Order
from stacks.resource import Resource


def at(order: Order, stage: Stage) -> dict[str, Resource]:
    return {one.key: one for one in resources(replace(order, stage=stage))}


@pytest.fixture
def inside(order: Order) -> dict[str, Resource]:
    shut = resources(replace(order, stage=Stage.CLOSED))
    return {one.key: one for one in within(shut, "deployment/web")}


def test_one_copy_of_the_site_is_up_and_no_worker(inside: dict[str, Resource]) -> None:
    found = {
        key: one.body["spec"].get("replicas")
        for key, one in inside.items()
        if one.kind == kind.DEPLOYMENT
    }
    assert found["deployment/web"] == 1
    assert found["deployment/worker"] == 0
    jobs = [one for one in inside.values() if one.kind == kind.CRON_JOB]
    assert jobs
    assert all(one.body["spec"]["suspend"] for one in jobs)


def test_no_way_leads_in(order: Order, inside: dict[str, Resource]) -> None:
    opened = at(order, Stage.OPEN)
    peers = [
        peer
        for one in inside.values()
        if one.kind == kind.NETWORK_POLICY
        for rule in one.body["spec"].get("ingress", ())
        for peer in rule["from"]
    ]
    assert peers
    assert {tuple(peer) for peer in peers} == {("podSelector",)}
    policy = inside["networkpolicy/web"].body["spec"]
    # A direction that is spoken of, and no rule: nobody.
    assert (policy["policyTypes"], policy["ingress"]) == (["Ingress"], [])
    assert opened["networkpolicy/web"].body["spec"]["ingress"]


def test_no_service_leads_to_the_pods_from_before_they_are_there(
    order: Order, inside: dict[str, Resource]
) -> None:
    """An entrance on the same node is stopped by no policy, and hears of a change too late."""
    pods = inside["deployment/web"].body["spec"]["template"]["metadata"]["labels"]
    opened = [one for one in at(order, Stage.OPEN).values() if one.kind == kind.SERVICE]
    assert [one for one in opened if one.body["spec"]["selector"].items() <= pods.items()]
    shut = [one for one in inside.values() if one.kind == kind.SERVICE]
    assert not [one for one in shut if one.body["spec"]["selector"].items() <= pods.items()]
    before = set(inside["deployment/web"].depends_on)
    assert {one.key for one in shut} | {"networkpolicy/web"} <= before


def test_no_rule_is_without_peers(inside: dict[str, Resource]) -> None:
    """One without would let everybody in."""
    for one in inside.values():
        if one.kind == kind.NETWORK_POLICY:
            assert all(rule["from"] for rule in one.body["spec"].get("ingress", ()))


def test_pods_reach_what_they_need(order: Order, inside: dict[str, Resource]) -> None:
    opened = at(order, Stage.OPEN)
    for name in ("database", "queue", "cache", "application"):
        key = f"networkpolicy/{name}"
        assert inside[key].body == opened[key].body, key


def test_all_else_is_as_it_is_when_shut(order: Order, inside: dict[str, Resource]) -> None:
    shut = at(order, Stage.CLOSED)
    assert list(inside) == list(shut)
    assert {key for key, one in inside.items() if one != shut[key]} == {
        *("deployment/web", "service/web", "networkpolicy/web")
    }


def test_what_comes_first_can(inside: dict[str, Resource]) -> None:
    done: set[str] = set()
    left = dict(inside)
    while ready := [key for key, one in left.items() if set(one.depends_on) <= done]:
        done |= set(ready)
        left = {key: one for key, one in left.items() if key not in done}
    assert left == {}


def test_its_pods_are_those_of_the_site(order: Order, inside: dict[str, Resource]) -> None:
    shut = at(order, Stage.CLOSED)
    assert json.dumps(inside["deployment/web"].body["spec"]["template"]) == json.dumps(
        shut["deployment/web"].body["spec"]["template"]
    )
