"""What a site says of its own accessibility (law 2005-102, article 47; decree 2019-768)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from orchestrator.model.part import Part, mail_address

Conformity = Literal["none", "partial", "total"]
_ADDRESS = r"^(/[^\s]*|https://\S+)$"


def _contact(text: str) -> str:
    if text.startswith(("/", "https://")):
        return text
    return mail_address(text)


class Accessibility(Part):
    """The accessibility statement: where it stands, who answers, how far the site conforms.

    A statement below the site's own address is written by the orchestrator where the product has
    pages; one at another address is the organisation's own, and only linked.
    """

    statement: str = Field(
        default="/pages/accessibility",
        pattern=_ADDRESS,
        description="Path on the site, or https address, of the statement",
    )
    contact: Annotated[str, AfterValidator(_contact)] = Field(
        description="Mail address, or address of a page, for whoever meets an obstacle"
    )
    state: Conformity = Field(
        description="`none` (non conforme), `partial` (partiellement) or `total` (totalement)"
    )
    audited: date | None = Field(default=None, description="Day of the audit that found it so")

    @property
    def path(self) -> str:
        """The statement's path on the site, or '' when it stands elsewhere."""
        return self.statement if self.statement.startswith("/") else ""
