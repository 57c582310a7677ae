"""`organization.rb`: the organisation made when missing, then every field what was asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.standins.decidim import encryption, organizations, users
from orchestrator.sandbox.standins.decidim.database import Database, connected
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.refusal import RefusedError

Asked = Mapping[str, Any]

__all__ = ["RefusedError", "check_person", "organization", "organization_of"]

_TABLE = "decidim_organizations"
_SETTINGS = "decidim_guest_meeting_registration_settings"
_PLAIN_FIELDS = (
    "host",
    "reference_prefix",
    "default_locale",
    "time_zone",
    "force_users_to_authenticate_before_access_organization",
)
_LIST_FIELDS = ("secondary_hosts", "available_locales", "available_authorizations")
_GUESTS = {
    "enabled": "enable_guest_registration",
    "email_confirmation": "enable_registration_confirmation",
    "allow_cancellation": "enable_cancellation",
    "disable_account_confirmation": "disable_account_confirmation",
}
_STORAGE_DIRECTIVES = ("img-src", "media-src", "connect-src")
_HOST = re.compile(r"\A[a-z0-9]([a-z0-9.-]*[a-z0-9])?\Z")


def organization(asked: Asked, environment: Environment) -> dict[str, Any]:
    """Make or change; says whether anything changed."""
    with connected(environment) as database:
        found = _found(database, asked)
        created = found is None
        if created:
            if organizations.every(database):
                message = f"several organisations, none for {asked['host']}"
                raise RefusedError(message)
            _create(database, environment, asked)
            found = _found(database, asked)
        if found is None:
            raise RefusedError("the organisation was not made")
        wanted = _wanted(found, asked, environment)
        different = {name: value for name, value in wanted.items() if found[name] != value}
        if different:
            database.update(_TABLE, found["id"], **different)
        guests_changed = _reconcile_guests(database, found["id"], asked)
        pages_changed = organizations.reconcile_pages(database, found["id"], asked.get("pages", ()))
        changed = bool(different) or guests_changed or pages_changed or created
    return {"changed": changed, "created": created, "id": found["id"]}


def organization_of(database: Database, host: str) -> Mapping[str, Any]:
    """The organisation of a host. Raises RefusedError, which names the host."""
    if (found := organizations.of_host(database, host)) is None:
        message = f"no organisation answers for {host}"
        raise RefusedError(message)
    return found


def check_person(name: str, email: str) -> None:
    """Raise RefusedError when somebody cannot be invited."""
    faults = [] if name.strip() else ["Name can't be blank"]
    if not users.EMAIL.match(email):
        faults.append("Email is invalid")
    if faults:
        raise RefusedError("; ".join(faults))


def _found(database: Database, asked: Asked) -> dict[str, Any] | None:
    """The organisation of the host, or the only one there is: its host has changed."""
    if (found := organizations.of_host(database, str(asked["host"]))) is not None:
        return found
    every = organizations.every(database)
    return every[0] if len(every) == 1 else None


def _create(database: Database, environment: Environment, asked: Asked) -> None:
    """As the system pages would; the organisation is kept even when nobody can be invited."""
    admin = asked["organization_admin"]
    faults = _faults(asked, environment)
    if faults:
        message = f"invalid: {'; '.join(faults)}"
        raise RefusedError(message)
    number = database.insert(
        _TABLE,
        name={asked["default_locale"]: asked["name"]},
        host=asked["host"],
        reference_prefix=asked["reference_prefix"],
        default_locale=asked["default_locale"],
        available_locales=tuple(asked["available_locales"]),
        file_upload_settings={"maximum_file_size": {"avatar": 5, "default": 10}},
    )
    made = organizations.of_number(database, number)
    if made is None:
        raise LookupError(number)
    organizations.make_pages(database, made)
    database.commit()
    account = users.create_admin(database, made, admin["name"], admin["email"])
    users.invite(database, environment, made, account)


def _faults(asked: Asked, environment: Environment) -> list[str]:
    faults = [
        f"{field.capitalize().replace('_', ' ')} can't be blank"
        for field in ("name", "host", "reference_prefix")
        if not str(asked[field]).strip()
    ]
    if not _HOST.match(str(asked["host"])):
        faults.append("Host is invalid")
    locales = asked["available_locales"]
    if not set(locales) <= set(environment.locales):
        faults.append("Available locales is not included in the list")
    if asked["default_locale"] not in locales:
        faults.append("Default locale is not included in the list")
    admin = asked["organization_admin"]
    if not str(admin["name"]).strip():
        faults.append("Organization admin name can't be blank")
    if not users.EMAIL.match(str(admin["email"])):
        faults.append("Organization admin email is invalid")
    return faults


def _wanted(found: Mapping[str, Any], asked: Asked, environment: Environment) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        **{name: asked[name] for name in _PLAIN_FIELDS if name in asked},
        **{name: list(asked[name]) for name in _LIST_FIELDS if name in asked},
        "name": {**found["name"], asked["default_locale"]: asked["name"]},
        "smtp_settings": smtp_settings(found["smtp_settings"] or {}, asked, environment),
        "content_security_policy": content_security_policy(
            found["content_security_policy"] or {}, environment
        ),
    }
    if banner := asked.get("banner"):
        wanted |= {
            "enable_omnipresent_banner": True,
            "omnipresent_banner_url": banner["url"],
            "omnipresent_banner_title": banner["title"],
            "omnipresent_banner_short_description": banner["text"],
        }
    if "users_registration_mode" in asked:
        mode = organizations.REGISTRATION_MODES.index(asked["users_registration_mode"])
        wanted["users_registration_mode"] = mode
    return wanted


def smtp_settings(
    kept: Mapping[str, Any], asked: Asked, environment: Environment
) -> dict[str, Any]:
    """The settings with what was asked; the password encrypted, unless it already is the same."""
    given = {name: value for name, value in asked.get("smtp", {}).items() if value is not None}
    label = re.sub(r'["<>]', "", str(given.get("from_label") or ""))
    email = given.get("from_email")
    return {
        **kept,
        **given,
        "from": f"{label} <{email}>" if label else email,
        "encrypted_password": _encrypted(
            kept.get("encrypted_password"), str(asked.get("smtp_password") or ""), environment
        ),
    }


def content_security_policy(kept: Mapping[str, Any], environment: Environment) -> dict[str, Any]:
    """The policy with the object store among those whom a browser may ask."""
    storage = environment.text("AWS_ENDPOINT").removesuffix("/")
    policy = dict(kept)
    if storage:
        for directive in _STORAGE_DIRECTIVES:
            words = str(policy.get(directive) or "").split()
            policy[directive] = " ".join(words if storage in words else [*words, storage])
    return policy


def _encrypted(kept: str | None, password: str, environment: Environment) -> str | None:
    key = environment.secret_key_base
    if kept:
        try:
            if encryption.decrypt(kept, key) == password:
                return kept
        except encryption.InvalidMessageError:
            pass
    return encryption.encrypt(password, key)


def _reconcile_guests(database: Database, number: int, asked: Asked) -> bool:
    wanted = {
        column: bool(asked["guest_meeting_registration"][key])
        for key, column in _GUESTS.items()
        if key in asked.get("guest_meeting_registration", {})
    }
    query = f"SELECT * FROM {_SETTINGS} WHERE decidim_organization_id = %s"  # noqa: S608
    found = database.row(query, number)
    if found is None:
        database.insert(_SETTINGS, decidim_organization_id=number, **wanted)
        return True
    different = {name: value for name, value in wanted.items() if found[name] != value}
    if different:
        database.update(_SETTINGS, found["id"], **different)
    return bool(different)
