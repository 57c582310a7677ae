"""Judging facts against the catalogue; unknown is never pass."""

from __future__ import annotations

from orchestrator.policy.finding import Facts, Finding, Severity, Verdict
from orchestrator.policy.gate import evaluate, gate_tenant, refuse

__all__ = ["Facts", "Finding", "Severity", "Verdict", "evaluate", "gate_tenant", "refuse"]
