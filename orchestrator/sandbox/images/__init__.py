"""Images of the sandbox, made on this machine from Debian packages alone.

There is no registry and no image builder: a root file system by mmdebstrap, one shared base
layer, one layer an image, an OCI layout in a tar that the container runtime imports.
"""

from __future__ import annotations

from orchestrator.sandbox.images.archive import ImageArchive
from orchestrator.sandbox.images.build import build_all, built_all

__all__ = ["ImageArchive", "build_all", "built_all"]
