"""What one Grist instance is rendered from, and the words all its parts share."""

from __future__ import annotations

from orchestrator.products.grist.instance import Grist
from orchestrator.products.grist.release import GristRelease
from orchestrator.products.grist.size import GristSize
from stacks.order import Order

GristOrder = Order[Grist, GristRelease, GristSize]

DATABASE = "database"
QUEUE = "queue"
WEB = "web"
WEB_PORT = 80
DATABASE_NAME = "grist"


def team(order: GristOrder) -> str:
    """Name of the one site."""
    return order.instance.team or order.tenant.slug


def first_start(order: GristOrder) -> bool:
    """Whether the server has yet to tell the administrator's key (grist-rudi.md A4)."""
    return "admin_key" not in order.secrets
