"""The public side: TLS, how much one visitor may send and ask, and who may see `/system`.

The product's own rate limit is switched off in the images we know (decidim.md 1.4), and its system
pages are one password away from everything, so both are the entrance's work.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stacks import kind
from stacks.decidim.order import WEB, Order
from stacks.decidim.parts import WITHOUT_WAITING
from stacks.resource import Resource, content_name

# The product takes attachments of 10 MB; several may come with one form.
BODY_MB = 25
REQUESTS_A_MINUTE = 600
SYSTEM_REQUESTS_A_MINUTE = 60
SYSTEM_PATHS = ("/system", "/sidekiq")
_MOST = 2**53 - 1


def certificate(order: Order) -> Resource:
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
        order.labels_of(WEB),
        {"type": "kubernetes.io/tls", "stringData": content},
    )


def entrance(order: Order, tls: Resource) -> tuple[Resource, ...]:
    """One Ingress for everybody, one for the paths of the platform's own staff."""
    skipper = order.place.entrance.kind == "skipper"
    public = _skipper_public() if skipper else _nginx_public()
    system = _skipper_system(order) if skipper else _nginx_system(order)
    return (
        _ingress(order, WEB, ("/",), tls, public),
        _ingress(order, "system", SYSTEM_PATHS, tls, system),
    )


def _ingress(
    order: Order,
    name: str,
    paths: tuple[str, ...],
    tls: Resource,
    annotations: Mapping[str, str],
) -> Resource:
    domains = list(order.instance.domains)
    backend = {"service": {"name": WEB, "port": {"name": "main"}}}
    rules = [
        {
            "host": domain,
            "http": {
                "paths": [
                    {"path": path, "pathType": "Prefix", "backend": backend} for path in paths
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
        f"ingress/{name}",
        name,
        order.namespace,
        order.labels_of(name),
        {"spec": spec},
        annotations={**WITHOUT_WAITING, **annotations},
    )


def _skipper_filters(requests: int) -> str:
    # What a visitor claims about earlier proxies is dropped first: it would choose its own bucket.
    return " -> ".join(
        (
            'dropRequestHeader("X-Forwarded-For")',
            f'clientRatelimit({requests}, "1m")',
            "xforward()",
            'setRequestHeader("X-Forwarded-Proto", "https")',
            'preserveHost("true")',
        )
    )


def _skipper_public() -> dict[str, str]:
    too_large = f"ContentLengthBetween({BODY_MB * 10**6 + 1}, {_MOST})"
    refusal = 'status(413) -> inlineContent("Too large.\\n") -> <shunt>'
    return {
        "zalando.org/skipper-filter": _skipper_filters(REQUESTS_A_MINUTE),
        "zalando.org/skipper-routes": f"TooLarge: {too_large} -> {refusal};",
    }


def _skipper_system(order: Order) -> dict[str, str]:
    refusal = 'status(403) -> inlineContent("Not from here.\\n")'
    access = order.instance.system_access
    if not access:
        return {"zalando.org/skipper-filter": refusal}
    allowed = ", ".join(f'"{network}"' for network in access)
    # Allowed addresses meet a route with one condition more, which therefore wins.
    return {
        "zalando.org/skipper-predicate": f"ClientIP({allowed})",
        "zalando.org/skipper-filter": _skipper_filters(SYSTEM_REQUESTS_A_MINUTE),
        "zalando.org/skipper-routes": f"Refused: * -> {refusal} -> <shunt>;",
    }


def _nginx(requests: int) -> dict[str, str]:
    return {
        "nginx.ingress.kubernetes.io/force-ssl-redirect": "true",
        "nginx.ingress.kubernetes.io/proxy-body-size": f"{BODY_MB}m",
        "nginx.ingress.kubernetes.io/limit-rpm": str(requests),
    }


def _nginx_public() -> dict[str, str]:
    return _nginx(REQUESTS_A_MINUTE)


def _nginx_system(order: Order) -> dict[str, str]:
    common = _nginx(SYSTEM_REQUESTS_A_MINUTE)
    if access := order.instance.system_access:
        return {**common, "nginx.ingress.kubernetes.io/whitelist-source-range": ",".join(access)}
    return {**common, "nginx.ingress.kubernetes.io/denylist-source-range": "0.0.0.0/0,::/0"}
