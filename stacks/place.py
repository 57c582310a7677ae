"""What a stack must know of the platform it stands on, and nothing more.

Taken from the platform's file and, where one is there, the connection of a running sandbox. Without
a connection a sandbox's plan is made with addresses that are reserved for documentation (RFC 5737),
so that everything can be rendered before anything runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from orchestrator.model.connection import Connection
from orchestrator.model.platform import Platform

_UNKNOWN_ADDRESS = "192.0.2.1"
_UNKNOWN_DIGEST = "sha256:" + "0" * 64
_HTTPS = 443
_SMTP = 587
_VAULT = 8200


@dataclass(frozen=True)
class Entrance:
    """The ingress controller; `sources` are CIDR ranges, `namespace` where its pods run, or ''."""

    kind: Literal["skipper", "nginx"]
    class_name: str
    sources: tuple[str, ...]
    namespace: str


@dataclass(frozen=True)
class Service:
    """A service outside the namespace: host, port, and the CIDR it lies in ('' when not known)."""

    host: str
    port: int
    network: str


@dataclass(frozen=True)
class Objects:
    """The object store: the URL, the region to sign with, and where packets to it go."""

    endpoint: str
    region: str
    service: Service


@dataclass(frozen=True)
class Vault:
    """The secrets server: its URL, and where packets to it go."""

    address: str
    service: Service


@dataclass(frozen=True)
class Relay:
    """The platform's own mail relay, for tenants without one.

    `password` is a reference, `vault:PATH#KEY`, or ''.
    """

    service: Service
    username: str
    starttls: bool
    password: str


@dataclass(frozen=True)
class Place:
    """One platform, seen from inside a namespace."""

    entrance: Entrance
    name_servers: tuple[str, ...]
    internal: tuple[str, ...]
    storage_class: str
    objects: Objects
    backups: Objects
    """The store that takes backups, always with TLS."""
    vault: Vault
    relay: Relay
    identity: Service
    """Where the platform's own identity provider answers, for people and pods alike."""
    authority: str
    """PEM text of the authority that signs the platform's addresses, '' for one that all know."""
    formula_sandbox: str
    """What keeps programs that people write from the server that runs them."""
    sink: Service
    images: Mapping[str, str]


def place_of(
    platform: Platform,
    connection: Connection | None = None,
    images: Iterable[str] = (),
    authority: str = "",
) -> Place:
    """What the stack needs of the platform; the platform's own words win over the sandbox's.

    `images` are names that must stand for something, be it a reference that cannot be pulled;
    `authority` is the text of the file that the connection names.
    """
    return Place(
        entrance=_entrance(platform, connection),
        name_servers=_name_servers(platform, connection),
        internal=_internal(platform, connection),
        storage_class=platform.cluster.storage_class
        or (connection.storage_class if connection else ""),
        objects=_objects(platform, connection),
        backups=_backups(platform, connection),
        vault=_vault(platform, connection),
        relay=_relay(platform, connection),
        identity=_identity(connection),
        authority=authority,
        formula_sandbox=platform.cluster.formula_sandbox,
        sink=_sink(platform, connection),
        images={
            **{name: f"unknown/{name}@{_UNKNOWN_DIGEST}" for name in images},
            **(connection.images if connection else {}),
            **platform.images.references,
        },
    )


def network_of(host: str) -> str:
    """The CIDR of one address, or '' for a name: only its owner knows where that lies."""
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    return f"{address}/{address.max_prefixlen}"


def _entrance(platform: Platform, connection: Connection | None) -> Entrance:
    theirs = platform.entrance
    ours = connection.entrance if connection else None
    return Entrance(
        kind=ours.kind if ours else theirs.kind,
        class_name=theirs.class_name or (ours.class_name if ours else ""),
        sources=ours.sources if ours else (),
        namespace=theirs.namespace,
    )


def _name_servers(platform: Platform, connection: Connection | None) -> tuple[str, ...]:
    named = [platform.cluster.dns] if platform.cluster.dns else []
    if connection:
        # The sandbox's name server runs on the node; policies see the address behind the service.
        named += [connection.network.dns, connection.network.node]
    return tuple(dict.fromkeys(named))


def _internal(platform: Platform, connection: Connection | None) -> tuple[str, ...]:
    ranges = [platform.cluster.pods, platform.cluster.services]
    if connection:
        ranges += [connection.network.pods, connection.network.services]
    return tuple(dict.fromkeys(text for text in ranges if text))


def _objects(platform: Platform, connection: Connection | None) -> Objects:
    endpoint = platform.objects.endpoint or (connection.objects.endpoint if connection else "")
    return _store(platform, connection, endpoint)


def _backups(platform: Platform, connection: Connection | None) -> Objects:
    ours = (connection.objects.secure or connection.objects.endpoint) if connection else ""
    return _store(platform, connection, platform.objects.endpoint or ours)


def _vault(platform: Platform, connection: Connection | None) -> Vault:
    address = platform.secrets.address or (connection.secrets.address if connection else "")
    parts = urlsplit(address or f"https://{_UNKNOWN_ADDRESS}:{_VAULT}")
    host = parts.hostname or _UNKNOWN_ADDRESS
    network = platform.secrets.network or network_of(host)
    return Vault(parts.geturl(), Service(host, parts.port or _HTTPS, network))


def _store(platform: Platform, connection: Connection | None, endpoint: str) -> Objects:
    endpoint = endpoint or f"https://{_UNKNOWN_ADDRESS}"
    parts = urlsplit(endpoint)
    host = parts.hostname or _UNKNOWN_ADDRESS
    port = parts.port or (_HTTPS if parts.scheme == "https" else 80)
    return Objects(
        endpoint=endpoint,
        region=platform.objects.region or (connection.objects.region if connection else "unknown"),
        service=Service(host, port, platform.objects.network or network_of(host)),
    )


def _relay(platform: Platform, connection: Connection | None) -> Relay:
    theirs = platform.relay
    if theirs.host:
        service = Service(theirs.host, theirs.port, theirs.network or network_of(theirs.host))
    elif connection:
        sink = connection.mail
        service = Service(sink.address, sink.port, network_of(sink.address))
    else:
        service = Service(_UNKNOWN_ADDRESS, _SMTP, network_of(_UNKNOWN_ADDRESS))
    return Relay(
        service,
        username=theirs.username,
        starttls=theirs.starttls,
        password=theirs.password or "",
    )


def _identity(connection: Connection | None) -> Service:
    if connection is None or connection.identity is None:
        return Service(_UNKNOWN_ADDRESS, _HTTPS, network_of(_UNKNOWN_ADDRESS))
    identity = connection.identity
    return Service(
        urlsplit(identity.public).hostname or "", identity.port, network_of(identity.address)
    )


def _sink(platform: Platform, connection: Connection | None) -> Service:
    """Where mail ends; without one it goes to an address that is nobody's."""
    theirs = platform.sink
    if theirs.host:
        return Service(theirs.host, theirs.port, theirs.network or network_of(theirs.host))
    if connection:
        own = connection.mail
        return Service(own.address, own.port, network_of(own.address))
    return Service(_UNKNOWN_ADDRESS, theirs.port, network_of(_UNKNOWN_ADDRESS))
