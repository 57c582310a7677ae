"""The images of a sandbox."""

from __future__ import annotations

from orchestrator.sandbox.images.recipe import Recipe
from orchestrator.sandbox.images.servers import (
    COPIER,
    KEEPER,
    MEMCACHED,
    OAUTH2_PROXY,
    PAUSE,
    POSTGRESQL,
    REDIS,
    TOOLBOX,
)
from orchestrator.sandbox.images.standins import DECIDIM, DECIDIM_BEFORE, GRIST, MONGODB, RUDI

# In the order they are wanted: a node can start with the first alone, and the last carries what is
# compiled meanwhile.
RECIPES: tuple[Recipe, ...] = (
    *(PAUSE, TOOLBOX, POSTGRESQL, REDIS, MEMCACHED),
    *(DECIDIM, DECIDIM_BEFORE, GRIST, COPIER, MONGODB, RUDI, KEEPER),
    OAUTH2_PROXY,
)
