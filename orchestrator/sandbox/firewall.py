"""Which doors of the cloud's namespace are open: those that a real cloud has, and no others.

The object store also listens on doors of its own that ask for no key; a pod must not reach them.
"""

from __future__ import annotations

from orchestrator.sandbox.layout import Layout
from orchestrator.sandbox.network import inside
from orchestrator.sandbox.parts.cloud import (
    INBOX_PORT,
    MAIL_PORT,
    OBJECTS_PORT,
    SECRETS_PORT,
    SECURE_OBJECTS_PORT,
)

_OPEN = (SECRETS_PORT, OBJECTS_PORT, SECURE_OBJECTS_PORT, MAIL_PORT)


def close(layout: Layout) -> None:
    """Set the rules; setting them again changes nothing."""
    space = layout.cloud_space
    standing = inside(space, "iptables", "-S", "INPUT")
    doors = (*_OPEN, INBOX_PORT)
    if "-P INPUT DROP" in standing and all(f"--dport {port}" in standing for port in doors):
        return
    rules = [
        ("-F", "INPUT"),
        ("-A", "INPUT", "-i", "lo", "-j", "ACCEPT"),
        ("-A", "INPUT", "-m", "conntrack", "--ctstate", "ESTABLISHED,RELATED", "-j", "ACCEPT"),
        *(("-A", "INPUT", "-p", "tcp", "--dport", str(port), "-j", "ACCEPT") for port in _OPEN),
        (
            *("-A", "INPUT", "-s", f"{layout.host_address}/32"),
            *("-p", "tcp", "--dport", str(INBOX_PORT), "-j", "ACCEPT"),
        ),
        ("-P", "INPUT", "DROP"),
    ]
    for rule in rules:
        inside(space, "iptables", *rule)
