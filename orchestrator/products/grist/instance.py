"""One instance of Grist, with what its people may choose."""

from __future__ import annotations

from pydantic import Field

from orchestrator.model.instance import Administrator, Instance, LocaleCode, TimeZone
from orchestrator.model.part import Part, SecretReference


class Snapshots(Part):
    """How many snapshots of each span are kept of every document; older ones are pruned."""

    hour: int = Field(default=24, ge=1, le=1000, description="Hours of which one is kept")
    day: int = Field(default=30, ge=1, le=1000, description="Days of which one is kept")
    week: int = Field(default=8, ge=0, le=1000, description="Weeks of which one is kept")
    month: int = Field(default=12, ge=0, le=1000, description="Months of which one is kept")
    year: int = Field(default=1, ge=0, le=100, description="Years of which one is kept")


class SignIn(Part):
    """The organisation's own identity provider, by OpenID Connect."""

    issuer: str = Field(pattern=r"^https://\S+$", description="Address of the issuer")
    client_id: str = Field(min_length=1, description="Identifier given by the provider")
    client_secret: SecretReference = Field(description="Where the client secret lies")
    network: str = Field(default="", description="CIDR that the issuer's name resolves into")


class Grist(Instance):
    """An instance of Grist."""

    team: str = Field(
        default="",
        pattern=r"^([a-z][a-z0-9-]{1,30}[a-z0-9])?$",
        description="Name of the one site, in its addresses; the tenant's short name when empty",
    )
    administrator: Administrator
    locale: LocaleCode = Field(default="fr", description="Language shown first")
    login: SignIn | None = Field(
        default=None, description="Own identity provider; the platform's when left out"
    )
    public_documents: bool = Field(
        default=False, description="Documents and forms may be shown to people without an account"
    )
    time_zone: TimeZone = Field(default="Europe/Paris", description="Zone of the IANA database")
    snapshots: Snapshots = Snapshots.model_construct()
