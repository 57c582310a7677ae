"""Orders of Grist to render from, made after the tenant and the platform of Decidim's tests."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

from orchestrator.model.connection import Connection
from orchestrator.model.names import InstanceNames
from orchestrator.model.platform import Platform
from orchestrator.model.secret import Secret
from orchestrator.products import registry
from orchestrator.products.grist.adapter import PRODUCT
from orchestrator.products.grist.instance import Grist
from orchestrator.products.grist.secrets import LOGIN, SPECS
from orchestrator.products.releases import release
from orchestrator.products.secrets import Kind
from stacks.grist.order import GristOrder
from stacks.place import place_of
from tests.unit.stacks.conftest import CONNECTION, PLATFORM, SIZES, TENANT

RELEASE = "1.7.17"
INSTANCE = {
    "release": RELEASE,
    "domain": "tableur.saint-martin.example",
    "size": "demo",
    "administrator": {"name": "Mairie", "email": "mairie@saint-martin.example"},
}
OWN_PROVIDER = {
    "issuer": "https://connexion.saint-martin.example:8443/realms/town",
    "client_id": "tableur",
    "client_secret": "vault:connexion#client_secret",
    "network": "203.0.113.7/32",
}
IDENTITY = {"public": "https://identity.example:9443", "address": "10.66.0.2", "port": 9443}
AUTHORITY = "-----BEGIN CERTIFICATE-----\n"


def secrets(*, told: bool = True) -> dict[str, Secret]:
    """Every secret, with a value that is easily found; `told` says whether the key is kept yet."""
    issuer = {"login_issuer": Secret("https://identity.example:9443/v1/provider/x")}
    return {
        spec.name: Secret(f"value-of-{spec.name}")
        for spec in (*SPECS, *LOGIN)
        if told or spec.kind is not Kind.TOLD
    } | issuer


def tenant_with(instance: Mapping[str, Any] | None = None) -> Any:
    """The usual tenant, with Grist instead of Decidim."""
    text = copy.deepcopy(TENANT)
    protection: Any = text["data_protection"]
    text["instances"] = {"grist": {**INSTANCE, **(instance or {})}}
    protection["roles"] = {"grist": "controller"}
    protection["register"] = {"grist": protection["register"].pop("decidim")}
    return registry.tenant_model().model_validate(text)


def order(
    instance: Mapping[str, Any] | None = None,
    *,
    values: Mapping[str, Secret] | None = None,
    platform: Mapping[str, Any] | None = None,
    entrance: str = "skipper",
) -> GristOrder:
    """An order; `instance` is laid over the usual one, `platform` over the usual platform."""
    tenant = tenant_with(instance)
    found: Grist = tenant.instances.of()["grist"]
    text = YAML(typ="safe", pure=True).load(SIZES / "demo.yaml")
    connection: Any = {**copy.deepcopy(CONNECTION), "identity": IDENTITY}
    connection["entrance"]["kind"] = entrance
    return GristOrder(
        tenant=tenant,
        instance=found,
        release=release("grist", RELEASE),  # type: ignore[arg-type]
        size=registry.size_model().model_validate(text).of("grist"),  # type: ignore[arg-type]
        place=place_of(
            Platform.model_validate({**PLATFORM, **(platform or {})}),
            Connection.model_validate(connection),
            PRODUCT.images,
            AUTHORITY,
        ),
        names=InstanceNames("saint-martin", "grist"),
        public_url=f"https://{found.domain}:8443",
        secrets=secrets() if values is None else values,
        runners=PRODUCT.runners(),
    )
