"""The sandbox's own network: two namespaces and two links, nothing else of this machine touched.

    this machine ── host link ── node namespace ── cloud link ── cloud namespace

The node routes between its pods and the cloud; this machine gets one route into the range. Nothing
leads out of it: a pod that tries to reach the world finds no way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from orchestrator.errors.sandbox import AddressRangeTakenError
from orchestrator.sandbox.layout import Layout
from orchestrator.tools import process

_EVERY_RANGE = IPv4Network("10.0.0.0/8")  # of which every sandbox has its part
_SPACES = Path("/run/netns")  # where `ip netns` keeps them
_LINKS = Path("/sys/class/net")
_CLOUD_LINKS = ("cloud", "node")  # seen from the node, seen from the cloud


@dataclass(frozen=True)
class Use:
    """What of this machine's network already leads into a range, and by which device."""

    network: IPv4Network
    device: str


def refuse_taken(layout: Layout) -> None:
    """Refuse a range that this machine already uses. Raises AddressRangeTakenError."""
    # Every table: a VPN may have one of its own, and the machine's addresses stand in `local`.
    listed = process.run(["ip", "-json", "-4", "route", "show", "table", "all"]).stdout
    use = overlapping(IPv4Network(layout.whole), layout.links[0], json.loads(listed or "[]"))
    if use is not None:
        raise AddressRangeTakenError(
            layout.whole,
            by=f"{use.network} dev {use.device}",
            another_helps=not use.network.supernet_of(_EVERY_RANGE),
        )


def overlapping(
    ours: IPv4Network, own_link: str, routes: Sequence[Mapping[str, Any]]
) -> Use | None:
    """The widest of the routes that leads into `ours`; our own link's do not count."""
    found = [
        Use(IPv4Network(route["dst"], strict=False), str(route.get("dev", route.get("type", "?"))))
        for route in routes
        if route["dst"] != "default" and route.get("dev") != own_link
    ]
    # What is wider than all private addresses stands for the default route, as many a VPN has it.
    uses = [
        use
        for use in found
        if use.network.overlaps(ours) and use.network.prefixlen >= _EVERY_RANGE.prefixlen
    ]
    return min(uses, key=lambda use: use.network.prefixlen, default=None)


def standing(layout: Layout) -> bool:
    """Whether both namespaces and this machine's route are there."""
    spaces = _spaces()
    if not {layout.node_space, layout.cloud_space} <= spaces:
        return False
    routes = process.run(["ip", "-4", "route", "show", layout.whole]).stdout
    return f"via {layout.node_address}" in routes


def up(layout: Layout) -> None:
    """Make what is missing; a half-made network of an earlier try is made anew."""
    if standing(layout):
        return
    down(layout)
    host, node = layout.links
    for space in (layout.node_space, layout.cloud_space):
        _ip("netns", "add", space)
        _ip("-n", space, "link", "set", "lo", "up")
    _ip("link", "add", host, "type", "veth", "peer", "name", node, "netns", layout.node_space)
    _ip("addr", "add", f"{layout.host_address}/24", "dev", host)
    _ip("link", "set", host, "up")
    _inside(layout.node_space, node, f"{layout.node_address}/24")
    ours, theirs = _CLOUD_LINKS
    _ip(
        *("-n", layout.node_space, "link", "add", ours, "type", "veth"),
        *("peer", "name", theirs, "netns", layout.cloud_space),
    )
    _inside(layout.node_space, ours, f"{layout.cloud_gateway}/24")
    _inside(layout.cloud_space, theirs, f"{layout.cloud_address}/24")
    _ip("-n", layout.cloud_space, "route", "add", "default", "via", layout.cloud_gateway)
    # the node needs a default route for its own addresses to be chosen; it leads to this machine,
    # which does not forward
    _ip("-n", layout.node_space, "route", "add", "default", "via", layout.host_address)
    for setting in ("net.ipv4.ip_forward", "net.bridge.bridge-nf-call-iptables"):
        inside(layout.node_space, "sysctl", "-q", "-w", f"{setting}=1")
    _ip("route", "add", layout.whole, "via", layout.node_address, "dev", host)


def down(layout: Layout) -> None:
    """Remove both namespaces; the links go with them."""
    spaces = _spaces()
    for space in (layout.cloud_space, layout.node_space):
        if space in spaces:
            _ip("netns", "delete", space)
    if (_LINKS / layout.links[0]).exists():
        process.run(["ip", "link", "delete", layout.links[0]], accept=(0, 1))


def inside(space: str, *argv: str) -> str:
    """Run a command in a network namespace; its standard output."""
    return process.run(["nsenter", f"--net=/run/netns/{space}", *argv]).stdout


def _inside(space: str, link: str, address: str) -> None:
    _ip("-n", space, "addr", "add", address, "dev", link)
    _ip("-n", space, "link", "set", link, "up")


def _spaces() -> set[str]:
    return {path.name for path in _SPACES.iterdir()} if _SPACES.is_dir() else set()


def _ip(*arguments: str) -> None:
    process.run(["ip", *arguments])
