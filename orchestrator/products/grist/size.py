"""What an instance of Grist gets."""

from __future__ import annotations

from pydantic import Field

from orchestrator.model.size import ProductSize, Quantity, Resources, Storage


class GristSize(ProductSize):
    """Shares and volumes of each part; a document is held by exactly one server."""

    web: Resources
    database: Storage
    queue: Storage
    copier: Resources = Field(description="What carries documents into the store of backups")
    documents: str = Quantity
    """Room for open documents, which live in the bucket and are fetched when they are opened."""

    def parts(self) -> list[tuple[int, Resources]]:
        """Copies and share of every container."""
        return [
            *super().parts(),
            (1, self.web),
            (1, self.database.resources),
            (1, self.queue.resources),
            (1, self.copier),
        ]

    def volumes(self) -> list[str]:
        """Every volume."""
        return [self.database.volume, self.queue.volume]
