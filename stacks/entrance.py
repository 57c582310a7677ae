"""The public side of an instance: names, TLS, how much one visitor may send and ask, what is shut.

Written once for both kinds of ingress controller that platforms have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
    is for products that compare the name they are asked by with their public address. `exact` are
    paths without what lies below them, `refused` a pattern of paths that are shut all the same,
    `methods` what may be asked, empty for anything; with `same_origin` no page of another site may
    read the answers. Of the last three nginx only knows the last.
    """

    name: str
    service: str
    paths: tuple[str, ...] = ("/",)
    requests: int = 600
    body_mb: int | None = None
    only_from: tuple[str, ...] = ()
    shut: bool = False
    names_port: bool = False
    exact: tuple[str, ...] = ()
    refused: str = ""
    methods: tuple[str, ...] = ()
    same_origin: bool = False


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
    skipper = order.place.entrance.kind == "skipper"
    training = order.tenant.training
    ends = training.ends if training else None
    terms = skipper_terms(one, port, ends) if skipper else _nginx(one, order.public_url)
    domains = list(order.instance.domains)
    backend = {"service": {"name": one.service, "port": {"name": "main"}}}
    kinds = [*((path, "Prefix") for path in one.paths), *((path, "Exact") for path in one.exact)]
    paths = [{"path": path, "pathType": how, "backend": backend} for path, how in kinds]
    rules = [{"host": domain, "http": {"paths": paths}} for domain in domains]
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


def skipper_terms(one: Door, port: int | None, ends: datetime | None) -> dict[str, str]:
    """The annotations of a door for skipper; from `ends` on it says that all is over."""
    refusal = 'status(403) -> inlineContent("Not from here.\\n")'
    if one.shut:
        return {"zalando.org/skipper-filter": refusal}
    terms = {"zalando.org/skipper-filter": _skipper_filters(one, port)}
    routes, conditions = [], []
    if one.only_from:
        # Allowed addresses meet a route with one condition more, which therefore wins.
        conditions.append(f"ClientIP({_listed(one.only_from)})")
    if one.methods:
        conditions.append(f"Methods({_listed(one.methods)})")
    if conditions:
        terms["zalando.org/skipper-predicate"] = " && ".join(conditions)
        routes.append(f"Refused: * -> {refusal} -> <shunt>;")
    if ends:
        # By itself, whether or not anybody is there to see to it that day.
        answer = 'status(410) -> inlineContent("This training has ended.\\n") -> <shunt>'
        routes.append(f'Ended: After("{ends.isoformat()}") && Weight(20) -> {answer};')
    if one.refused:
        # One condition more than any other route of the door; paths are compared cleaned of
        # doubled slashes and dots, and with their letters no longer encoded.
        routes.append(f'Shut: PathRegexp("{one.refused}") && Weight(10) -> {refusal} -> <shunt>;')
    if one.body_mb is not None:
        too_large = f"ContentLengthBetween({one.body_mb * 10**6 + 1}, {_MOST})"
        answer = 'status(413) -> inlineContent("Too large.\\n") -> <shunt>'
        routes.append(f"TooLarge: {too_large} -> {answer};")
    if routes:
        terms["zalando.org/skipper-routes"] = " ".join(routes)
    return terms


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(f'"{text}"' for text in texts)


def _skipper_filters(one: Door, port: int | None) -> str:
    # What a visitor claims about earlier proxies is dropped first: it would choose its own bucket.
    return " -> ".join(
        (
            'dropRequestHeader("X-Forwarded-For")',
            f'clientRatelimit({one.requests}, "1m")',
            "xforward()",
            'setRequestHeader("X-Forwarded-Proto", "https")',
            'preserveHost("true")',
            # It drops the port from the name, whatever it preserves.
            *([f'setRequestHeader("Host", "${{request.host}}:{port}")'] if port else []),
            *(['dropResponseHeader("Access-Control-Allow-Origin")'] if one.same_origin else []),
        )
    )


def _nginx(one: Door, public_url: str) -> dict[str, str]:
    prefix = "nginx.ingress.kubernetes.io"
    size = f"{one.body_mb}m" if one.body_mb is not None else "1m"
    terms = {
        f"{prefix}/force-ssl-redirect": "true",
        f"{prefix}/proxy-body-size": size,
        f"{prefix}/limit-rpm": str(one.requests),
    }
    if one.same_origin:
        terms |= {f"{prefix}/enable-cors": "true", f"{prefix}/cors-allow-origin": public_url}
    if one.shut:
        return {**terms, f"{prefix}/denylist-source-range": "0.0.0.0/0,::/0"}
    if one.only_from:
        return {**terms, f"{prefix}/whitelist-source-range": ",".join(one.only_from)}
    return terms
