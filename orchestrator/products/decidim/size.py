"""What an instance of Decidim gets."""

from __future__ import annotations

from orchestrator.model.size import ProductSize, Resources, Storage, Workload


class DecidimSize(ProductSize):
    """Copies, shares and volumes of each part."""

    web: Workload
    worker: Workload
    database: Storage
    queue: Storage
    cache: Resources

    def parts(self) -> list[tuple[int, Resources]]:
        """Copies and share of every container."""
        return [
            *super().parts(),
            (self.web.replicas, self.web.resources),
            (self.worker.replicas, self.worker.resources),
            (1, self.database.resources),
            (1, self.queue.resources),
            (1, self.cache),
        ]

    def volumes(self) -> list[str]:
        """Every volume."""
        return [self.database.volume, self.queue.volume]
