"""What a release of RUDI's producer node says beside what every release says."""

from __future__ import annotations

from pydantic import Field

from orchestrator.model.part import Part
from orchestrator.model.release import Release


class Module(Part):
    """One of the three modules, each in a deployment of its own."""

    port: int = Field(description="TCP port it listens on")
    readiness: str = Field(description="HTTP path that answers 200 once it can work")


class Modules(Part):
    """All of them."""

    catalog: Module
    storage: Module
    manager: Module


class Paths(Part):
    """What of a module's addresses is public: what is not named here is not routed at all."""

    catalog: tuple[str, ...] = Field(description="Reading descriptions, for everybody")
    catalog_exactly: tuple[str, ...] = Field(description="The same, without what lies below")
    storage: tuple[str, ...] = Field(description="Reading files, for everybody")
    uploads: tuple[str, ...] = Field(description="Sending files, with a token")
    manager: tuple[str, ...] = Field(description="Pages and interface, behind the gate")
    refused: tuple[str, ...] = Field(description="Shut to everybody, in so many words")
    refused_pattern: str = Field(
        description="The same of the manager in any case of letters, which it does not tell apart"
    )


class RudiRelease(Release):
    """One file of `products/rudi/releases/`."""

    modules: Modules
    paths: Paths
    templates: str = Field(description="Folder in the image with the templates of settings")
    driver_from: str = Field(description="Module in whose dependencies the database driver lies")
    catalog_database: str = Field(description="Name of the catalog's database, kept for good")
    storage_database: str = Field(description="Name of the storage's database, kept for good")
    manager_file: str = Field(description="Name of the file with the manager's accounts")
    media_events: str = Field(description="Collection that remembers who did what with a file")
    events_date: str = Field(description="Field of it that says when")
    api_version: str = Field(description="Version of descriptions that the catalog takes")
