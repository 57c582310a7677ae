"""The environment as the product reads it: names, defaults, and silence about what it ignores."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NO = frozenset({"", "0", "false", "no", "off"})
_DAY_MS = 24 * 3600 * 1000
# As in the product: a value that everybody can read in the source.
PUBLIC_SESSION_SECRET = "a-constant-that-stands-in-the-source-of-the-stand-in"
_DEFAULT_TIME_CAP = '{"hour": 25, "day": 32, "isoWeek": 12, "month": 96, "year": 1000}'
TIME_UNITS = ("hour", "day", "isoWeek", "month", "year")


class UnusableValueError(ValueError):
    """The product cannot start with this value of a variable."""


@dataclass(frozen=True)
class Environment:
    """The variables of a process; everything not asked for here is ignored without a word."""

    values: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        """The value, or the default when it is missing or empty."""
        return self.values.get(name, "") or default

    def number(self, name: str, default: float) -> float:
        """A number. Raises UnusableValueError."""
        text = self.text(name, str(default))
        try:
            return float(text)
        except ValueError:
            raise UnusableValueError(f"{name} is not a number") from None  # noqa: EM102

    def enabled(self, name: str, *, default: bool = False) -> bool:
        """A switch."""
        return switched(self.text(name), default=default)

    def mapping(self, name: str, default: str = "{}") -> Mapping[str, Any]:
        """An object in JSON. Raises UnusableValueError."""
        try:
            found = json.loads(self.text(name, default))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise UnusableValueError(f"{name} is not a JSON object")  # noqa: EM102
        return found

    @property
    def address(self) -> tuple[str, int]:
        return self.text("GRIST_HOST", "localhost"), int(self.number("PORT", 8484))

    @property
    def instance_folder(self) -> Path:
        return Path(self.text("GRIST_INST_DIR", "."))

    @property
    def documents_folder(self) -> Path:
        return Path(self.text("GRIST_DATA_DIR", str(self.instance_folder / "docs")))

    @property
    def home_url(self) -> str:
        return self.text("APP_HOME_URL").rstrip("/")

    @property
    def session_secret(self) -> str:
        return self.text("GRIST_SESSION_SECRET", PUBLIC_SESSION_SECRET)

    @property
    def session_cookie(self) -> str:
        return self.text("GRIST_SESSION_COOKIE", "grist_sid")

    @property
    def session_age_ms(self) -> int | None:
        """How long a browser keeps its session; None is until it is closed."""
        if self.text("COOKIE_MAX_AGE") == "none":
            return None
        return int(self.number("COOKIE_MAX_AGE", 90 * _DAY_MS))

    @property
    def single_org(self) -> str:
        return self.text("GRIST_SINGLE_ORG").lower()

    @property
    def roles(self) -> str:
        return self.text("GRIST_SERVERS", "home,docs,static")

    @property
    def support_email(self) -> str:
        return self.text("GRIST_SUPPORT_EMAIL", "support@getgrist.com").lower()

    @property
    def default_email(self) -> str:
        return self.text("GRIST_DEFAULT_EMAIL", "you@example.com").lower()

    @property
    def backup_delay_s(self) -> float:
        return self.number("GRIST_BACKUP_DELAY_SECS", 15)

    @property
    def snapshot_keep(self) -> int:
        return int(self.number("GRIST_SNAPSHOT_KEEP", 5))

    @property
    def snapshot_time_cap(self) -> Mapping[str, int]:
        """How many snapshots of each span are kept. Raises UnusableValueError."""
        found = self.mapping("GRIST_SNAPSHOT_TIME_CAP", _DEFAULT_TIME_CAP)
        if missing := [unit for unit in TIME_UNITS if not isinstance(found.get(unit), int)]:
            message = f"GRIST_SNAPSHOT_TIME_CAP lacks {', '.join(missing)}"
            raise UnusableValueError(message)
        return found


def switched(text: str, *, default: bool = False) -> bool:
    """A switch as the product reads it, in the environment and in the home database."""
    text = text.strip().lower()
    return text not in _NO if text else default


def current() -> Environment:
    """The environment of this process."""
    return Environment(dict(os.environ))
