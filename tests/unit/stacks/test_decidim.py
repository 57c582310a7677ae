"""The whole of an instance: order, names, secrets."""

from __future__ import annotations

import pytest

from orchestrator.products.decidim.secrets import SPECS
from orchestrator.products.secrets import Kind
from stacks.decidim import resources
from stacks.decidim.environment import credentials, settings
from stacks.decidim.order import DecidimOrder as Order
from stacks.resource import find
from tests.unit.stacks.conftest import MakeOrder


def test_keys_are_unique_and_the_list_repeats(order: Order) -> None:
    found = resources(order)
    keys = [resource.key for resource in found]
    assert len(set(keys)) == len(keys)
    assert resources(order) == found


def test_the_space_comes_first_and_everything_else_lives_in_it(order: Order) -> None:
    space, *others = resources(order)
    assert space.kind.name == "Namespace"
    assert {resource.namespace for resource in others} == {space.name}


def test_no_secret_stands_outside_a_secret(order: Order) -> None:
    for resource in resources(order):
        if resource.kind.name == "Secret":
            continue
        assert not resource.secret, resource.key


@pytest.mark.hazard("decidim-secret-key")
def test_the_key_is_a_generated_one(order: Order) -> None:
    (spec,) = [one for one in SPECS if one.name == "secret_key_base"]
    assert (spec.kind, spec.size) == (Kind.HEX, 64)
    assert credentials(order)["SECRET_KEY_BASE"] == order.secrets["secret_key_base"]


@pytest.mark.hazard("decidim-shared-cache")
def test_the_cache_is_the_instances_own(order: Order, make_order: MakeOrder) -> None:
    """It has a name within the namespace alone, and only the product's own pods reach it."""
    other = make_order(slug="saint-paul")
    assert (
        settings(order)["MEMCACHE_SERVERS"] == settings(other)["MEMCACHE_SERVERS"] == "cache:11211"
    )
    for one in (order, other):
        found = resources(one)
        assert find(found, "deployment/cache").namespace == one.namespace
        spec = find(found, "networkpolicy/cache").body["spec"]
        (rule,) = spec["ingress"]
        assert rule["from"] == [
            {"podSelector": {"matchLabels": {"orchestrator/role": "application"}}}
        ]


@pytest.mark.hazard("decidim-system-pages")
def test_without_a_list_nobody_reaches_the_system_pages(
    order: Order, make_order: MakeOrder
) -> None:
    door = find(resources(order), "ingress/system")
    paths = [one["path"] for one in door.body["spec"]["rules"][0]["http"]["paths"]]
    assert paths == ["/system", "/sidekiq"]
    assert "status(403)" in door.annotations["zalando.org/skipper-filter"]
    # The product takes an empty list for everybody.
    assert settings(order)["DECIDIM_SYSTEM_ACCESSLIST_IPS"]
    some = make_order({"system_access": ["203.0.113.0/24"]})
    door = find(resources(some), "ingress/system")
    assert door.annotations["zalando.org/skipper-predicate"] == 'ClientIP("203.0.113.0/24")'
    assert settings(some)["DECIDIM_SYSTEM_ACCESSLIST_IPS"] == "203.0.113.0/24"
