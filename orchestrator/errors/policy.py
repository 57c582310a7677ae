"""Faults of judging: a control that stops the work, a policy file that cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.errors.config import FileFaultsError
from orchestrator.errors.root import ExitStatus, OrchestratorError


@dataclass(frozen=True)
class Refusal:
    """One control that stops the work: what it demands, what was seen, and what mends it."""

    control: str
    severity: str
    title: str
    message: str
    remediation: str


class PolicyRefusedError(OrchestratorError):
    """Blocking controls fail and nobody waived them."""

    code = "policy-refused"
    exit_status = ExitStatus.POLICY

    def __init__(self, tenant: str, refusals: Sequence[Refusal]) -> None:
        count = "1 control does" if len(refusals) == 1 else f"{len(refusals)} controls do"
        lines = []
        for one in refusals:
            lines.append(f"{one.control}  {one.severity}: {one.title}")
            lines += [f"        {text}" for text in (one.message, one.remediation)]
        super().__init__(
            f"{count} not let {tenant} go on",
            why="they fail at severity high or critical, and no waiver holds; nothing was changed",
            details=tuple(lines),
            hints=(
                f"correct the file, then see `orchestrator tenant validate {tenant} --policy`",
                "or record who accepts it until when in `policies/waivers/`",
            ),
            context={"tenant": tenant, "controls": " ".join(one.control for one in refusals)},
        )
        self.refusals = tuple(refusals)


class PolicyFileFaultsError(FileFaultsError):
    """A file of `policies/` is not what it should be."""

    code = "policy-file-invalid"
