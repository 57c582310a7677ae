"""What participants say about a meeting; it stays when they go, without their name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.standins.decidim.database import Database

_BELOW = (
    "SELECT one.body, author.name, author.deleted_at IS NOT NULL AS gone"
    " FROM decidim_comments_comments AS one"
    " JOIN decidim_users AS author ON author.id = one.decidim_author_id"
    " WHERE one.decidim_commentable_type = 'Decidim::Meetings::Meeting'"
    " AND one.decidim_commentable_id = %s AND one.deleted_at IS NULL"
    " AND author.decidim_organization_id = %s ORDER BY one.id"
)


def below(
    database: Database, organization: Mapping[str, Any], meeting: int
) -> list[tuple[str, str]]:
    """Author and words of each comment; the author is empty once the account was destroyed."""
    found = database.rows(_BELOW, meeting, organization["id"])
    return [
        ("" if row["gone"] else row["name"], " ".join(map(str, row["body"].values())))
        for row in found
    ]
