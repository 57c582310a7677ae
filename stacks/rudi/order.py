"""What one producer node of RUDI is rendered from, and the words all its parts share."""

from __future__ import annotations

from orchestrator.products.rudi.instance import Rudi
from orchestrator.products.rudi.release import RudiRelease
from orchestrator.products.rudi.size import RudiSize
from stacks.order import Order

RudiOrder = Order[Rudi, RudiRelease, RudiSize]

# The names that flows, plays and policies use, too.
CATALOG = "catalog"
STORAGE = "storage"
MANAGER = "manager"
GATE = "gate"
RELAY = "relay"
PURGE = "purge-events"
KEEPER = "keeper"
RESTORE = "restore-files"
RELOAD = "reload-files"

GATE_PORT = 4180
GATE_PATH = "/oauth2"
RUNNERS_PATH = "/orchestrator/runners"
