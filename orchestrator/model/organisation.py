"""Who the organisation is, in law and on the telephone."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from orchestrator.model.part import MailAddress, Part


def _siren(text: str) -> str:
    if len(text) != 9 or not text.isdigit():
        message = "must be the nine digits of a SIREN, in quotes"
        raise ValueError(message)
    # The Luhn key of INSEE: every second digit from the right counts double, digits summed.
    total = sum(
        digit if place % 2 == 0 else sum(divmod(2 * digit, 10))
        for place, digit in enumerate(int(letter) for letter in reversed(text))
    )
    if total % 10:
        message = "is no SIREN: its last digit, the check digit, does not fit the others"
        raise ValueError(message)
    return text


Siren = Annotated[str, AfterValidator(_siren)]


class Address(Part):
    """A postal address."""

    street: str = Field(min_length=1, description="Street and number")
    postal_code: str = Field(pattern=r"^[0-9A-Z -]{3,10}$", description="Postal code, in quotes")
    town: str = Field(min_length=1, description="Town")
    country: str = Field(
        default="FR", pattern=r"^[A-Z]{2}$", description="ISO 3166 code of two capitals, in quotes"
    )


class Contact(Part):
    """Someone who answers, in a role rather than by a private name."""

    name: str = Field(min_length=1, description="Name or function")
    email: MailAddress = Field(description="Address that is read")
    telephone: str = Field(
        default="", pattern=r"^(\+[0-9 ]{6,20})?$", description="International form, `+33 …`"
    )


class BreachContact(Contact):
    """Who is called at night when personal data leaked (GDPR article 33(2))."""

    telephone: str = Field(
        pattern=r"^\+[0-9 ]{6,20}$", description="Number that is answered day and night"
    )
    hours: Literal["24x7"] = Field(default="24x7", description="Always day and night")


class Contacts(Part):
    """The people an operator and an auditor need to reach."""

    technical: Contact = Field(description="Who decides on technical changes")
    data_protection_officer: Contact = Field(
        description="Data protection officer; obligatory for public bodies (GDPR article 37)"
    )
    breach: BreachContact = Field(description="Who is called at any hour after a breach")


class Organisation(Part):
    """The controller: the legal person for whom the instances are run."""

    legal_name: str = Field(min_length=2, max_length=150, description="Name in law")
    kind: Literal[
        "commune", "intercommunality", "department", "region", "state", "association", "other"
    ] = Field(description="Kind of body")
    siren: Siren = Field(description="SIREN, nine digits with their check digit, in quotes")
    population: int = Field(
        ge=0, le=100_000_000, description="Inhabitants, from which rules derive"
    )
    legal_representative: str = Field(
        min_length=2, description="Function that represents the body, such as `the mayor`"
    )
    address: Address
    contacts: Contacts
