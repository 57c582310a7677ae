"""Organisations: which one answers for a host, and what a new one is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from orchestrator.sandbox.standins.decidim.database import Database

REGISTRATION_MODES = ("enabled", "existing", "disabled")
PAGES = {
    "terms-of-service": {"en": "Terms of service", "fr": "Conditions d'utilisation"},
    "help": {"en": "Help", "fr": "Aide"},
    "accessibility": {"en": "Accessibility", "fr": "Accessibilité"},
}

Match = tuple[Mapping[str, Any], Literal["host", "secondary"]]


def match(organizations: Iterable[Mapping[str, Any]], host: str) -> Match | None:
    """The organisation of a host, and whether that is its main one."""
    wanted = host.lower()
    every = list(organizations)
    for each in every:
        if each["host"] == wanted:
            return each, "host"
    for each in every:
        if wanted in each["secondary_hosts"]:
            return each, "secondary"
    return None


def every(database: Database) -> list[dict[str, Any]]:
    """All organisations, oldest first; an instance has one."""
    return database.rows("SELECT * FROM decidim_organizations ORDER BY id")


def of_host(database: Database, host: str) -> dict[str, Any] | None:
    """The organisation whose main host this is."""
    return database.row("SELECT * FROM decidim_organizations WHERE host = %s", host)


def of_number(database: Database, number: int | None) -> dict[str, Any] | None:
    """The organisation of that number."""
    return database.row("SELECT * FROM decidim_organizations WHERE id = %s", number)


def title(organization: Mapping[str, Any], locale: str = "") -> str:
    """The name in a language, or in whichever it has."""
    name = organization["name"]
    chosen = name.get(locale or organization["default_locale"])
    return str(chosen or next(iter(name.values()), ""))


def make_pages(database: Database, organization: Mapping[str, Any]) -> None:
    """The pages that every organisation begins with."""
    for slug, titles in PAGES.items():
        locales = organization["available_locales"]
        texts = {each: titles.get(each, titles["en"]) for each in locales}
        database.insert(
            "decidim_static_pages",
            slug=slug,
            title=texts,
            content={each: f"<p>{text}</p>" for each, text in texts.items()},
            decidim_organization_id=organization["id"],
            allow_public_access=slug == "terms-of-service",
        )


def reconcile_pages(
    database: Database, organization: int, asked: Iterable[Mapping[str, Any]]
) -> bool:
    """Bring pages to the words asked for, leaving other languages; says whether any changed."""
    changed = False
    for page in asked:
        found = database.row(
            "SELECT * FROM decidim_static_pages WHERE decidim_organization_id = %s AND slug = %s",
            organization,
            page["slug"],
        )
        wanted: dict[str, Any] = {
            **{
                name: {**(found[name] if found else {}), **page[name]}
                for name in ("title", "content")
            },
            "show_in_footer": True,
            "allow_public_access": True,
        }
        if found is None:
            database.insert(
                "decidim_static_pages",
                slug=page["slug"],
                decidim_organization_id=organization,
                **wanted,
            )
            changed = True
        elif any(found[name] != value for name, value in wanted.items()):
            database.update("decidim_static_pages", found["id"], **wanted)
            changed = True
    return changed


def banner(organization: Mapping[str, Any], locale: str) -> tuple[str, str]:
    """Title and text of the line above every page; both empty while it is off."""
    if not organization.get("enable_omnipresent_banner"):
        return "", ""
    texts = (
        organization.get(f"omnipresent_banner_{name}") or {}
        for name in ("title", "short_description")
    )
    title, text = (each.get(locale) or next(iter(each.values()), "") for each in texts)
    return str(title), str(text)
