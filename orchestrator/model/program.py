"""A program of somebody's that uses an instance, with a credential of its own that ends."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from pydantic import Field

from orchestrator.model.part import MailAddress, Part


class Program(Part):
    """What a tenant file says of one program; its credential lies in the secrets server."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
        max_length=32,
        description="Short name; its credential is kept under it",
    )
    purpose: str = Field(min_length=10, description="What it does, in a sentence")
    owner: MailAddress = Field(description="Who answers for it and is given the credential")
    may: Literal["read", "write"] = Field(default="read", description="`read` or `write`")
    until: date = Field(description="Last day; afterwards the credential opens nothing")
    from_: str | None = Field(
        default=None,
        alias="from",
        description="Product of the same organisation that runs it; a link has to lead from there",
    )

    @property
    def ends(self) -> datetime:
        """The first moment at which its credential opens nothing, in UTC."""
        return datetime.combine(self.until, time(), UTC) + timedelta(days=1)

    @property
    def fingerprint(self) -> str:
        """Changes with everything that the credential itself says, so not with its purpose."""
        said = f"{self.name} {self.may} {self.until.isoformat()}"
        return hashlib.sha256(said.encode()).hexdigest()

    def ended(self, now: datetime) -> bool:
        """Whether its last day is over."""
        return now >= self.ends
