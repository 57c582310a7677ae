"""One file a verb; each reads like its runbook."""
