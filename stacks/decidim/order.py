"""What one Decidim instance is rendered from, and the words all its parts share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.model.instance import Decidim
from orchestrator.model.names import InstanceNames
from orchestrator.model.release import Release
from orchestrator.model.secret import Secret
from orchestrator.model.size import Size
from orchestrator.model.tenant import Tenant
from stacks.place import Place

# The names that flows, plays and policies use, too.
DATABASE = "database"
QUEUE = "queue"
CACHE = "cache"
WEB = "web"
WORKER = "worker"
MIGRATION = "migrate"

DATABASE_PORT = 5432
QUEUE_PORT = 6379
CACHE_PORT = 11211
WEB_PORT = 80

ROLE = "orchestrator/role"
APPLICATION = "application"
"""Role of every pod that runs the product's own code: web, worker, migration, schedules."""


@dataclass(frozen=True)
class Order:
    """One instance as it is wanted.

    `secrets` by the names of `products.decidim.secrets`, and what the tenant file refers to by the
    reference itself (`vault:mail#password`); what is missing is rendered as a placeholder, so that
    an instance can be planned before it has any. `runners` maps a file's name to its text.
    """

    tenant: Tenant
    instance: Decidim
    release: Release
    size: Size
    place: Place
    names: InstanceNames
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    runners: Mapping[str, str] = field(default_factory=dict)

    @property
    def namespace(self) -> str:
        """The namespace that holds all of it."""
        return self.names.namespace

    @property
    def title(self) -> str:
        """The site's name as visitors read it."""
        return self.instance.title or self.tenant.organisation.legal_name

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels of everything, by which we know what is ours."""
        return {
            "app.kubernetes.io/managed-by": "orchestrator",
            "orchestrator/tenant": self.tenant.slug,
            "orchestrator/product": self.names.product,
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


def selector(workload: str) -> dict[str, str]:
    """The label that picks the pods of one workload within the namespace."""
    return {"app.kubernetes.io/name": workload}
