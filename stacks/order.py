"""What an instance of any product is rendered from, and the words all stacks share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from orchestrator.model.instance import Instance
from orchestrator.model.names import InstanceNames
from orchestrator.model.release import Release
from orchestrator.model.restoration import Goal, Stage
from orchestrator.model.secret import Secret
from orchestrator.model.size import ProductSize
from orchestrator.model.tenant import Cloned, Tenant
from stacks.place import Place

ROLE = "orchestrator/role"
APPLICATION = "application"
"""Role of every pod that runs the product's own code."""
FRONT = "front"
"""Role of every other pod that people's requests reach: shut with the product's own code while an
instance is brought back, and let out by no link."""
KEEPER = "keeper"
"""Role of every pod that writes or reads backups."""

InstanceT = TypeVar("InstanceT", bound=Instance)
ReleaseT = TypeVar("ReleaseT", bound=Release)
SizeT = TypeVar("SizeT", bound=ProductSize)


@dataclass(frozen=True)
class Order(Generic[InstanceT, ReleaseT, SizeT]):
    """One instance as it is wanted.

    `secrets` by the names of the product's `SecretSpec`s, and what the tenant file refers to by the
    reference itself (`vault:mail#password`); what is missing is rendered as a placeholder, so that
    an instance can be planned before it has any. `runners` maps the name of a script that runs
    inside the product to its text. `today` is told, since stacks read no clock; without it no day
    is over. `stage` says how much of it runs, `target` what its data is brought back to, or made
    anew from, by a job while it is shut.
    """

    tenant: Tenant
    instance: InstanceT
    release: ReleaseT
    size: SizeT
    place: Place
    names: InstanceNames
    public_url: str
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    runners: Mapping[str, str] = field(default_factory=dict)
    today: date | None = None
    stage: Stage = Stage.OPEN
    target: Goal | None = None

    @property
    def namespace(self) -> str:
        """The namespace that holds all of it."""
        return self.names.namespace

    @property
    def is_copy(self) -> bool:
        """Whether it stands beside the instance that it is a copy of."""
        return bool(self.names.copy)

    @property
    def anonymised(self) -> bool:
        """Whether it is a copy in which nobody can be recognised."""
        return isinstance(self.tenant.training, Cloned)

    @property
    def quarantined(self) -> bool:
        """Whether it may still tell of people: nobody may reach it, and it reaches nobody."""
        return self.anonymised and self.stage is not Stage.OPEN

    @property
    def title(self) -> str:
        """The site's name as visitors read it."""
        return self.tenant.title_of(self.instance)

    @property
    def ended(self) -> bool:
        """Whether it is a training whose last day is over: nothing of it runs any more."""
        training = self.tenant.training
        return bool(training and self.today and training.ended(self.today))

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels of everything, by which we know what is ours."""
        return {
            "app.kubernetes.io/managed-by": "orchestrator",
            "orchestrator/tenant": self.tenant.slug,
            "orchestrator/product": self.names.product,
            **({"orchestrator/copy": self.names.copy} if self.is_copy else {}),
        }

    def labels_of(self, workload: str, *, role: str = "") -> dict[str, str]:
        """Labels of a workload and its pods; policies and services select by them."""
        own = {**self.labels, "app.kubernetes.io/name": workload}
        return {**own, ROLE: role} if role else own

    def secret(self, name: str) -> Secret:
        """The secret of that name, or a placeholder that cannot be mistaken for one."""
        return self.secrets.get(name) or Secret(f"not-generated-yet-{name}")

    def image(self, name: str) -> str:
        """The reference by digest. Raises KeyError when the platform has no image of that name."""
        return self.place.images[name]


AnyOrder = Order[Any, Any, Any]


def selector(workload: str) -> dict[str, str]:
    """The label that picks the pods of one workload within the namespace."""
    return {"app.kubernetes.io/name": workload}


def chosen(order: AnyOrder) -> dict[str, str]:
    """Environment that the tenant file sets and the release lets it set."""
    allowed = {each.name for each in order.release.environment if each.set_by == "tenant"}
    settings = order.instance.settings.items()
    return {name: written(value) for name, value in settings if name in allowed}


def written(value: object) -> str:
    """A value as an environment variable holds it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
