"""What one instance is made from: its tenant, platform, size and release, and where it will be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from orchestrator.config import load_platform, load_size, load_tenant
from orchestrator.errors.config import InstanceNotFoundError
from orchestrator.model.connection import Connection
from orchestrator.model.instance import Instance
from orchestrator.model.names import InstanceNames, fitted
from orchestrator.model.platform import Platform
from orchestrator.model.release import Release
from orchestrator.model.restoration import Goal, Stage
from orchestrator.model.size import ProductSize
from orchestrator.model.tenant import Cloned, Copied, Tenant
from orchestrator.products import registry
from orchestrator.products.product import AnyProduct, AnySubject, Subject
from orchestrator.products.releases import release
from orchestrator.products.toolbox import SecretValues, StackFacts
from orchestrator.reading import suggest
from orchestrator.settings import Settings
from orchestrator.tools.clock import SystemClock
from orchestrator.wiring.place import connection_of
from orchestrator.wiring.within import within
from stacks.links import Way, links
from stacks.order import Order
from stacks.place import Place, place_of
from stacks.resource import Resource, fingerprint

_HTTPS = 443


@dataclass(frozen=True)
class Case:
    """One instance with everything that was read for it."""

    settings: Settings
    tenant: Tenant
    instance: Instance
    platform: Platform
    size: ProductSize
    release: Release
    names: InstanceNames
    connection: Connection | None

    def beside(self, copy: str, until: date) -> Case:
        """A copy of it under its own name and address; it writes to nobody, and it ends."""
        label, _, rest = self.instance.domain.partition(".")
        host = f"{fitted(f'{label}-{copy}')}.{rest}"
        alone = {"domain": host, "further_domains": (), "programs": ()}
        return replace(
            self,
            tenant=self.tenant.model_copy(update={"training": Copied(until=until), "links": ()}),
            instance=self.instance.model_copy(update=alone),
            names=self.names.beside(copy),
        )

    def anonymised(self, copy: str, until: date) -> Case:
        """The same for a copy in which nobody can be recognised; nothing of it leads to others."""
        one = self.beside(copy, until)
        shut = self.product.shut_in(one.instance)
        cloned = one.tenant.model_copy(update={"training": Cloned(until=until)})
        return replace(one, tenant=cloned, instance=shut)

    @property
    def product(self) -> AnyProduct:
        """The product that knows the instance."""
        return registry.product(self.names.product)

    @property
    def public_url(self) -> str:
        """The address that people open; with a port where the entrance has an unusual one."""
        port = self.connection.entrance.port if self.connection else self.platform.entrance.port
        return f"https://{self.instance.domain}" + ("" if port == _HTTPS else f":{port}")

    @property
    def subject(self) -> AnySubject:
        """What the flow works on."""
        return Subject(
            self.product, self.tenant, self.instance, self.release, self.names, self.public_url
        )

    @cached_property
    def place(self) -> Place:
        """The platform as the stack sees it."""
        authority = self.connection.authority.read_text("utf-8") if self.connection else ""
        return place_of(self.platform, self.connection, self.product.images, authority)

    def resources(
        self,
        values: SecretValues,
        stage: Stage = Stage.OPEN,
        target: Goal | None = None,
    ) -> tuple[Resource, ...]:
        """Everything in its namespace, with the secrets that exist so far, as it is at a stage."""
        if stage is Stage.WITHIN:
            how = self.product.erasing(self.subject)
            assert how is not None  # noqa: S101 - nobody else asks for that stage
            return within(self.resources(values, Stage.CLOSED, target), how.workload)
        order: Order[Any, Any, Any] = Order(
            tenant=self.tenant,
            instance=self.instance,
            release=self.release,
            size=self.size,
            place=self.place,
            names=self.names,
            public_url=self.public_url,
            secrets=values,
            runners=self.product.runners(),
            today=SystemClock().now().date(),
            stage=stage,
            target=target,
        )
        wanted: tuple[Resource, ...] = registry.stack(self.names.product).resources(order)
        return (*wanted, *links(order, self._ways))

    @property
    def needs(self) -> tuple[str, ...]:
        """Instances that answer this one, and so come first."""
        return tuple(
            InstanceNames(self.tenant.slug, link.to).instance
            for link in self.tenant.links
            if link.from_ == self.names.product
        )

    @property
    def _ways(self) -> tuple[Way, ...]:
        """Links that begin or end here."""
        own = self.names.product
        return tuple(
            Way(
                other,
                InstanceNames(self.tenant.slug, other).namespace,
                tuple((one.workload, one.port) for one in registry.facts(link.to).linked),
                outwards=link.from_ == own,
            )
            for link in self.tenant.links
            for other in ({link.from_, link.to} - {own} if own in (link.from_, link.to) else ())
        )

    def facts(self, values: SecretValues) -> StackFacts:
        """The same, counted."""
        wanted = self.resources(values)
        return StackFacts(
            tuple((resource.kind.name, resource.name) for resource in wanted),
            fingerprint(wanted),
            {name: self.place.images[name] for name in self.product.images},
        )


def read(settings: Settings, subject: str) -> tuple[Case, ...]:
    """Read everything for a tenant's instances, or for the one that `TENANT/PRODUCT` names.

    Raises the faults of its files, InstanceNotFoundError.
    """
    slug, _, product = subject.partition("/")
    found = of(settings, load_tenant(settings, slug))
    if not product:
        return found
    wanted = tuple(case for case in found if case.names.product == product)
    if not wanted:
        known = tuple(case.names.product for case in found)
        raise InstanceNotFoundError(subject, known=known, nearest=suggest.nearest(product, known))
    return wanted


def of(settings: Settings, tenant: Tenant) -> tuple[Case, ...]:
    """The same for a tenant that was read. Raises the faults of its platform and sizes."""
    platform = load_platform(settings, tenant.platform)
    connection = connection_of(settings, platform)
    found = []
    for product, instance in tenant.instances.of().items():
        size = load_size(settings, instance.size).of(product)
        assert size is not None  # noqa: S101 - the file was checked for it
        found.append(
            Case(
                settings=settings,
                tenant=tenant,
                instance=instance,
                platform=platform,
                size=size,
                release=release(product, instance.release),
                names=InstanceNames(tenant.slug, product),
                connection=connection,
            )
        )
    return tuple(found)
