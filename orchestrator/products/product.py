"""What flows ask of a product: the one interface between runbooks and what they are about.

A product is a folder: `product.yaml` (facts that hold for every release), `releases/` (a file and
a table of its environment each), `adapter.py` with one object `PRODUCT` of this interface, and the
pure function `resources(order)`, in `stacks/<product>` or in the folder's own `stack.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from orchestrator.model.instance import Instance
from orchestrator.model.names import InstanceNames
from orchestrator.model.protection import DataSet
from orchestrator.model.release import Release
from orchestrator.model.secret import Secret, SecretRef
from orchestrator.model.size import ProductSize
from orchestrator.model.tenant import Tenant
from orchestrator.products.anonymity import Anonymity
from orchestrator.products.erasing import Erasing
from orchestrator.products.holdings import Holdings
from orchestrator.products.programs import Access
from orchestrator.products.secrets import SecretSpec, backups_path
from orchestrator.products.toolbox import SecretValues, Toolbox

InstanceT = TypeVar("InstanceT", bound=Instance)
ReleaseT = TypeVar("ReleaseT", bound=Release)


@dataclass(frozen=True)
class Subject(Generic[InstanceT, ReleaseT]):
    """One instance as it is wanted, with the product that knows it."""

    product: Product[Any, Any]
    tenant: Tenant
    instance: InstanceT
    release: ReleaseT
    names: InstanceNames
    public_url: str

    @property
    def secrets(self) -> tuple[SecretSpec, ...]:
        """Every secret of it; a copy makes no backups, and so has nothing to make them with."""
        every = self.product.secrets(self.instance)
        if not self.names.copy:
            return every
        backups = backups_path(self.names.product, "")
        return tuple(spec for spec in every if not spec.path.startswith(backups))

    @property
    def title(self) -> str:
        """The site's name as visitors read it."""
        return self.tenant.title_of(self.instance)


AnySubject = Subject[Any, Any]
Check = Callable[[Subject[InstanceT, ReleaseT], Toolbox], str]
"""What was seen; raises `products.trying.NotAccepted` with what was not."""


@dataclass(frozen=True)
class Bucket:
    """The bucket an instance wants.

    upload_origins: sites whose visitors' browsers write to it
    versions:       whether the instance keeps its history in versions, and prunes them itself
    """

    upload_origins: tuple[str, ...] = ()
    versions: bool = False


@dataclass(frozen=True)
class Login:
    """Signing in by the platform's own identity provider.

    redirects: where people may be sent back to
    people:    mail address and name of those who must have an account from the first day
    """

    redirects: tuple[str, ...]
    people: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Schema:
    """The database's schema: what the release brings, and how what is there is read.

    `seen` gives an empty text while there is none or nobody to ask.
    """

    wanted: str
    seen: Callable[[Toolbox], str]


@dataclass(frozen=True)
class Play:
    """A play that brings about what lives in the product's own database only.

    name:     `playbooks/<name>.yml`
    promise:  what holds afterwards, one line
    purpose:  what it does, for a plan
    inputs:   what it is given in the open; their fingerprint says whether it has to run again
    secrets:  what it is given through a file that only it can read, from what is known
    missing:  what is not there although the play once ended well, empty when all is
    now:      further inputs that depend on what is there at the moment
    yields:   secrets that the play brings back, by key
    """

    name: str
    promise: str
    purpose: str
    inputs: Mapping[str, Any]
    secrets: Callable[[SecretValues], Mapping[str, Secret]] = lambda _values: {}
    missing: Callable[[Toolbox], str] = lambda _tools: ""
    now: Callable[[Toolbox], Mapping[str, Any]] = lambda _tools: {}
    yields: tuple[SecretSpec, ...] = field(default=())


class Product(ABC, Generic[InstanceT, ReleaseT]):
    """One product; its object has no state."""

    instance: ClassVar[type[Instance]]
    """What the tenant file says below `instances.<product>`."""
    release: ClassVar[type[Release]]
    """What a file of `releases/` says."""
    size: ClassVar[type[ProductSize]]
    """What a file of `_sizes/` says below the product's name."""
    images: ClassVar[tuple[str, ...]]
    """Names of all images it is made of, of any release."""
    invites: ClassVar[bool] = False
    """Whether its first administrator is told by mail."""
    erased_otherwise: ClassVar[str] = (
        "erase the person in the product itself, and once more after each restoration"
    )
    """What people do where `erasing` knows no way."""

    @abstractmethod
    def secrets(self, instance: InstanceT) -> tuple[SecretSpec, ...]:
        """Every secret of an instance; those of one path stand together."""

    @abstractmethod
    def checks(
        self, subject: Subject[InstanceT, ReleaseT]
    ) -> Mapping[str, Check[InstanceT, ReleaseT]]:
        """What an instance must do before it is called live, tried in this order.

        The first is cheap: it alone is tried again when nothing has changed.
        """

    def runners(self) -> Mapping[str, str]:
        """Scripts that run inside the product, by file name."""
        return {}

    def references(self, instance: InstanceT) -> tuple[SecretRef, ...]:
        """Secrets that the tenant file refers to and that people put there."""
        del instance
        return ()

    def delays(self, instance: InstanceT) -> Mapping[DataSet, str]:
        """What jobs of ours delete in the product, and after how long; the register says the same.

        Only what an instance really collects: the switch of the feature decides.
        """
        del instance
        return {}

    def bucket(self, subject: Subject[InstanceT, ReleaseT]) -> Bucket | None:
        """The bucket of the instance, when it keeps objects."""
        del subject
        return None

    def login(self, subject: Subject[InstanceT, ReleaseT]) -> Login | None:
        """What is wanted of the platform's identity provider, when it is used."""
        del subject
        return None

    def schema(self, subject: Subject[InstanceT, ReleaseT]) -> Schema | None:
        """The schema that must stand in the database, when the release names one."""
        del subject
        return None

    def first_start(self, subject: Subject[InstanceT, ReleaseT]) -> Play | None:
        """What is asked of the product once, before it is locked down; it yields secrets."""
        del subject
        return None

    def bootstrap(self, subject: Subject[InstanceT, ReleaseT]) -> Play | None:
        """What is brought about in the product's own database."""
        del subject
        return None

    def access(self, subject: Subject[InstanceT, ReleaseT]) -> Access | None:
        """How programs are given credentials; there must be a way where an interface takes one."""
        del subject
        return None

    def holdings(self, subject: Subject[InstanceT, ReleaseT]) -> Holdings | None:
        """What is backed up and brought back; None while we do not know how."""
        del subject
        return None

    def moved(self, subject: Subject[InstanceT, ReleaseT]) -> tuple[str, ...]:
        """Statements by which a copy's database has the copy's own address and writes to nobody."""
        del subject
        return ()

    def anonymity(self, subject: Subject[InstanceT, ReleaseT]) -> Anonymity | None:
        """How a copy is made in which nobody can be recognised; None while we do not know how."""
        del subject
        return None

    def erasing(self, subject: Subject[InstanceT, ReleaseT]) -> Erasing | None:
        """How one person's account is destroyed; None while we do not know how."""
        del subject
        return None

    def shut_in(self, instance: InstanceT) -> InstanceT:
        """The instance without any way to others, such as identity providers and their secrets."""
        return instance

    def next_step(self, subject: Subject[InstanceT, ReleaseT]) -> str:
        """What its people do once it is live, one line without a full stop."""
        del subject
        return "open it"


AnyProduct = Product[Any, Any]
