"""RUDI's producer node: its tenant keys, releases, secrets, plays and checks."""
