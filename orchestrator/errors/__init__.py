"""Every fault an operator can meet, as data: what happened, why, what to do next.

One module a topic; each class knows its code, its exit status and its sentences, so that the
terminal, the JSON envelope and `orchestrator explain CODE` cannot disagree. Import the classes
from the module of their topic; this package offers only the root and the table of codes.
"""

from __future__ import annotations

from orchestrator.errors.root import OrchestratorError, known_codes

__all__ = ["OrchestratorError", "known_codes"]
