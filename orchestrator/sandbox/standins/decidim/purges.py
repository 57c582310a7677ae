"""`purge_guest_requests.rb` and `purge_guest_accounts.rb`: what guests left, after its delay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.standins.decidim.database import Database, connected
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.refusal import RefusedError

Asked = Mapping[str, Any]

_DAY = 86_400
_LIMIT = "now() - make_interval(secs => %s)"
_REQUESTS = (
    "SELECT asked.id, asked.decidim_user_id AS account,"
    " greatest(asked.created_at, meeting.end_time) AS ended"
    " FROM decidim_guest_meeting_registration_registration_requests AS asked"
    " LEFT JOIN decidim_meetings_meetings AS meeting"
    " ON meeting.id = asked.decidim_meetings_meetings_id"
)
_REGISTRATIONS = (
    "SELECT place.id, place.decidim_user_id AS account,"
    " greatest(place.created_at, meeting.end_time) AS ended"
    " FROM decidim_meetings_registrations AS place"
    " LEFT JOIN decidim_meetings_meetings AS meeting ON meeting.id = place.decidim_meeting_id"
)
_NEVER_USED = (
    "deleted_at IS NULL AND NOT admin AND NOT managed AND sign_in_count = 0"
    " AND current_sign_in_at IS NULL AND last_sign_in_at IS NULL AND invitation_created_at IS NULL"
    " AND extended_data ->> 'attend_meetings' = 'true'"
)


def requests(asked: Asked, environment: Environment) -> dict[str, Any]:
    """Delete the forms whose meeting was long ago."""
    kept = _kept(asked)
    with connected(environment) as database:
        deleted = database.run(
            "DELETE FROM decidim_guest_meeting_registration_registration_requests"  # noqa: S608
            f" WHERE id IN (SELECT id FROM ({_REQUESTS}) AS form WHERE ended < {_LIMIT})",
            kept,
        )
    return {"changed": deleted > 0, "deleted": deleted}


def accounts(asked: Asked, environment: Environment) -> dict[str, Any]:
    """Empty the accounts of guests who never signed in and were at no meeting since."""
    kept = _kept(asked)
    with connected(environment) as database:
        found = database.rows(
            f"SELECT id FROM decidim_users WHERE {_NEVER_USED} AND created_at < {_LIMIT}"  # noqa: S608
            f" AND id NOT IN (SELECT account FROM ({_REQUESTS} UNION ALL {_REGISTRATIONS}) AS seen"
            f" WHERE account IS NOT NULL AND ended >= {_LIMIT})",
            kept,
            kept,
        )
        for row in found:
            _forget(database, row["id"])
    return {"changed": bool(found), "deleted": len(found)}


def _forget(database: Database, number: int) -> None:
    database.run(
        "DELETE FROM versions WHERE item_id = %s"
        " AND item_type IN ('Decidim::User', 'Decidim::UserBaseEntity')",
        number,
    )
    database.run(
        "UPDATE decidim_users SET email = '', name = '', nickname = '', encrypted_password = '',"
        " extended_data = '{}', deleted_at = now(), updated_at = now() WHERE id = %s",
        number,
    )


def _kept(asked: Asked) -> int:
    kept = int(asked["kept_s"])
    if kept < _DAY:
        message = f"a delay of {kept} s is below a day"
        raise RefusedError(message)
    return kept
