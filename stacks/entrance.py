"""The public side of an instance: names, TLS, how much one visitor may send and ask, what is shut.

Written once for both kinds of ingress controller that platforms have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from stacks import kind
from stacks.order import AnyOrder
from stacks.parts import WITHOUT_WAITING
from stacks.resource import Resource, content_name

_MOST = 2**53 - 1


@dataclass(frozen=True)
class Door:
    """One Ingress: paths that lead to a service, and on which terms.

    `body_mb` is how large a request may be, `requests` how many a visitor may make in a minute.
    `only_from` are CIDR ranges, empty for everybody; `shut` refuses everybody instead. `names_port`
    is for products that compare the name they are asked by with their public address.
    """

    name: str
    service: str
    paths: tuple[str, ...] = ("/",)
    requests: int = 600
    body_mb: int | None = None
    only_from: tuple[str, ...] = ()
    shut: bool = False
    names_port: bool = False


def certificate(order: AnyOrder, workload: str) -> Resource:
    """The certificate and its key, as the ingress controller reads them."""
    content = {
        "tls.crt": order.secret("certificate_chain"),
        "tls.key": order.secret("certificate_key"),
    }
    return Resource(
        kind.SECRET,
        "secret/certificate",
        content_name("certificate", content),
        order.namespace,
        order.labels_of(workload),
        {"type": "kubernetes.io/tls", "stringData": content},
    )


def door(order: AnyOrder, tls: Resource, one: Door) -> Resource:
    """The Ingress of a door, for every public name."""
    port = urlsplit(order.public_url).port if one.names_port else None
    terms = _skipper(one, port) if order.place.entrance.kind == "skipper" else _nginx(one)
    domains = list(order.instance.domains)
    backend = {"service": {"name": one.service, "port": {"name": "main"}}}
    rules = [
        {
            "host": domain,
            "http": {
                "paths": [
                    {"path": path, "pathType": "Prefix", "backend": backend} for path in one.paths
                ]
            },
        }
        for domain in domains
    ]
    spec: dict[str, Any] = {"tls": [{"hosts": domains, "secretName": tls.name}], "rules": rules}
    if order.place.entrance.class_name:
        spec["ingressClassName"] = order.place.entrance.class_name
    return Resource(
        kind.INGRESS,
        f"ingress/{one.name}",
        one.name,
        order.namespace,
        order.labels_of(one.name),
        {"spec": spec},
        annotations={**WITHOUT_WAITING, **terms},
    )


def _skipper(one: Door, port: int | None) -> dict[str, str]:
    refusal = 'status(403) -> inlineContent("Not from here.\\n")'
    if one.shut:
        return {"zalando.org/skipper-filter": refusal}
    terms = {"zalando.org/skipper-filter": _skipper_filters(one.requests, port)}
    routes = []
    if one.only_from:
        allowed = ", ".join(f'"{network}"' for network in one.only_from)
        # Allowed addresses meet a route with one condition more, which therefore wins.
        terms["zalando.org/skipper-predicate"] = f"ClientIP({allowed})"
        routes.append(f"Refused: * -> {refusal} -> <shunt>;")
    if one.body_mb is not None:
        too_large = f"ContentLengthBetween({one.body_mb * 10**6 + 1}, {_MOST})"
        answer = 'status(413) -> inlineContent("Too large.\\n") -> <shunt>'
        routes.append(f"TooLarge: {too_large} -> {answer};")
    if routes:
        terms["zalando.org/skipper-routes"] = " ".join(routes)
    return terms


def _skipper_filters(requests: int, port: int | None) -> str:
    # What a visitor claims about earlier proxies is dropped first: it would choose its own bucket.
    return " -> ".join(
        (
            'dropRequestHeader("X-Forwarded-For")',
            f'clientRatelimit({requests}, "1m")',
            "xforward()",
            'setRequestHeader("X-Forwarded-Proto", "https")',
            'preserveHost("true")',
            # It drops the port from the name, whatever it preserves.
            *([f'setRequestHeader("Host", "${{request.host}}:{port}")'] if port else []),
        )
    )


def _nginx(one: Door) -> dict[str, str]:
    prefix = "nginx.ingress.kubernetes.io"
    size = f"{one.body_mb}m" if one.body_mb is not None else "1m"
    terms = {
        f"{prefix}/force-ssl-redirect": "true",
        f"{prefix}/proxy-body-size": size,
        f"{prefix}/limit-rpm": str(one.requests),
    }
    if one.shut:
        return {**terms, f"{prefix}/denylist-source-range": "0.0.0.0/0,::/0"}
    if one.only_from:
        return {**terms, f"{prefix}/whitelist-source-range": ",".join(one.only_from)}
    return terms
