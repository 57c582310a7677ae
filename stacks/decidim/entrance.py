"""The public side: everybody's pages, and the system pages for whom the tenant file names.

The product's own rate limit is switched off in the images we know (decidim.md 1.4), and its system
pages are one password away from everything, so both are the entrance's work.
"""

from __future__ import annotations

from stacks.decidim.order import WEB, DecidimOrder
from stacks.entrance import Door, door
from stacks.resource import Resource

# The product takes attachments of 10 MB; several may come with one form.
BODY_MB = 25
REQUESTS_A_MINUTE = 600
SYSTEM_REQUESTS_A_MINUTE = 60
SYSTEM_PATHS = ("/system", "/sidekiq")


def entrance(order: DecidimOrder, tls: Resource) -> tuple[Resource, ...]:
    """One Ingress for everybody, one for the paths of the platform's own staff."""
    access = order.instance.system_access
    public = Door(WEB, WEB, requests=REQUESTS_A_MINUTE, body_mb=BODY_MB)
    system = Door(
        "system",
        WEB,
        SYSTEM_PATHS,
        requests=SYSTEM_REQUESTS_A_MINUTE,
        body_mb=BODY_MB,
        only_from=access,
        shut=not access,
    )
    return (door(order, tls, public), door(order, tls, system))
