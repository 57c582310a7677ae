"""The whole of an instance: order, names, secrets."""

from __future__ import annotations

from stacks.decidim import resources
from stacks.decidim.order import DecidimOrder as Order


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
