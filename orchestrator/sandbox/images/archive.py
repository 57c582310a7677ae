"""A finished image: one OCI layout in a tar, and the names it is used by."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = "sandbox.orchestrator.local"


@dataclass(frozen=True)
class ImageArchive:
    """An image on disk, to be imported into the container runtime.

    `reference` names it by digest and is what workloads use; `tag` is for the few places that
    cannot take a digest. Both names stand in the archive, so one import sets both.
    """

    name: str
    path: Path
    tag: str
    reference: str

    @property
    def digest(self) -> str:
        """The digest of the manifest: `sha256:` and 64 hex digits."""
        return self.reference.partition("@")[2]


def tag_of(name: str, version: str) -> str:
    """The name of an image by version."""
    return f"{REPOSITORY}/{name}:{version}"


def reference_of(name: str, digest: str) -> str:
    """The name of an image by the digest of its manifest."""
    return f"{REPOSITORY}/{name}@{digest}"


def open_archive(path: Path, name: str, version: str) -> ImageArchive:
    """Read what a cached archive holds. Raises OSError, KeyError or TarError when it is damaged."""
    with tarfile.open(path, "r:") as layout:
        member = layout.extractfile("index.json")
        if member is None:
            raise KeyError("index.json")
        index = json.load(member)
    digest = index["manifests"][0]["digest"]
    return ImageArchive(name, path, tag_of(name, version), reference_of(name, digest))
