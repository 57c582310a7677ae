"""What stands before the manager, which knows local users only, and between catalog and portal.

Both are an authenticating proxy. The gate lets in whom the tenant's identity provider knows and the
tenant file names. The relay asks nobody; it looks at the portal's certificate, as the catalog
should, and is there only while the portal is live.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from orchestrator.model.secret import Secret
from stacks import parts, pod
from stacks.order import FRONT
from stacks.resource import Resource
from stacks.rudi.environment import RELAY_PORT
from stacks.rudi.order import (
    GATE,
    GATE_PATH,
    GATE_PORT,
    MANAGER,
    RELAY,
    RUNNERS_PATH,
    RudiOrder,
)

IMAGE = "oauth2-proxy"
PEOPLE_PATH = "/etc/gate"
PEOPLE = "people"
AUTHORITY = "authority.crt"
CALLBACK = f"{GATE_PATH}/callback"
REACHABLE_WITHIN_S = 300


def gate(order: RudiOrder, runners: Resource) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    """What the gate reads, and the gate itself."""
    people = parts.settings(order, GATE, GATE, _files(order))
    content = {
        "OAUTH2_PROXY_CLIENT_ID": order.secret("login_client_id"),
        "OAUTH2_PROXY_CLIENT_SECRET": order.secret("login_client_secret"),
        "OAUTH2_PROXY_COOKIE_SECRET": order.secret("gate_cookie_secret"),
        "OAUTH2_PROXY_OIDC_ISSUER_URL": order.secret("login_issuer"),
    }
    secrets = parts.secret(order, GATE, GATE, content)
    body = pod.Pod(
        account=GATE,
        container=pod.Container(
            name=GATE,
            image=order.image(IMAGE),
            resources=order.size.gate,
            environment={**_common(), **_manager(order)},
            environment_from=({"secretRef": {"name": secrets.name}},),
            port=GATE_PORT,
            probes=_probes(),
        ),
        volumes=(
            pod.configuration_files("gate", PEOPLE_PATH, people.name),
            pod.configuration_files("runners", RUNNERS_PATH, runners.name),
        ),
        first=_reachable(order),
    )
    copies = parts.deployment(
        order, order.labels_of(GATE, role=FRONT), body.spec(), {"replicas": 1}
    )
    return (people, secrets), (parts.service(order, GATE, GATE_PORT), copies)


def relay(order: RudiOrder) -> tuple[Resource, ...]:
    """The way to the portal, while it is live."""
    portal = order.instance.portal
    if portal is None or not portal.live:
        return ()
    # Nobody signs in here, so these open nothing; without them the program does not start.
    content = {
        "OAUTH2_PROXY_CLIENT_ID": Secret("nobody"),
        "OAUTH2_PROXY_CLIENT_SECRET": order.secret("gate_cookie_secret"),
        "OAUTH2_PROXY_COOKIE_SECRET": order.secret("gate_cookie_secret"),
    }
    secrets = parts.secret(order, RELAY, RELAY, content)
    address = urlsplit(portal.url)
    environment = {
        **_common(),
        "OAUTH2_PROXY_HTTP_ADDRESS": f"0.0.0.0:{RELAY_PORT}",
        "OAUTH2_PROXY_PROVIDER": "github",
        "OAUTH2_PROXY_EMAIL_DOMAINS": "none.invalid",
        "OAUTH2_PROXY_SKIP_AUTH_ROUTES": "^/",
        "OAUTH2_PROXY_PROXY_PREFIX": "/-",
        "OAUTH2_PROXY_UPSTREAMS": f"{address.scheme}://{address.netloc}/",
        "OAUTH2_PROXY_PASS_HOST_HEADER": "false",
        "OAUTH2_PROXY_SSL_UPSTREAM_INSECURE_SKIP_VERIFY": "false",
    }
    body = pod.Pod(
        account=RELAY,
        container=pod.Container(
            name=RELAY,
            image=order.image(IMAGE),
            resources=order.size.gate,
            environment=environment,
            environment_from=({"secretRef": {"name": secrets.name}},),
            port=RELAY_PORT,
            probes=_probes(),
        ),
    )
    copies = parts.deployment(
        order, order.labels_of(RELAY, role=FRONT), body.spec(), {"replicas": 1}
    )
    return (secrets, parts.service(order, RELAY, RELAY_PORT), copies)


def _common() -> dict[str, str]:
    return {
        "OAUTH2_PROXY_HTTP_ADDRESS": f"0.0.0.0:{GATE_PORT}",
        "OAUTH2_PROXY_COOKIE_SECURE": "true",
        "OAUTH2_PROXY_COOKIE_HTTPONLY": "true",
        # Nothing of who somebody is goes to the other side, and no sign-in of theirs is replaced.
        "OAUTH2_PROXY_PASS_BASIC_AUTH": "false",
        "OAUTH2_PROXY_PASS_USER_HEADERS": "false",
        "OAUTH2_PROXY_PASS_ACCESS_TOKEN": "false",
        "OAUTH2_PROXY_PASS_AUTHORIZATION_HEADER": "false",
        "OAUTH2_PROXY_SKIP_AUTH_STRIP_HEADERS": "false",
        # Who signed in is logged, what they looked at is not.
        "OAUTH2_PROXY_REQUEST_LOGGING": "false",
        "OAUTH2_PROXY_SILENCE_PING_LOGGING": "true",
        "OAUTH2_PROXY_SHOW_DEBUG_ON_ERROR": "false",
    }


def _manager(order: RudiOrder) -> dict[str, str]:
    port = order.release.modules.manager.port
    access = order.instance.access
    found = {
        "OAUTH2_PROXY_PROVIDER": "oidc",
        "OAUTH2_PROXY_UPSTREAMS": f"http://{MANAGER}:{port}/",
        "OAUTH2_PROXY_SCOPE": "openid email",
        "OAUTH2_PROXY_CODE_CHALLENGE_METHOD": "S256",
        "OAUTH2_PROXY_INSECURE_OIDC_SKIP_NONCE": "false",
        "OAUTH2_PROXY_INSECURE_OIDC_ALLOW_UNVERIFIED_EMAIL": "false",
        "OAUTH2_PROXY_AUTHENTICATED_EMAILS_FILE": f"{PEOPLE_PATH}/{PEOPLE}",
        "OAUTH2_PROXY_COOKIE_NAME": "__Host-gate",
        "OAUTH2_PROXY_COOKIE_SAMESITE": "lax",
        "OAUTH2_PROXY_COOKIE_EXPIRE": "8h",
        "OAUTH2_PROXY_SESSION_COOKIE_MINIMAL": "true",
        "OAUTH2_PROXY_REVERSE_PROXY": "true",
        "OAUTH2_PROXY_REAL_CLIENT_IP_HEADER": "X-Forwarded-For",
        "OAUTH2_PROXY_SKIP_PROVIDER_BUTTON": "true",
        # Programs are told that they are not known; a page to sign in at is no use to them.
        "OAUTH2_PROXY_API_ROUTES": f"^/{MANAGER}/api/",
        "OAUTH2_PROXY_SKIP_AUTH_PREFLIGHT": "false",
        "OAUTH2_PROXY_SKIP_JWT_BEARER_TOKENS": "false",
    }
    if not order.instance.further_domains:
        # With several names people come back to the one they came from; the provider knows all.
        found["OAUTH2_PROXY_REDIRECT_URL"] = f"{order.public_url}{CALLBACK}"
    if access.domains:
        found["OAUTH2_PROXY_EMAIL_DOMAINS"] = ",".join(access.domains)
    if order.place.entrance.sources:
        found["OAUTH2_PROXY_TRUSTED_PROXY_IPS"] = ",".join(order.place.entrance.sources)
    if order.place.authority:
        found["OAUTH2_PROXY_PROVIDER_CA_FILES"] = f"{PEOPLE_PATH}/{AUTHORITY}"
    return found


def _files(order: RudiOrder) -> dict[str, str]:
    people = "".join(f"{email}\n" for email in order.instance.admitted)
    authority = order.place.authority
    return {PEOPLE: people, **({AUTHORITY: authority} if authority else {})}


def _probes() -> dict[str, dict[str, object]]:
    ready = {"httpGet": {"path": "/ping", "port": GATE_PORT}, "timeoutSeconds": 5}
    return {
        "startupProbe": {**ready, "periodSeconds": 1, "failureThreshold": 60},
        "readinessProbe": {**ready, "periodSeconds": 10, "failureThreshold": 3},
        "livenessProbe": pod.port_probe(GATE_PORT, period_s=20, failures=6),
    }


def _reachable(order: RudiOrder) -> pod.Container:
    """Ends as soon as the identity provider answers; the gate gives up when it does not."""
    place = identity(order)
    return pod.Container(
        name="reachable",
        image=order.image(order.release.image),
        resources=order.size.job,
        command=("timeout", str(REACHABLE_WITHIN_S), "node", f"{RUNNERS_PATH}/reachable.mjs"),
        arguments=(f"{place[0]}:{place[1]}",),
    )


def identity(order: RudiOrder) -> tuple[str, int]:
    """Host and port of the issuer; where the packets of its name go is the place's business."""
    address = urlsplit(order.secret("login_issuer").reveal())
    return address.hostname or "identity.invalid", address.port or 443
