"""One producer node of RUDI, with what its people may choose."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from orchestrator.model.instance import Administrator, Instance, TimeZone
from orchestrator.model.part import Duration, HostName, MailAddress, Part, SecretReference

# The product fills its templates in with a stream editor, whose command these letters end or alter.
_EDITED = re.compile(r"[\s~&\\]")


class Contact(Part):
    """Whom readers of the data write to; published with every dataset, so no person's own."""

    name: str = Field(min_length=1, description="Name of the service, not of a person")
    email: MailAddress = Field(description="Functional mailbox; everybody can read it")


class Portal(Part):
    """The portal of the territory, once it takes the node's datasets up."""

    url: str = Field(pattern=r"^https://[a-z0-9.:-]+(/[\w./-]*)?$", description="Its address")
    state: Literal["requested", "received", "live"] = Field(
        default="requested", description="How far the registration is; used once `live`"
    )
    since: date = Field(description="Day of that state")
    owner: MailAddress = Field(description="Who follows the request up")
    user: SecretReference | None = Field(
        default=None, description="Where the node's account of the portal lies"
    )
    password: SecretReference | None = Field(
        default=None, description="Where the password of that account lies"
    )

    @property
    def live(self) -> bool:
        """Whether the node talks to it."""
        return self.state == "live"

    @model_validator(mode="after")
    def _account(self) -> Portal:
        if (self.user is None) != (self.password is None):
            message = "user and password belong together"
            raise ValueError(message)
        if self.state != "requested" and self.user is None:
            message = f"a registration that is {self.state} has a user and a password"
            raise ValueError(message)
        return self


class Access(Part):
    """Who may come before the manager's own sign-in page, beside the administrator."""

    people: tuple[MailAddress, ...] = Field(default=(), description="Mail addresses, one by one")
    domains: tuple[HostName, ...] = Field(
        default=(), description="Everybody whom the provider knows with an address of these"
    )


class Rudi(Instance):
    """An instance of RUDI's producer node."""

    administrator: Administrator
    contact: Contact
    producer: str = Field(
        default="", description="Who publishes, as readers see it; the organisation when empty"
    )
    access: Access = Access.model_construct()
    portal: Portal | None = Field(
        default=None, description="Portal that takes the datasets up; none when left out"
    )
    events_kept: Duration = Field(
        default="30d", description="How long it is known who fetched which file from where"
    )
    time_zone: TimeZone = Field(default="Europe/Paris", description="Zone of the IANA database")

    @model_validator(mode="after")
    def _statement_stands_elsewhere(self) -> Rudi:
        if self.accessibility and self.accessibility.path:
            message = "accessibility.statement must be an https address: a node has no pages for it"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _fit_for_templates(self) -> Rudi:
        for name, value in self.settings.items():
            if _EDITED.search(str(value)):
                message = f"settings.{name} must not hold a blank, a tilde, `&` or a backslash"
                raise ValueError(message)
        return self

    @property
    def portal_is_live(self) -> bool:
        """Whether there is a portal that the node talks to."""
        return self.portal is not None and self.portal.live

    @property
    def admitted(self) -> tuple[str, ...]:
        """Mail addresses that may come before the manager, each once."""
        return tuple(dict.fromkeys((self.administrator.email, *self.access.people)))
