"""What a release of Decidim says beside what every release says."""

from __future__ import annotations

from pydantic import Field

from orchestrator.model.release import Release


class DecidimRelease(Release):
    """One file of `products/decidim/releases/`."""

    workdir: str = Field(description="Folder that commands are run in")
    schema_version: str = Field(description="Newest migration; the database must say the same")
    web: tuple[str, ...] = Field(description="Command of the site")
    worker: tuple[str, ...] = Field(description="Command of the worker")
    migrate: tuple[str, ...] = Field(description="Commands of the migration job, in order")
    queues: tuple[str, ...] = Field(description="Every queue that jobs are put in")
    extensions: tuple[str, ...] = Field(description="Extensions of the database")
    storage_service: str = Field(description="Name of the object store in the application")
