"""The environment as the product reads it: names, defaults, and silence about what it ignores."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

_NO = frozenset({"", "0", "false", "no", "off"})
# A code outside this list stops the start, as it does in the product.
_KNOWN_LOCALES = frozenset(
    [
        "ar",
        "bg",
        "ca",
        "cs",
        "da",
        "de",
        "el",
        "en",
        "eo",
        "es",
        "es-MX",
        "es-PY",
        "et",
        "eu",
        "fi",
        "fi-plain",
        "fr",
        "fr-CA",
        "fr-LU",
        "ga",
        "gl",
        "he-IL",
        "hr",
        "hu",
        "id",
        "is",
        "it",
        "ja",
        "ka",
        "ko",
        "lb",
        "lt",
        "lv",
        "mt",
        "nl",
        "no",
        "oc-FR",
        "pl",
        "pt",
        "pt-BR",
        "ro",
        "ru",
        "sk",
        "sl",
        "sr",
        "sv",
        "tr",
        "uk",
        "vi",
        "zh-CN",
        "zh-TW",
    ]
)
_DEFAULT_LOCALES = "en,bg,ar,ca,cs,da,de,el,eo,es,et,eu,fi,fr"
PUBLIC_SECRET_KEY_BASE = "dummy"
PUBLIC_HEALTH_TOKEN = "decidim"


class UnknownLocaleError(ValueError):
    """The product cannot start with a language it has no texts for."""


class UnknownStorageError(ValueError):
    """The product cannot start with a storage service that its configuration does not name."""


@dataclass(frozen=True)
class Environment:
    """The variables of a process; everything not asked for here is ignored without a word."""

    values: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        """The value, or the default when it is missing or empty."""
        return self.values.get(name, "") or default

    def integer(self, name: str, default: int) -> int:
        """A whole number; what is none counts as 0, as Ruby reads it."""
        text = self.text(name, str(default)).strip()
        return int(text) if text.lstrip("-").isdigit() else 0

    def enabled(self, name: str, *, default: bool = False) -> bool:
        """A switch."""
        text = self.text(name).strip().lower()
        return text not in _NO if text else default

    @property
    def production(self) -> bool:
        return self.text("RAILS_ENV", "development") == "production"

    @property
    def secret_key_base(self) -> str:
        """The root of all encryption; without one, the image's public one serves happily."""
        return self.text("SECRET_KEY_BASE", PUBLIC_SECRET_KEY_BASE)

    @property
    def database_url(self) -> str:
        """Where the database is, from the one name or from the five."""
        if url := self.text("DATABASE_URL"):
            scheme, _, rest = url.partition("://")
            return f"postgres://{rest}" if scheme in {"postgis", "postgresql"} else url
        host, port = self.text("DATABASE_HOST", "localhost"), self.text("DATABASE_PORT", "5432")
        user = quote(self.text("DATABASE_USERNAME", "postgres"), safe="")
        password = quote(self.text("DATABASE_PASSWORD"), safe="")
        secret = f":{password}" if password else ""
        return f"postgres://{user}{secret}@{host}:{port}/{self.text('DATABASE_NAME', 'osp_app')}"

    @property
    def redis_url(self) -> str:
        return self.text("REDIS_URL", "redis://localhost:6379/0")

    @property
    def jobs_survive(self) -> bool:
        """Whether jobs go through Redis; the default adapter keeps them in its own process."""
        return self.text("QUEUE_ADAPTER", "async") == "sidekiq"

    @property
    def cache_servers(self) -> tuple[tuple[str, int], ...]:
        """Hosts and ports of memcached."""
        found = []
        for each in self.text("MEMCACHE_SERVERS", "localhost:11211").split(","):
            host, _, port = each.strip().rpartition(":")
            found.append((host, int(port)) if host else (port, 11211))
        return tuple(found)

    @property
    def force_ssl(self) -> bool:
        """`auto` means yes in production."""
        text = self.text("DECIDIM_FORCE_SSL", "auto").lower()
        return self.production if text == "auto" else text not in _NO

    @property
    def locales(self) -> tuple[str, ...]:
        """The languages of the instance. Raises UnknownLocaleError."""
        text = self.text("DECIDIM_AVAILABLE_LOCALES", _DEFAULT_LOCALES)
        found = tuple(each.strip() for each in text.split(",") if each.strip())
        for each in found:
            if each not in _KNOWN_LOCALES:
                message = f"{each} is not a valid locale"
                raise UnknownLocaleError(message)
        return found

    @property
    def default_locale(self) -> str:
        return self.text("DECIDIM_DEFAULT_LOCALE", "en")

    @property
    def application_name(self) -> str:
        return self.text("DECIDIM_APPLICATION_NAME", "My Application Name")

    @property
    def mailer_sender(self) -> str:
        return self.text("DECIDIM_MAILER_SENDER", "change-me@example.org")

    @property
    def system_networks(self) -> tuple[str, ...]:
        """Addresses that may open the system pages; none means everybody."""
        text = self.text("DECIDIM_SYSTEM_ACCESSLIST_IPS")
        return tuple(each.strip() for each in text.split(",") if each.strip())

    @property
    def storage_service(self) -> str:
        """The name that uploads remember. Raises UnknownStorageError."""
        name = self.text("STORAGE_PROVIDER", "local")
        if name not in {"local", "minio", "s3", "amazon"}:
            message = f"Missing configuration for the {name} Active Storage service"
            raise UnknownStorageError(message)
        return name


def current() -> Environment:
    """The environment of this process."""
    return Environment(dict(os.environ))
