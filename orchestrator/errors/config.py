"""Faults of files that people write: the project, tenant files, platforms, sizes, settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from orchestrator.errors.root import ExitStatus, OrchestratorError


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong in a file, where it is, and what was probably meant.

    `line` is 0 when the whole file is meant; `key` is written with dots, as `backup.kept`.
    """

    file: str
    line: int
    key: str
    message: str
    nearest: str = ""

    @property
    def place(self) -> str:
        """File and line as editors and terminals understand them."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def sentence(self) -> str:
        """What is wrong, with the nearest right spelling."""
        return f"{self.message}, did you mean `{self.nearest}`?" if self.nearest else self.message


def _lines(faults: Sequence[Fault]) -> tuple[str, ...]:
    place = max(len(fault.place) for fault in faults)
    key = max(len(fault.key) for fault in faults)
    return tuple(
        f"{fault.place:<{place}}  {fault.key:<{key}}  {fault.sentence}" for fault in faults
    )


class FileFaultsError(OrchestratorError):
    """Files are not what they should be; every fault at once, as `faults`."""

    exit_status = ExitStatus.CONFIGURATION
    hints: tuple[str, ...] = ()

    def __init__(self, faults: Iterable[Fault], *, hints: tuple[str, ...] = ()) -> None:
        found = tuple(sorted(set(faults)))
        files = sorted({fault.file for fault in found})
        where = files[0] if len(files) == 1 else f"{len(files)} files"
        count = "1 fault" if len(found) == 1 else f"{len(found)} faults"
        super().__init__(
            f"{count} in {where}",
            hints=hints,
            details=_lines(found),
            context={"faults": len(found), "files": ", ".join(files)},
        )
        self.faults = found


class TenantFileFaultsError(FileFaultsError):
    """Tenant files are not what they should be."""

    code = "tenant-file-invalid"


class PlatformFileFaultsError(FileFaultsError):
    """A platform file is not what it should be."""

    code = "platform-file-invalid"


class SizeFileFaultsError(FileFaultsError):
    """A size file is not what it should be."""

    code = "size-file-invalid"


class KitFileFaultsError(FileFaultsError):
    """A kit file is not what it should be."""

    code = "kit-file-invalid"


class ProductFileFaultsError(FileFaultsError):
    """A product's own description is not what it should be."""

    code = "product-file-invalid"


class SettingsFaultsError(FileFaultsError):
    """The project's `orchestrator.toml` is not what it should be."""

    code = "settings-invalid"


class ProjectMissingError(OrchestratorError):
    """No folder from here upwards is a project."""

    code = "project-missing"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, start: str, *, origin: str) -> None:
        searched = not origin
        super().__init__(
            f"there is no project at {start}" + (" or above it" if searched else ""),
            why="a project is a folder that holds `tenants/`"
            + (f"; this one was named by {origin}" if origin else ""),
            hints=(
                "make one with `orchestrator init DIR`",
                "or name it with `--root DIR` or ORCHESTRATOR_ROOT",
            ),
            context={"start": start, "origin": origin},
        )


class ShippedMissingError(OrchestratorError):
    """A folder that comes with the product is not there."""

    code = "shipped-missing"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, name: str, *, searched: tuple[str, ...]) -> None:
        super().__init__(
            f"the folder `{name}` that comes with the orchestrator is not there",
            why=f"looked for it at {', '.join(searched)}",
            hints=("install the orchestrator anew: its files are not complete",),
            context={"name": name},
        )


class TenantNotFoundError(OrchestratorError):
    """There is no file of that tenant."""

    code = "tenant-not-found"
    exit_status = ExitStatus.NOT_FOUND

    def __init__(self, slug: str, *, folder: str, nearest: str = "") -> None:
        meant = (f"did you mean `{nearest}`?",) if nearest else ()
        super().__init__(
            f"there is no tenant `{slug}`",
            why=f"`{folder}` holds no file `{slug}.yaml`",
            hints=(*meant, "list them with `orchestrator tenant list`"),
            context={"tenant": slug, "nearest": nearest},
        )


class InstanceNotFoundError(OrchestratorError):
    """The tenant has no instance of that product."""

    code = "instance-not-found"
    exit_status = ExitStatus.NOT_FOUND

    def __init__(self, instance: str, *, known: tuple[str, ...], nearest: str = "") -> None:
        tenant, _, product = instance.partition("/")
        meant = (f"did you mean `{tenant}/{nearest}`?",) if nearest else ()
        super().__init__(
            f"{tenant} has no instance of `{product}`",
            why=f"its file names {', '.join(known)}",
            hints=(*meant, f"name it in `tenants/{tenant}.yaml`, below `instances`"),
            context={"instance": instance, "nearest": nearest},
        )


class SharedFileNotFoundError(OrchestratorError):
    """There is no file of that name among those that many tenants share."""

    exit_status = ExitStatus.NOT_FOUND
    kind: ClassVar[str]
    """What one of them is called; its folder is `_<kind>s`."""

    def __init__(self, name: str, *, known: tuple[str, ...], nearest: str = "") -> None:
        meant = (f"did you mean `{nearest}`?",) if nearest else ()
        super().__init__(
            f"there is no {self.kind} `{name}`",
            why=f"known are {', '.join(known) or 'none'}",
            hints=(*meant, f"describe it in `tenants/_{self.kind}s/`, one file a {self.kind}"),
            context={self.kind: name, "nearest": nearest},
        )


class PlatformNotFoundError(SharedFileNotFoundError):
    """There is no file of that platform."""

    code = "platform-not-found"
    kind = "platform"


class SizeNotFoundError(SharedFileNotFoundError):
    """There is no file of that size."""

    code = "size-not-found"
    kind = "size"


class KitNotFoundError(SharedFileNotFoundError):
    """There is no file of that kit."""

    code = "kit-not-found"
    kind = "kit"
