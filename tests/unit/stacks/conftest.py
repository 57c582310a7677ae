"""A tenant, a platform and sizes to render from; every test changes only what it is about."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from orchestrator.model.connection import Connection
from orchestrator.model.names import InstanceNames
from orchestrator.model.platform import Platform
from orchestrator.model.secret import Secret
from orchestrator.products import registry
from orchestrator.products.decidim.runners import runners
from orchestrator.products.decidim.secrets import SPECS
from orchestrator.products.decidim.size import DecidimSize
from orchestrator.products.releases import release
from stacks.decidim.order import DecidimOrder as Order
from stacks.place import place_of

MakeOrder = Callable[..., Order]

SIZES = Path(__file__).parents[3] / "tenants" / "_sizes"
CONTACT = {"name": "Service informatique", "email": "informatique@saint-martin.example"}
INSTANCE = {
    "release": "0.31.5",
    "domain": "participer.saint-martin.example",
    "size": "demo",
    "administrator": {"name": "Mairie", "email": "mairie@saint-martin.example"},
    "mail": {"sender": "participer@saint-martin.example"},
}
TENANT = {
    "version": 1,
    "slug": "saint-martin",
    "organisation": {
        "legal_name": "Commune de Saint-Martin",
        "kind": "commune",
        "siren": "213105554",
        "population": 4200,
        "legal_representative": "the mayor",
        "address": {"street": "1 place", "postal_code": "31000", "town": "Saint-Martin"},
        "contacts": {
            "technical": CONTACT,
            "data_protection_officer": CONTACT,
            "breach": {**CONTACT, "telephone": "+33 5 00 00 00 00"},
        },
    },
    "platform": "sandbox",
    "instances": {"decidim": INSTANCE},
    "backup": {"recovery_point": "15min", "recovery_time": "4h", "kept": "30d"},
    "data_protection": {
        "roles": {"decidim": "controller"},
        "rights_contact": "dpo@saint-martin.example",
        "security_officer": "head of information security",
        "register": {
            "decidim": {
                "purposes": ["participation"],
                "legal_basis": "public_task",
                "categories": [
                    {
                        "name": "accounts",
                        "people": ["citizens"],
                        "data": ["mail address"],
                        "kept": "2y",
                        "trigger": "last sign-in",
                        "then": "erase",
                    }
                ],
                "recipients": ["staff"],
                "transfers": "none",
            }
        },
        "agreement": {
            "reference": "DPA-1",
            "signed": "2026-01-01",
            "signatories": ["the mayor", "the host"],
            "sha256": "0" * 64,
            "clauses": [],
        },
        "sub_processors": {"authorisation": "general", "notice_days": 30, "authorised": []},
        "screening": {"criteria": [], "made": "2026-01-01"},
    },
}
PLATFORM = {
    "version": 1,
    "name": "sandbox",
    "location": {"provider": "own", "region": "local", "country": "FR", "headquarters": "FR"},
    "cluster": {"kind": "sandbox"},
    "security_officer": CONTACT,
    "data_protection_officer": CONTACT,
    "sub_processors": [
        {
            "id": "own",
            "name": "Own",
            "service": "hosting",
            "country": "FR",
            "address": "1 place",
            "contact": "host@host.example",
            "contract": "C-1",
        }
    ],
}
CONNECTION = {
    "name": "default",
    "kubeconfig": "/run/kubeconfig",
    "kubectl": "/run/kubectl",
    "pulumi": "/run/pulumi",
    "authority": "/run/authority.pem",
    "secrets": {"address": "https://10.96.0.1:8200", "token_file": "/run/token"},
    "objects": {
        "endpoint": "http://10.66.0.1:8333",
        "region": "sandbox",
        "identity_endpoint": "http://10.66.0.1:8111",
        "credentials_file": "/run/credentials.json",
    },
    "mail": {"address": "10.66.0.1", "port": 2525, "inbox": "http://10.66.0.1:8025"},
    "entrance": {
        "kind": "skipper",
        "class_name": "",
        "address": "10.66.0.2",
        "port": 443,
        "sources": ["10.66.0.2/32"],
    },
    "network": {
        "pods": "10.67.0.0/16",
        "services": "10.68.0.0/16",
        "node": "10.66.0.2",
        "dns": "10.68.0.10",
    },
    "storage_class": "local",
    "images": {
        name: f"images.example/{name}@sha256:{digit * 64}"
        for name, digit in (
            ("postgresql", "a"),
            ("redis", "b"),
            ("memcached", "c"),
            ("decidim", "d"),
        )
    },
}


def size_of(name: str) -> DecidimSize:
    """What a shipped size gives to an instance."""
    text = YAML(typ="safe", pure=True).load(SIZES / f"{name}.yaml")
    found = registry.size_model().model_validate(text).of("decidim")
    assert isinstance(found, DecidimSize)
    return found


@pytest.fixture
def secrets() -> Mapping[str, Secret]:
    """Every secret of the instance, each with a value that is easily found where it must not be."""
    return {spec.name: Secret(f"value-of-{spec.name}") for spec in SPECS}


@pytest.fixture
def make_order(secrets: Mapping[str, Secret]) -> MakeOrder:
    """Makes an order; `instance` is laid over the usual one, `platform` over the usual platform."""

    def make(
        instance: Mapping[str, Any] | None = None,
        *,
        slug: str = "saint-martin",
        size: str = "demo",
        platform: Mapping[str, Any] | None = None,
        connected: bool = True,
        values: Mapping[str, Secret] | None = None,
        tenant_keys: Mapping[str, Any] | None = None,
        today: date | None = None,
    ) -> Order:
        text = {**copy.deepcopy(TENANT), **(tenant_keys or {})}
        text["slug"] = slug
        text["instances"] = {"decidim": {**INSTANCE, **(instance or {}), "size": size}}
        tenant = registry.tenant_model().model_validate(text)
        decidim = tenant.instances.of()["decidim"]
        connection = Connection.model_validate(CONNECTION) if connected else None
        return Order(
            tenant=tenant,
            instance=decidim,
            release=release("decidim", decidim.release),
            size=size_of(size),
            place=place_of(
                Platform.model_validate({**PLATFORM, **(platform or {})}),
                connection,
                registry.product("decidim").images,
            ),
            names=InstanceNames(slug, "decidim"),
            public_url=f"https://{decidim.domain}",
            secrets=secrets if values is None else values,
            runners=runners(),
            today=today,
        )

    return make


@pytest.fixture
def order(make_order: MakeOrder) -> Order:
    """The usual order, in a sandbox."""
    return make_order()
