"""Data protection: roles, register, agreement, screening. Facts an auditor asks for first."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from orchestrator.model.part import Duration, MailAddress, Part

LegalBasis = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interests",
]
DataSet = Literal["guest_requests", "guest_accounts", "media_events"]
"""Data that a product deletes by itself after a delay, by the name its adapter calls it."""
SpecialGround = Literal[
    "explicit_consent", "public_by_subject", "substantial_public_interest", "none"
]


class Category(Part):
    """One category of data, how long it is kept and what happens then (RET-01, REG-06)."""

    name: str = Field(min_length=2, description="Such as `accounts` or `votes`")
    people: tuple[str, ...] = Field(min_length=1, description="Whose data it is")
    data: tuple[str, ...] = Field(min_length=1, description="Which data")
    special: bool = Field(default=False, description="Special category of GDPR article 9")
    kept: Duration = Field(description="How long after the trigger")
    trigger: str = Field(min_length=3, description="From when the delay runs")
    then: Literal["erase", "anonymise", "archive"] = Field(description="What happens afterwards")
    covers: tuple[DataSet, ...] = Field(
        default=(), description="Data that the product deletes by itself and this is about (REG-07)"
    )


class Transfer(Part):
    """Data that leaves the European Economic Area."""

    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166 code, in quotes")
    instrument: Literal["adequacy", "standard_clauses", "derogation"] = Field(
        description="Legal instrument of GDPR chapter V"
    )
    assessment: str = Field(min_length=3, description="Reference of the transfer assessment")


class Processing(Part):
    """One entry of the register (GDPR article 30)."""

    purposes: tuple[str, ...] = Field(min_length=1, description="What the data serves")
    legal_basis: LegalBasis = Field(description="GDPR article 6")
    special_ground: SpecialGround = Field(
        default="none", description="GDPR article 9(2), when a category is special"
    )
    categories: tuple[Category, ...] = Field(min_length=1, description="Data and delays")
    recipients: tuple[str, ...] = Field(
        min_length=1,
        description="Who receives data, every sub-processor by its identifier included",
    )
    transfers: Literal["none"] | tuple[Transfer, ...] = Field(
        description="`none`, or each country with its instrument"
    )


class Clause(Part):
    """Where a clause of GDPR article 28(3) stands in the agreement."""

    clause: Literal[
        "instructions",
        "confidentiality",
        "security",
        "sub_processors",
        "rights_assistance",
        "security_assistance",
        "return_or_erasure",
        "audit",
    ]
    page: int = Field(ge=1, description="Page of the signed document")


class Agreement(Part):
    """The data processing agreement between the controller and the host."""

    reference: str = Field(min_length=3, description="Reference of the document")
    signed: date = Field(description="Day of the last signature")
    expires: date | None = Field(default=None, description="Day it ends, if it does")
    signatories: tuple[str, ...] = Field(min_length=2, description="Functions that signed")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the signed file")
    clauses: tuple[Clause, ...] = Field(description="The eight obligatory clauses and their pages")


class SubProcessors(Part):
    """How the controller agrees to further processors (GDPR article 28(2))."""

    authorisation: Literal["general", "specific"] = Field(description="Mode of agreement")
    notice_days: int = Field(ge=1, le=365, description="Days of notice before a new one")
    authorised: tuple[str, ...] = Field(
        description="Identifiers of the platform's sub-processors that are agreed to"
    )


NineCriteria = Literal[
    "scoring",
    "automated_decision",
    "systematic_monitoring",
    "sensitive_data",
    "large_scale",
    "matching",
    "vulnerable_people",
    "innovative_use",
    "exclusion",
]


class Screening(Part):
    """Whether an impact assessment is needed: nine criteria, two or more say yes (RSK-01)."""

    criteria: tuple[NineCriteria, ...] = Field(description="Those that apply; may be empty")
    made: date = Field(description="Day of the screening")
    assessment: str = Field(default="", description="Reference of the assessment, when needed")


class Homologation(Part):
    """The decision that opens the service (RGS, RSK-03)."""

    authority: str = Field(min_length=2, description="Function that decides")
    decided: date
    expires: date

    @model_validator(mode="after")
    def _ordered(self) -> Homologation:
        if self.expires <= self.decided:
            message = "expires must lie after decided"
            raise ValueError(message)
        return self


class DataProtection(Part):
    """Everything the register and the contract need."""

    roles: dict[str, Literal["controller", "joint_controller", "processor"]] = Field(
        description="The organisation's role, per product"
    )
    rights_contact: MailAddress = Field(description="Where people exercise their rights")
    security_officer: str = Field(min_length=2, description="Function answerable for security")
    register_: dict[str, Processing] = Field(
        alias="register", description="The register's entries, per product"
    )
    agreement: Agreement
    sub_processors: SubProcessors
    screening: Screening
    homologation: Homologation | None = Field(
        default=None, description="Obligatory before the service is public"
    )
