"""The sandbox's own tools: on the PATH, in the cache, or built from pinned Go modules."""
