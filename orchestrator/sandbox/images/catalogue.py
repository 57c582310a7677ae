"""The images of a sandbox; the stand-ins that nothing asks for yet are not among them."""

from __future__ import annotations

from orchestrator.sandbox.images.recipe import Recipe
from orchestrator.sandbox.images.servers import MEMCACHED, PAUSE, POSTGRESQL, REDIS, TOOLBOX
from orchestrator.sandbox.images.standins import DECIDIM, DECIDIM_BEFORE

# In the order they are wanted: a node can start with the first alone.
RECIPES: tuple[Recipe, ...] = (
    *(PAUSE, TOOLBOX, POSTGRESQL, REDIS, MEMCACHED),
    *(DECIDIM, DECIDIM_BEFORE),
)
