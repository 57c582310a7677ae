"""Destroying an account as the product's command does it, and `erase.rb`, which goes on from there.

The command has the traps of the releases we run: it leaves verifications, archives, addresses of
connections and the password's digest, and its own saving writes the old address into the history.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.standins.decidim import blobs
from orchestrator.sandbox.standins.decidim.database import Database, connected, one_of
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.refusal import RefusedError

_ACCOUNT = "('Decidim::User', 'Decidim::UserBaseEntity')"
_LEFT = {
    "decidim_authorizations": "decidim_user_id = %s",
    "decidim_private_exports": f"attached_to_id = %s AND attached_to_type IN {_ACCOUNT}",
    "decidim_guest_meeting_registration_registration_requests": "decidim_user_id = %s",
    "versions": f"item_id = %s AND item_type IN {_ACCOUNT}",
}


def erase(asked: Mapping[str, Any], environment: Environment) -> dict[str, Any]:
    """`erase.rb`: the accounts destroyed, and nothing left that tells of who had them."""
    people = [int(number) for number in asked["people"]]
    with connected(environment) as database:
        found = database.rows(
            f"SELECT * FROM decidim_users WHERE id IN ({one_of(people)})"  # noqa: S608
            " AND type = 'Decidim::User' ORDER BY id",
            *people,
        )
        missing = sorted({*people} - {row["id"] for row in found})
        if missing:
            message = f"no account {', '.join(map(str, missing))}"
            raise RefusedError(message)
        there = [row for row in found if row["deleted_at"] is None]
        for row in there:
            destroy_account(database, environment, row)
        for row in found:
            _remove_left(database, environment, row["id"])
    return {"changed": bool(there), "erased": len(there)}


def destroy_account(
    database: Database, environment: Environment, account: Mapping[str, Any]
) -> None:
    """What the product does itself when a participant asks for it."""
    _purge_picture(database, environment, account["id"])
    database.run(
        "UPDATE decidim_users SET name = '', nickname = '', email = '', admin = false,"
        " notifications_sending_frequency = 'none', deleted_at = now(), updated_at = now()"
        " WHERE id = %s",
        account["id"],
    )
    changes = {"email": [account["email"], ""], "name": [account["name"], ""]}
    database.insert(
        "versions",
        item_type="Decidim::UserBaseEntity",
        item_id=account["id"],
        event="update",
        object_changes=json.dumps(changes, ensure_ascii=False),
    )


def _remove_left(database: Database, environment: Environment, number: int) -> None:
    for table, where in _LEFT.items():
        database.run(f"DELETE FROM {table} WHERE {where}", number)  # noqa: S608
    database.run(
        "UPDATE decidim_users SET current_sign_in_ip = NULL, last_sign_in_ip = NULL,"
        " encrypted_password = '', extended_data = '{}' WHERE id = %s",
        number,
    )
    _purge_picture(database, environment, number)


def _purge_picture(database: Database, environment: Environment, number: int) -> None:
    """Row, blob and object, as the product purges an upload."""
    for row in database.rows(
        "DELETE FROM active_storage_attachments WHERE record_id = %s AND name = 'avatar'"  # noqa: S608
        f" AND record_type IN {_ACCOUNT} RETURNING blob_id",
        number,
    ):
        blobs.purge(database, environment, row["blob_id"])
