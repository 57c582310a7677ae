"""Python packages that Debian does not have: fetched by their hash, unpacked, never run."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestrator.sandbox.images.recipe import Wheel
from orchestrator.tools import process

PLACE = "usr/lib/python3/dist-packages"
_TIMEOUT_S = 300.0


def unpack(wheels: Sequence[Wheel], work: Path, staging: Path, log: Path) -> None:
    """Fetch wheels through pip and unpack them into `staging`.

    Raises ToolFailedError when one cannot be had or is not the one we know.
    """
    if not wheels:
        return
    folder = work / "wheels"
    wanted = work / "wheels.txt"
    wanted.write_text(requirements(wheels), encoding="utf-8")
    process.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
            *("--only-binary=:all:", "--require-hashes", "--requirement", str(wanted)),
            *("--dest", str(folder)),
        ],
        process.Limits(timeout_s=_TIMEOUT_S, env=_environment(work), log=log),
    )
    for path in sorted(folder.glob("*.whl")):
        _unpacked(path, staging / PLACE)


def requirements(wheels: Sequence[Wheel]) -> str:
    """What pip reads: each package with its version and its hash."""
    return "".join(f"{each.name}=={each.version} --hash=sha256:{each.sha256}\n" for each in wheels)


def _unpacked(path: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(target)
    for each in target.rglob("*"):
        each.chmod(0o755 if each.is_dir() else 0o644)
    for folder in (target, *target.parents[:2]):
        folder.chmod(0o755)


def _environment(work: Path) -> Mapping[str, str]:
    """Where pip asks is the machine's own choice; what it gets is ours."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "HOME"}
        or name.startswith("PIP_")
        or name.lower().endswith("_proxy")
        or name in {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"}
    }
    return {**inherited, "TMPDIR": str(work)}
