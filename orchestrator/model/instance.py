"""One instance: a product of a tenant, with what its people may choose."""

from __future__ import annotations

import re
from datetime import date
from ipaddress import ip_network
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from orchestrator.model.part import HostName, MailAddress, Part, SecretReference

_NO_ZONE = re.compile(r"(posix|right)/|(posixrules|localtime)$")
LocaleCode = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)  # opens one file; the list of all zones would open six hundred
        known = not _NO_ZONE.match(text)
    except (KeyError, ValueError, OSError):
        known = False
    if not known:
        message = "must be a zone of the IANA database such as `Europe/Paris`"
        raise ValueError(message)
    return text


TimeZone = Annotated[str, AfterValidator(_time_zone)]


def _network(text: str) -> str:
    return str(ip_network(text))


class Locales(Part):
    """Languages of the site."""

    default: LocaleCode = Field(default="fr", description="Language shown first")
    available: tuple[LocaleCode, ...] = Field(
        default=("fr",), min_length=1, description="All languages offered"
    )

    @model_validator(mode="after")
    def _default_is_offered(self) -> Locales:
        if self.default not in self.available:
            message = f"default `{self.default}` must stand in available"
            raise ValueError(message)
        return self


class GuestRegistration(Part):
    """Taking part in meetings without an account (decidim.md 6.3)."""

    enabled: bool = Field(default=False, description="Whether guests may register for meetings")
    email_confirmation: bool = Field(
        default=True, description="Guests confirm their address; without it anyone's can be used"
    )
    allow_cancellation: bool = Field(default=True, description="Guests may cancel by a link")
    require_account_choice: bool = Field(
        default=True, description="Guests are offered to sign in instead"
    )


class Features(Part):
    """What the site offers."""

    guest_meeting_registration: GuestRegistration = GuestRegistration.model_construct()
    registration: Literal["open", "existing", "closed"] = Field(
        default="open", description="Who may make an account"
    )
    force_authentication: bool = Field(
        default=False, description="Visitors must sign in before they see anything"
    )
    authorisations: tuple[str, ...] = Field(
        default=(), description="Verification handlers on offer, by name"
    )


class MailRelay(Part):
    """The relay that takes the site's mail."""

    sender: MailAddress = Field(description="Address that mail comes from")
    sender_name: str = Field(
        default="", description="Name beside it; the organisation's when empty"
    )
    host: HostName | None = Field(
        default=None, description="Relay's host name; the platform's own relay when left out"
    )
    port: int = Field(default=587, ge=1, le=65535, description="Port of the relay")
    username: str = Field(default="", description="Name to sign in with, empty for none")
    password: SecretReference | None = Field(default=None, description="Where its password lies")
    starttls: bool = Field(default=True, description="Encrypt the connection")

    @model_validator(mode="after")
    def _password_with_name(self) -> MailRelay:
        if bool(self.username) != (self.password is not None):
            message = "username and password belong together"
            raise ValueError(message)
        return self


class LoginProvider(Part):
    """A way to sign in other than with a password."""

    provider: Literal["france_connect", "openid_connect", "publik"] = Field(
        description="Which provider"
    )
    issuer: str = Field(pattern=r"^https://\S+$", description="Address of the issuer")
    client_id: str = Field(min_length=1, description="Identifier given by the provider")
    client_secret: SecretReference = Field(description="Where the client secret lies")
    state: Literal["requested", "received", "live"] = Field(
        default="requested", description="How far the provider's approval is; used once `live`"
    )
    since: date = Field(description="Day of that state")
    owner: MailAddress = Field(description="Who follows the request up")


class Maps(Part):
    """Map tiles and geocoding; visitors' browsers talk to the provider."""

    provider: Literal["none", "osm", "here"] = Field(default="none", description="Who serves maps")
    tiles: str = Field(default="", pattern=r"^(https://\S+)?$", description="Tile address for osm")
    api_key: SecretReference | None = Field(default=None, description="Where the key lies")

    @model_validator(mode="after")
    def _complete(self) -> Maps:
        if self.provider == "osm" and not self.tiles:
            message = "osm needs tiles, the address of a tile server"
            raise ValueError(message)
        if self.provider == "here" and self.api_key is None:
            message = "here needs api_key, a reference to its key"
            raise ValueError(message)
        return self


class Administrator(Part):
    """Who is invited as the first administrator of the site."""

    name: str = Field(min_length=1, description="Name or function")
    email: MailAddress = Field(description="Where the invitation goes")


class Decidim(Part):
    """An instance of Decidim."""

    release: str = Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$", description="Release, in quotes")
    domain: HostName = Field(description="Public host name")
    further_domains: tuple[HostName, ...] = Field(
        default=(), description="Other host names that show the same site"
    )
    size: str = Field(default="small", description="Name of a size in `_sizes/`")
    title: str = Field(default="", description="Name of the site; the organisation's when empty")
    reference_prefix: str = Field(
        default="", pattern=r"^[A-Z0-9-]{0,12}$", description="Prefix of references, capitals"
    )
    locales: Locales = Locales.model_construct()
    time_zone: TimeZone = Field(default="Europe/Paris", description="Zone of the IANA database")
    administrator: Administrator
    features: Features = Features.model_construct()
    mail: MailRelay
    login: tuple[LoginProvider, ...] = Field(default=(), description="Ways to sign in")
    maps: Maps = Maps.model_construct()
    system_access: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        default=(),
        description="CIDR ranges that may open `/system`; nobody from outside when empty",
    )
    settings: dict[str, str | int | bool] = Field(
        default_factory=dict,
        description="Further environment of the release, by its own names; unknown ones are faults",
    )

    @property
    def domains(self) -> tuple[str, ...]:
        """Every public name, the first one first."""
        return (self.domain, *self.further_domains)


class Instances(Part):
    """The products of the tenant."""

    decidim: Decidim | None = Field(default=None, description="Participation platform")

    @model_validator(mode="after")
    def _at_least_one(self) -> Instances:
        if self.decidim is None:
            message = "must name at least one product: `decidim`"
            raise ValueError(message)
        return self
