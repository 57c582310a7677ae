"""What one instance is made from: its tenant, platform, size and release, and where it will be."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.config import load_platform, load_size, load_tenant
from orchestrator.flows.subject import SecretValues, StackFacts, Subject
from orchestrator.model.connection import Connection
from orchestrator.model.instance import Decidim
from orchestrator.model.names import InstanceNames
from orchestrator.model.platform import Platform
from orchestrator.model.release import Release
from orchestrator.model.size import Size
from orchestrator.model.tenant import Tenant
from orchestrator.products.decidim.runners import runners
from orchestrator.products.releases import release
from orchestrator.settings import Settings
from orchestrator.wiring.place import connection_of
from stacks.decidim import resources
from stacks.decidim.order import Order
from stacks.place import place_of
from stacks.resource import Resource, fingerprint

_HTTPS = 443


@dataclass(frozen=True)
class Case:
    """One instance with everything that was read for it."""

    settings: Settings
    tenant: Tenant
    instance: Decidim
    platform: Platform
    size: Size
    release: Release
    names: InstanceNames
    connection: Connection | None

    @property
    def public_url(self) -> str:
        """The address that people open; with a port where the entrance has an unusual one."""
        port = self.connection.entrance.port if self.connection else self.platform.entrance.port
        return f"https://{self.instance.domain}" + ("" if port == _HTTPS else f":{port}")

    @property
    def subject(self) -> Subject:
        """What the flow works on."""
        return Subject(self.tenant, self.instance, self.release, self.names, self.public_url)

    def resources(self, values: SecretValues) -> tuple[Resource, ...]:
        """Everything in its namespace, with the secrets that exist so far."""
        order = Order(
            tenant=self.tenant,
            instance=self.instance,
            release=self.release,
            size=self.size,
            place=place_of(self.platform, self.connection),
            names=self.names,
            secrets=values,
            runners=runners(),
        )
        return resources(order)

    def facts(self, values: SecretValues) -> StackFacts:
        """The same, counted."""
        wanted = self.resources(values)
        return StackFacts(
            tuple((resource.kind.name, resource.name) for resource in wanted), fingerprint(wanted)
        )


def read(settings: Settings, slug: str) -> Case:
    """Read everything for a tenant's instance. Raises the faults of its files."""
    return of(settings, load_tenant(settings, slug))


def of(settings: Settings, tenant: Tenant) -> Case:
    """The same for a tenant that was read. Raises the faults of its platform and size."""
    platform = load_platform(settings, tenant.platform)
    instance = tenant.instances.decidim
    assert instance is not None  # noqa: S101 - the model asks for at least one product
    return Case(
        settings=settings,
        tenant=tenant,
        instance=instance,
        platform=platform,
        size=load_size(settings, instance.size),
        release=release("decidim", instance.release),
        names=InstanceNames(tenant.slug, "decidim"),
        connection=connection_of(settings, platform),
    )
