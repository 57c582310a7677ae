"""The public side: everybody's pages, and what nobody outside may ask for."""

from __future__ import annotations

from stacks.entrance import Door, door
from stacks.grist.order import WEB, GristOrder, team
from stacks.resource import Resource

BODY_MB = 500
REQUESTS_A_MINUTE = 1200
# The server takes any site's name for its one site's, and large letters of a path for small ones.
OPERATORS = "(?i)^/(o/[^/]+/)?(boot|metrics|internal)(/|$)"


def entrance(order: GristOrder, tls: Resource) -> tuple[Resource, ...]:
    """One Ingress for everybody, one that shuts the operator's pages."""
    shut = ("/boot", f"/o/{team(order)}/boot", "/metrics", "/internal")
    public = Door(
        WEB,
        WEB,
        requests=REQUESTS_A_MINUTE,
        body_mb=BODY_MB,
        names_port=True,
        refused=OPERATORS,
    )
    return (door(order, tls, public), door(order, tls, Door("boot", WEB, shut, shut=True)))
