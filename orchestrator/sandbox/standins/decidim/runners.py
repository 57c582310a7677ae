"""`rails runner FILE`: the scripts we ship with the product, known by their names.

Ruby would read them; here the same is done in Python: a JSON object comes in on standard input,
one line of JSON goes out on standard output, everything else goes to standard error.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from orchestrator.sandbox.standins.decidim import (
    encryption,
    erasures,
    programs,
    purges,
    reconciliation,
    users,
)
from orchestrator.sandbox.standins.decidim.database import connected
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.probes import decrypt_check, enqueue_probe, upload_probe
from orchestrator.sandbox.standins.decidim.refusal import RefusedError

Asked = Mapping[str, Any]

_SHARED = ("answer.rb",)
_PURGES = ("purge_guest_requests.rb", "purge_guest_accounts.rb")
# What Ruby would call our faults; callers may compare by class, never by text.
_RUBY_NAMES = {
    "RefusedError": "Answer::Refused",
    "JSONDecodeError": "JSON::ParserError",
    "OperationalError": "ActiveRecord::ConnectionNotEstablished",
    "ConnectionError": "RedisClient::CannotConnectError",
    "TimeoutError": "RedisClient::ReadTimeoutError",
    "AuthenticationError": "RedisClient::AuthenticationError",
    "ResponseError": "RedisClient::CommandError",
    "ObjectStoreError": "Aws::S3::Errors::ServiceError",
    "ExpiresTooLateError": "ArgumentError",
    "ValueError": "ArgumentError",
}
_ACTIVE_RECORD = "ActiveRecord::StatementInvalid"


def run(path: Path, environment: Environment) -> int:
    """Carry out the script at that place and return its exit status."""
    if not path.is_file():
        print(f"The file {path} could not be found, please check and try again.", file=sys.stderr)
        return 1
    if path.name not in _BY_NAME:
        print(f"The stand-in does not know the script {path.name}.", file=sys.stderr)
        return 1
    for shared in (*_SHARED, *(("guests.rb",) if path.name in _PURGES else ())):
        if not path.with_name(shared).is_file():
            print(f"cannot load such file -- {path.with_name(shared)} (LoadError)", file=sys.stderr)
            return 1
    return _answered(_BY_NAME[path.name], environment)


def system_admin(asked: Asked, environment: Environment) -> dict[str, Any]:
    """`system_admin.rb`: the administrator of the system pages, with this password."""
    email, password = str(asked["email"]).lower(), str(asked["password"])
    with connected(environment) as database:
        found = database.row("SELECT * FROM decidim_system_admins WHERE email = %s", email)
        if found and encryption.password_matches(password, found["encrypted_password"]):
            return {"changed": False, "id": found["id"]}
        _checked(email, password)
        digest = encryption.password_digest(password)
        if found:
            database.update("decidim_system_admins", found["id"], encrypted_password=digest)
            return {"changed": True, "id": found["id"]}
        number = database.insert("decidim_system_admins", email=email, encrypted_password=digest)
    return {"changed": True, "id": number}


def invite_admin(asked: Asked, environment: Environment) -> dict[str, Any]:
    """`invite_admin.rb`: the invitation of an administrator, sent again when it is not fresh."""
    with connected(environment) as database:
        organization = reconciliation.organization_of(database, str(asked["host"]))
        name, email = str(asked["name"]), str(asked["email"])
        account = users.find(database, organization, email)
        if account is None:
            reconciliation.check_person(name, email)
            number = users.create_admin(database, organization, name, email)
            users.invite(database, environment, organization, number)
            return {"changed": True, "state": "invited"}
        promoted = not account["admin"]
        if promoted:
            database.update("decidim_users", account["id"], admin=True)
        if not account["invited"]:
            return {"changed": promoted, "state": "accepted"}
        fresh = bool(account["freshly_invited"])
        if not fresh:
            users.invite(database, environment, organization, account["id"])
        return {"changed": promoted or not fresh, "state": "invited"}


def _checked(email: str, password: str) -> None:
    faults = []
    if not users.EMAIL.match(email):
        faults.append("Email is invalid")
    if len(password) < users.SHORTEST_PASSWORD:
        faults.append(f"Password is too short (minimum is {users.SHORTEST_PASSWORD} characters)")
    if faults:
        raise RefusedError("; ".join(faults))


def _answered(
    script: Callable[[Asked, Environment], dict[str, Any]], environment: Environment
) -> int:
    try:
        asked = json.loads(sys.stdin.read().strip() or "{}")
        answer, status = script(asked, environment), 0
    except Exception as fault:  # noqa: BLE001 - every fault becomes the one line of the answer
        name = _ruby_name(fault)
        # The message of a foreign fault may repeat what was asked, and so a secret.
        reason = str(fault) if isinstance(fault, RefusedError) else name
        print("".join(traceback.format_tb(fault.__traceback__)[-10:]), file=sys.stderr)
        answer, status = {"error": name, "reason": reason}, 1
    print(json.dumps(answer, separators=(",", ":"), ensure_ascii=False), flush=True)
    return status


def _ruby_name(fault: Exception) -> str:
    name = type(fault).__name__
    if name in _RUBY_NAMES:
        return _RUBY_NAMES[name]
    return _ACTIVE_RECORD if type(fault).__module__.startswith("psycopg2") else name


_BY_NAME: Mapping[str, Callable[[Asked, Environment], dict[str, Any]]] = {
    "system_admin.rb": system_admin,
    "organization.rb": reconciliation.organization,
    "invite_admin.rb": invite_admin,
    "decrypt_check.rb": decrypt_check,
    "enqueue_probe.rb": enqueue_probe,
    "upload_probe.rb": upload_probe,
    "program.rb": programs.program,
    "end_programs.rb": programs.end_programs,
    "purge_guest_requests.rb": purges.requests,
    "purge_guest_accounts.rb": purges.accounts,
    "erase.rb": erasures.erase,
}
