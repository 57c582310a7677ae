"""What one Decidim instance is rendered from, and the words all its parts share."""

from __future__ import annotations

from orchestrator.products.decidim.instance import Decidim
from orchestrator.products.decidim.release import DecidimRelease
from orchestrator.products.decidim.size import DecidimSize
from stacks.order import Order

DecidimOrder = Order[Decidim, DecidimRelease, DecidimSize]

# The names that flows, plays and policies use, too.
DATABASE = "database"
QUEUE = "queue"
CACHE = "cache"
WEB = "web"
WORKER = "worker"
MIGRATION = "migrate"

CACHE_PORT = 11211
WEB_PORT = 80
