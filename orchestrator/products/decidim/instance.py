"""One instance of Decidim, with what its people may choose."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from orchestrator.model.instance import (
    Administrator,
    Instance,
    Locales,
    LoginProvider,
    MailRelay,
    TimeZone,
)
from orchestrator.model.part import Duration, Part, SecretReference, seconds

_DAY_S = 86_400
_PAGE = re.compile(r"^/pages/[a-z0-9-]+$")
# Pages with a meaning of their own; the product makes and needs them.
_TAKEN = frozenset({"/pages/terms-of-service", "/pages/help", "/pages/guests-privacy"})


def _network(text: str) -> str:
    return str(ip_network(text))


def _days(text: str) -> str:
    if seconds(text) < _DAY_S:
        message = "must be a day or more: what was asked for yesterday is still needed"
        raise ValueError(message)
    return text


Days = Annotated[Duration, AfterValidator(_days)]


class GuestRegistration(Part):
    """Taking part in meetings without an account (decidim.md 6.3).

    The product keeps the form of every guest and makes an account nobody asked for, and deletes
    neither, so both delays are kept by jobs of ours. They run from the end of the last meeting, or
    from the request itself where that is later or the meeting has no end. Half a year, the default,
    is what the register promises of registrations for meetings.
    """

    enabled: bool = Field(default=False, description="Whether guests may register for meetings")
    email_confirmation: bool = Field(
        default=True, description="Guests confirm their address; without it anyone's can be used"
    )
    allow_cancellation: bool = Field(default=True, description="Guests may cancel by a link")
    require_account_choice: bool = Field(
        default=True, description="Guests are offered to sign in instead"
    )
    requests_kept: Days = Field(
        default="26w", description="How long a guest's form is kept after the meeting"
    )
    accounts_kept: Days = Field(
        default="26w",
        description="How long the account of a guest who never signs in is kept after the meeting",
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


class Decidim(Instance):
    """An instance of Decidim."""

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

    @model_validator(mode="after")
    def _statement_is_a_page(self) -> Decidim:
        path = self.accessibility.path if self.accessibility else ""
        if path and (not _PAGE.match(path) or path in _TAKEN):
            message = f"accessibility.statement: `{path}` must be a page `/pages/NAME` of its own"
            raise ValueError(message)
        return self
