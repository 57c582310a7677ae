"""An operator's own project: a folder with tenants, which finds all else by itself."""

from __future__ import annotations

import shutil
from pathlib import Path

from orchestrator.config import schema
from orchestrator.errors.usage import FileInTheWayError, FileUnwritableError
from orchestrator.settings import packaged

_IGNORED = "# Runs, states and leases of this machine.\n.orchestrator/\n"
_README = """# Our tenants

Each file of `tenants/` is one organisation, reviewed like code. What it leaves out comes from
`tenants/_defaults.yaml`. Platforms, sizes, policies and plays come with the orchestrator; a file of
the same name here wins over the shipped one.

    orchestrator tenant new SLUG        write the file of a new organisation
    orchestrator tenant validate        check all files
    orchestrator plan SLUG              see what would change
    orchestrator onboard SLUG           bring it to live service
"""
_COPIED = ("_platforms", "_sizes", "_kits")


def make(folder: Path, *, copy: bool) -> tuple[Path, ...]:
    """Write the project; with `copy`, shipped platforms, sizes and kits too, to be changed here.

    Raises FileInTheWayError before anything is written, FileUnwritableError.
    """
    if (folder / "tenants").exists():
        raise FileInTheWayError(str(folder / "tenants"))
    shipped = packaged("tenants")
    bodies = {
        "tenants/_defaults.yaml": (shipped / "_defaults.yaml").read_text(encoding="utf-8"),
        f"tenants/{schema.FILE}": schema.text(),
        ".gitignore": _IGNORED,
        "README.md": _README,
    }
    try:
        written = [_write(folder / name, body) for name, body in bodies.items()]
        for name in _COPIED if copy else ():
            shutil.copytree(shipped / name, folder / "tenants" / name)
            written.append(folder / "tenants" / name)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileUnwritableError(str(error.filename or folder), reason=reason) from error
    return tuple(path for path in written if path)


def _write(path: Path, body: str) -> Path | None:
    """Write a file; one that is there already stays as it is."""
    if path.exists():
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body, encoding="utf-8")
    return path
