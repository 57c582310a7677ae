"""Everything of Carnet in its namespace."""

from __future__ import annotations

from typing import Any

from stacks import network, parts, pod
from stacks.entrance import Door, certificate, door
from stacks.order import APPLICATION, Order, chosen, selector
from stacks.resource import Resource, layered
from stacks.space import accounts, limits, namespace


def resources(order: Order[Any, Any, Any]) -> tuple[Resource, ...]:
    tls = certificate(order, "web")
    key = parts.secret(order, "key", "web", {"NOTES_KEY": order.secret("notes_key")})
    body = pod.Pod(
        account=APPLICATION,
        container=pod.Container(
            name="web",
            image=order.image("carnet"),
            resources=order.size.web,
            environment=chosen(order),
            environment_from=({"secretRef": {"name": key.name}},),
            port=order.release.port,
        ),
        user=order.release.user,
    )
    labels = order.labels_of("web", role=APPLICATION)
    return layered(
        (
            (namespace(order),),
            (
                *limits(order),
                *accounts(order, (APPLICATION,)),
                network.refusal(order),
                network.policy(
                    order,
                    "web",
                    {"matchLabels": selector("web")},
                    ingress=[network.entrance(order, order.release.port)],
                ),
                tls,
                key,
            ),
            (
                parts.service(order, "web", 80),
                parts.deployment(order, labels, body.spec(), {"replicas": 1}),
            ),
            (door(order, tls, Door("web", "web")),),
        )
    )
