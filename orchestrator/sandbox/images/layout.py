"""Write an image as the OCI image layout in one tar, byte for byte the same each time.

The index lists the manifest twice, once by tag and once by digest, because a container runtime
gives an imported image exactly the names it finds there, and workloads ask for the digest.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.sandbox.images.archive import reference_of, tag_of
from orchestrator.sandbox.images.recipe import Recipe

_CHUNK = 1 << 20
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_CREATED = "1970-01-01T00:00:00Z"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Layer:
    """A compressed layer with the digests the manifest and the configuration ask for."""

    path: Path
    digest: str
    content_digest: str


def compressed(plain: Path, target: Path) -> Layer:
    """Compress a layer tar; fast rather than small, since it is read once on this machine."""
    inner = hashlib.sha256()
    # no file name and no time in the header: the same bytes each time
    with (
        plain.open("rb") as source,
        target.open("wb") as out,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=out, mtime=0) as packed,
    ):
        while chunk := source.read(_CHUNK):
            inner.update(chunk)
            packed.write(chunk)
    return Layer(target, _file_digest(target), f"sha256:{inner.hexdigest()}")


def write_layout(target: Path, recipe: Recipe, layers: Sequence[Layer]) -> None:
    """Write the whole layout; `index.json` comes first, so that it is found at once."""
    config = _json(_configuration(recipe, layers))
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": _descriptor(_CONFIG, config),
            "layers": [
                {"mediaType": _LAYER, "digest": one.digest, "size": one.path.stat().st_size}
                for one in layers
            ],
        }
    )
    pointer = _descriptor(_MANIFEST, manifest)
    names = (
        tag_of(recipe.name, recipe.version),
        reference_of(recipe.name, str(pointer["digest"])),
    )
    index = {
        "schemaVersion": 2,
        "mediaType": _INDEX,
        "manifests": [{**pointer, "annotations": _names(name)} for name in names],
    }
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as layout:
        _add(layout, "index.json", _json(index))
        _add(layout, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        for blob in (manifest, config):
            _add(layout, f"blobs/sha256/{hashlib.sha256(blob).hexdigest()}", blob)
        for layer in layers:
            info = tarfile.TarInfo(f"blobs/sha256/{layer.digest.removeprefix('sha256:')}")
            info.size = layer.path.stat().st_size
            with layer.path.open("rb") as source:
                layout.addfile(info, source)


def _configuration(recipe: Recipe, layers: Sequence[Layer]) -> dict[str, Any]:
    process = recipe.process
    return {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "created": _CREATED,
        "config": {
            "User": process.user,
            "Entrypoint": list(process.entrypoint),
            "Cmd": list(process.command),
            "Env": [f"{name}={value}" for name, value in process.environment],
            "WorkingDir": process.directory,
            "ExposedPorts": {f"{port}/tcp": {} for port in process.ports},
            "Labels": {
                "org.opencontainers.image.title": recipe.name,
                "org.opencontainers.image.version": recipe.version,
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [layer.content_digest for layer in layers]},
        "history": [{"created": _CREATED, "created_by": recipe.name} for _ in layers],
    }


def _names(name: str) -> Mapping[str, str]:
    return {
        "io.containerd.image.name": name,
        "org.opencontainers.image.ref.name": name.rpartition(":")[2],
    }


def _descriptor(kind: str, blob: bytes) -> dict[str, str | int]:
    digest = f"sha256:{hashlib.sha256(blob).hexdigest()}"
    return {"mediaType": kind, "digest": digest, "size": len(blob)}


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _add(layout: tarfile.TarFile, name: str, blob: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(blob)
    layout.addfile(info, io.BytesIO(blob))


def _file_digest(path: Path) -> str:
    with path.open("rb") as source:
        return f"sha256:{hashlib.file_digest(source, 'sha256').hexdigest()}"
