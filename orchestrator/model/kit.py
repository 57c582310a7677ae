"""A kit: what a new tenant's file says beside who the organisation is, chosen for one purpose."""

from __future__ import annotations

from pydantic import Field

from orchestrator.model.part import Duration, Part


class Purpose(Part):
    """What a kit is for, for two readers."""

    fr: str = Field(min_length=3)
    en: str = Field(min_length=3)


class Kit(Part):
    """One file of `_kits/`.

    Its parts are text, for the sake of the comments that say why; each is put at its place of the
    tenant file, and the whole is checked like any other before it is written. `{until}` stands for
    the last day of a training.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    serves: Purpose
    head: str = Field(default="", description="Comment at the head of the file")
    instance: str = Field(default="", description="Keys below `instances.decidim`")
    tenant: str = Field(default="", description="Keys of the tenant itself")
    categories: str = Field(default="", description="The register's categories, a list")
    screening: str = Field(default="criteria: []", description="Keys below `screening`")
    lasts: Duration = Field(default="90d", description="How long a training is, from today")
