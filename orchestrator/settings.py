"""Where the project is and what it was told, each value with its origin.

A flag wins over a variable, a variable over the project's `orchestrator.toml`, the file over what
is built in. Files that come with the product are found here too: a project's own folder wins, else
the installed package's, else the clone's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_cache_path

from orchestrator.errors.config import (
    Fault,
    ProjectMissingError,
    SettingsFaultsError,
    ShippedMissingError,
)

FILE = "orchestrator.toml"
BUILT_IN = "built-in"
Shipped = Literal["playbooks", "policies", "tenants", "stacks"]

_APP = "orchestrator"
_VARIABLES = {
    "state": "ORCHESTRATOR_STATE_DIR",
    "cache": "ORCHESTRATOR_CACHE_DIR",
    "sandboxes": "ORCHESTRATOR_SANDBOX_DIR",
    "language": "ORCHESTRATOR_LANG",
}
_SANDBOXES = Path("/var/lib/orchestrator/sandboxes")  # one machine, one place: root's alone
_LANGUAGES = ("", "en", "fr")
_PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Value:
    """One setting as people see it, and who gave it: a flag, a variable, file:line, built-in."""

    name: str
    text: str
    origin: str


@dataclass(frozen=True)
class Settings:
    """The project and its choices; `values` says where each comes from.

    `language` is empty when nobody chose one: then the locale decides. `instruction` is on whose
    word this one command changes something, as `model.act.instruction` lets it through.
    """

    root: Path
    state: Path
    cache: Path
    sandboxes: Path
    language: str
    values: tuple[Value, ...]
    instruction: str = ""

    @property
    def spoken(self) -> str:
        """`fr` or `en`: as chosen, else as this machine's locale has it."""
        return self.language or by_locale()

    @property
    def has_project(self) -> bool:
        """Whether there is one, rather than a machine alone."""
        return self.tenants.is_dir()

    @property
    def tenants(self) -> Path:
        """The project's own tenant files."""
        return self.root / "tenants"

    @property
    def runs(self) -> Path:
        """One folder for each run."""
        return self.state / "runs"

    @property
    def journal(self) -> Path:
        """The journal of acts, one file a month."""
        return self.state / "journal"

    @property
    def drills(self) -> Path:
        """Signed records of restore drills, a file each."""
        return self.state / "drills"

    def shipped(self, name: Shipped) -> Path:
        """The project's own folder where it has one, else the one that comes with the product.

        Raises ShippedMissingError.
        """
        own = self.root / name
        return own if own.is_dir() else packaged(name)

    def layers(self, name: Shipped) -> tuple[Path, ...]:
        """Every folder of that name, the project's own first: for looking up single files."""
        own = self.root / name
        try:
            ours = packaged(name)
        except ShippedMissingError:
            return (own,)
        return (own,) if own.is_dir() and own.samefile(ours) else (own, ours)


def packaged(name: Shipped) -> Path:
    """The folder that comes with the product, whatever the project has. Raises as `shipped`."""
    places = (_PACKAGE / "shipped" / name, _PACKAGE.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise ShippedMissingError(name, searched=tuple(str(place) for place in places))


def load(root: Path | None = None, *, language: str = "", needed: bool = True) -> Settings:
    """Find the project and gather its settings; the arguments are what the flags say.

    What is about this machine works without a project: then `needed` is false, and the current
    folder takes its place unless another was named.
    Raises ProjectMissingError when there is no project, SettingsFaultsError for a bad file.
    """
    found, origin = _root(root, needed=needed)
    file = _File.read(found / FILE)
    state = _one("state", file, found, found / ".orchestrator")
    cache = _one("cache", file, found, user_cache_path(_APP))
    sandboxes = _one("sandboxes", file, found, _SANDBOXES)
    spoken = Value("language", language, "--lang") if language else _one("language", file, None, "")
    return Settings(
        root=found,
        state=Path(state.text),
        cache=Path(cache.text),
        sandboxes=Path(sandboxes.text),
        language=spoken.text,
        values=(Value("root", str(found), origin), state, cache, sandboxes, spoken),
    )


def by_locale() -> str:
    """`fr` where the locale is French, else `en`."""
    import locale

    named = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "fr" if named.lower().startswith("fr") else "en"


def _root(given: Path | None, *, needed: bool) -> tuple[Path, str]:
    variable = os.environ.get("ORCHESTRATOR_ROOT", "")
    named, origin = (given, "--root") if given else (Path(variable), "ORCHESTRATOR_ROOT")
    if given or variable:
        folder = named.expanduser().resolve()
        if not (folder / "tenants").is_dir():
            raise ProjectMissingError(str(folder), origin=origin)
        return folder, origin
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "tenants").is_dir():
            return folder, "found from the current folder"
    if not needed:
        return here, "the current folder, for want of a project"
    raise ProjectMissingError(str(here), origin="")


def _one(name: str, file: _File, base: Path | None, default: Path | str) -> Value:
    """One value by precedence; a path is relative to the project in the file, else to here."""
    variable = _VARIABLES[name]
    if given := os.environ.get(variable, ""):
        if name == "language" and given not in _LANGUAGES:
            raise SettingsFaultsError(
                [Fault(variable, 0, name, f"must be en or fr, not `{given}`")]
            )
        text = str(Path(given).expanduser().resolve()) if base else given
        return Value(name, text, variable)
    if name in file.values:
        told = file.values[name]
        text = str((base / Path(told).expanduser()).resolve()) if base else told
        return Value(name, text, f"{FILE}:{file.line(name)}")
    return Value(name, str(default), BUILT_IN)


@dataclass(frozen=True)
class _File:
    """The project's own settings, checked."""

    text: str
    values: Mapping[str, str]

    @classmethod
    def read(cls, path: Path) -> _File:
        try:
            text = path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            return cls("", {})
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsFaultsError([_unreadable(error)]) from error
        file = cls(text, _table(text))
        if faults := file.faults():
            raise SettingsFaultsError(faults)
        return file

    def line(self, key: str) -> int:
        """Where a key stands."""
        pattern = re.compile(rf"""^\s*\[*\s*["']?{re.escape(key)}\b""")
        lines = enumerate(self.text.splitlines(), 1)
        return next((number for number, line in lines if pattern.match(line)), 0)

    def faults(self) -> list[Fault]:
        """Unknown keys and values of another kind."""
        from difflib import get_close_matches

        found = []
        for key, value in self.values.items():
            if key not in _VARIABLES:
                nearest = next(iter(get_close_matches(key, _VARIABLES, n=1)), "")
                found.append(Fault(FILE, self.line(key), key, "unknown key", nearest))
            elif not isinstance(value, str):
                found.append(Fault(FILE, self.line(key), key, "must be text, in quotes"))
            elif key == "language" and value not in _LANGUAGES:
                message = f"must be en or fr, not `{value}`"
                found.append(Fault(FILE, self.line(key), key, message))
        return found


def _table(text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsFaultsError([_unreadable(error)]) from error


def _unreadable(error: Exception) -> Fault:
    if isinstance(error, UnicodeDecodeError):
        return Fault(FILE, 0, "", "is not UTF-8")
    if isinstance(error, OSError):
        return Fault(FILE, 0, "", f"cannot be read: {error.strerror}")
    match = re.search(r"line (\d+)", str(error))
    return Fault(FILE, int(match[1]) if match else 0, "", f"is not TOML: {error}")
