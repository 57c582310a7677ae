"""One instance: what every product's instance has, and the parts that several products share."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from orchestrator.model.accessibility import Accessibility
from orchestrator.model.ai import Ai
from orchestrator.model.part import HostName, MailAddress, Part, SecretReference
from orchestrator.model.program import Program

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


class Administrator(Part):
    """Who is invited as the first administrator of the site."""

    name: str = Field(min_length=1, description="Name or function")
    email: MailAddress = Field(description="Where the invitation goes")


class Instance(Part):
    """What an instance of any product says; each product adds its own keys."""

    release: str = Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$", description="Release, in quotes")
    domain: HostName = Field(description="Public host name")
    further_domains: tuple[HostName, ...] = Field(
        default=(), description="Other host names that show the same site"
    )
    size: str = Field(default="small", description="Name of a size in `_sizes/`")
    title: str = Field(default="", description="Name of the site; the organisation's when empty")
    accessibility: Accessibility | None = Field(
        default=None, description="The accessibility statement; without one ACC-01 says so"
    )
    ai: Ai = Ai.model_construct()
    programs: tuple[Program, ...] = Field(
        default=(), description="Programs that use it, each with a credential that ends"
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
    """The products of the tenant, a key each; `products.registry` adds the keys."""

    def of(self) -> dict[str, Instance]:
        """Every instance by its product, in the order in which products are known."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: one for name, one in found.items() if one is not None}

    @model_validator(mode="after")
    def _at_least_one(self) -> Instances:
        if not self.of():
            known = ", ".join(f"`{name}`" for name in type(self).model_fields)
            message = f"must name at least one product: {known}"
            raise ValueError(message)
        return self
