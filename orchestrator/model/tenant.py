"""A tenant: everything one reviewed file says about one organisation."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from pydantic import Field, model_validator

from orchestrator.model.instance import Instance, Instances
from orchestrator.model.link import Link
from orchestrator.model.organisation import Organisation
from orchestrator.model.part import Duration, Part
from orchestrator.model.protection import DataProtection

FORMAT_VERSION = 1


class BackupPolicy(Part):
    """What is promised after a disaster."""

    recovery_point: Duration = Field(description="RPO: how much may be lost, such as `15min`")
    recovery_time: Duration = Field(description="RTO: how long it may take, such as `4h`")
    kept: Duration = Field(description="How long backups are kept; erased data lives on until then")
    off_site: bool = Field(default=True, description="A second copy at another site")
    drill_every: Duration = Field(default="30d", description="How often a restore is rehearsed")


class Freeze(Part):
    """A window in which nothing is changed, such as an election."""

    why: str = Field(min_length=3, description="Reason shown to whoever is refused")
    first: date = Field(description="First day")
    last: date = Field(description="Last day, included")

    @model_validator(mode="after")
    def _ordered(self) -> Freeze:
        if self.last < self.first:
            message = "last must not lie before first"
            raise ValueError(message)
        return self


class Calendar(Part):
    """When changes are not welcome."""

    freezes: tuple[Freeze, ...] = Field(default=(), description="Windows without changes")


class Lifecycle(Part):
    """Where the tenant is on its way."""

    state: Literal["active", "suspended", "leaving"] = Field(
        default="active", description="`active`, `suspended` or `leaving`"
    )
    since: date | None = Field(default=None, description="Day of that state")


class Training(Part):
    """Marks a tenant whose instances are for trying out only, with invented data.

    The site's title and banner say so, its mail goes to the platform's sink and never to people,
    and after its last day it is shut at the entrance, refused (TRN-01) and rendered without copies.
    """

    until: date = Field(description="Last day")

    @property
    def mark(self) -> str:
        """What stands behind the title of every site of it."""
        return "formation"

    def ended(self, today: date) -> bool:
        """Whether its last day is over."""
        return today > self.until

    @property
    def ends(self) -> datetime:
        """The first moment after it, in UTC."""
        return datetime.combine(self.until, time(), UTC) + timedelta(days=1)


class Copied(Training):
    """The same for a copy of an instance: real data, but nobody is written to, and it ends."""

    @property
    def mark(self) -> str:
        """What stands behind the title of a copy."""
        return "copie"


class Cloned(Copied):
    """The same for a copy in which nobody can be recognised.

    Nothing leads to it or out of it until that has been looked for.
    """

    @property
    def mark(self) -> str:
        """What stands behind the title of a clone."""
        return "copie anonymisée"


class Tenant(Part):
    """One organisation and its instances, frozen."""

    version: Literal[1] = Field(description="Version of this file's format: 1")
    slug: str = Field(
        min_length=3,
        max_length=63,
        pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
        description="Short name; the file's name without `.yaml`",
    )
    organisation: Organisation
    platform: str = Field(description="Name of a file in `_platforms/`")
    sensitivity: Literal["standard", "secnumcloud", "hds"] = Field(
        default="standard", description="Level the data demands of the platform (LOC-11)"
    )
    instances: Instances
    backup: BackupPolicy
    data_protection: DataProtection
    links: tuple[Link, ...] = Field(
        default=(), description="Ways between the tenant's own instances; none without a line here"
    )
    calendar: Calendar = Calendar.model_construct()
    lifecycle: Lifecycle = Lifecycle.model_construct()
    training: Training | None = Field(
        default=None, description="For trying out only, with invented data, until a day"
    )

    @property
    def products(self) -> tuple[str, ...]:
        """Products of which the tenant has an instance."""
        return tuple(self.instances.of())

    def title_of(self, instance: Instance) -> str:
        """The site's name as visitors read it; that of a training says that it is one."""
        title = instance.title or self.organisation.legal_name
        return f"{title} ({self.training.mark})" if self.training else title
