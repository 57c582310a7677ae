"""What an instance of RUDI's producer node gets."""

from __future__ import annotations

from orchestrator.model.size import ProductSize, Resources, Storage


class RudiSize(ProductSize):
    """Shares and volumes of each part; each has one copy, since none may run twice."""

    catalog: Resources
    storage: Storage
    manager: Storage
    database: Storage
    gate: Resources
    keeper: Resources

    def parts(self) -> list[tuple[int, Resources]]:
        """Share of every container; the gate beside its successor, as it is replaced."""
        return [
            *super().parts(),
            (1, self.catalog),
            (1, self.storage.resources),
            (1, self.manager.resources),
            (1, self.database.resources),
            (2, self.gate),
            (1, self.keeper),
        ]

    def volumes(self) -> list[str]:
        """Every volume."""
        return [self.database.volume, self.storage.volume, self.manager.volume]
