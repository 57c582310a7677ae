"""What a control's check concludes, and the finding that people and reports are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from orchestrator.model.platform import Platform
from orchestrator.model.tenant import Tenant


class Verdict(StrEnum):
    """How a control stands; `unknown` is never counted as `pass`."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"
    MANUAL = "manual"
    WAIVED = "waived"


class Severity(StrEnum):
    """How bad a failure is; `critical` and `high` stop the work."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Facts:
    """What gate 1 judges: files alone. Time is given, so that the same facts say the same."""

    tenant: Tenant
    platform: Platform
    today: date

    @property
    def sandbox(self) -> bool:
        """Whether the platform is this machine, which holds no real data and serves nobody."""
        return self.platform.cluster.kind == "sandbox"


@dataclass(frozen=True)
class Judgement:
    """What a check says, with what it saw in one phrase."""

    verdict: Verdict
    message: str


@dataclass(frozen=True)
class Finding:
    """One control's verdict on one tenant."""

    control: str
    tenant: str
    verdict: Verdict
    message: str
    severity: Severity
    title: str
    remediation: str

    @property
    def blocking(self) -> bool:
        """Whether nothing may go on: a failure that counts, and no waiver."""
        grave = self.severity in (Severity.CRITICAL, Severity.HIGH)
        return grave and self.verdict is Verdict.FAIL


def passed(message: str) -> Judgement:
    """It is as it should be."""
    return Judgement(Verdict.PASS, message)


def failed(message: str) -> Judgement:
    """It is not as it should be."""
    return Judgement(Verdict.FAIL, message)


def not_applicable(reason: str) -> Judgement:
    """The rule has nothing to judge here, and why."""
    return Judgement(Verdict.NOT_APPLICABLE, reason)


def all_hold(faults: list[str], good: str) -> Judgement:
    """Pass with the good words when there is no fault, else fail with all of them."""
    return failed("; ".join(faults)) if faults else passed(good)
