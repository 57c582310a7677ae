"""Which routes of a machine are in a sandbox's way."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from orchestrator.errors.root import ExitStatus
from orchestrator.errors.sandbox import AddressRangeTakenError
from orchestrator.sandbox.network import Use, overlapping

OURS = IPv4Network("10.168.0.0/16")
LINK = "orch123456h"
DEFAULT: dict[str, Any] = {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0"}


def use(*routes: dict[str, Any]) -> Use | None:
    return overlapping(OURS, LINK, routes)


@pytest.mark.parametrize(
    "route",
    [
        DEFAULT,
        {"dst": "192.0.2.0/24", "dev": "eth0"},
        {"dst": "10.167.0.0/16", "dev": "tun0"},
        {"dst": "10.168.128.0/24", "dev": LINK},
        {"dst": "0.0.0.0/1", "dev": "tun0"},
        {"type": "local", "dst": "127.0.0.1", "dev": "lo", "table": "local"},
    ],
)
def test_others_and_our_own_are_not_in_the_way(route: dict[str, Any]) -> None:
    assert use(route) is None


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ({"dst": "10.168.3.0/24", "dev": "docker0"}, "10.168.3.0/24 docker0"),
        ({"dst": "10.128.0.0/9", "dev": "tun0"}, "10.128.0.0/9 tun0"),
        ({"type": "local", "dst": "10.168.9.9", "dev": "d0"}, "10.168.9.9/32 d0"),
        ({"type": "unreachable", "dst": "10.168.0.0/16"}, "10.168.0.0/16 unreachable"),
        (
            {"type": "local", "dst": "10.168.3.0/24", "dev": "d1", "table": "1000"},
            "10.168.3.0/24 d1",
        ),
    ],
)
def test_what_leads_into_the_range_is_named(route: dict[str, Any], said: str) -> None:
    found = use(DEFAULT, route)
    assert found is not None
    assert f"{found.network} {found.device}" == said


def test_of_several_the_widest_is_named() -> None:
    narrow = {"type": "local", "dst": "10.168.9.9", "dev": "d0"}
    wide = {"dst": "10.168.9.0/24", "dev": "d0"}
    found = use(narrow, wide)
    assert found is not None
    assert str(found.network) == "10.168.9.0/24"


def test_another_name_is_advised_only_where_it_helps() -> None:
    here = AddressRangeTakenError(str(OURS), by="10.168.0.0/16 dev tun0")
    everywhere = AddressRangeTakenError(str(OURS), by="10.0.0.0/8 dev tun0", another_helps=False)
    assert here.exit_status == ExitStatus.OUTSIDE
    assert any("--name" in hint for hint in here.hints)
    assert everywhere.hints
    assert not any("--name" in hint for hint in everywhere.hints)
    assert "10.0.0.0/8 dev tun0" in everywhere.why
