"""Erasing a participant: the product's own command, and what that leaves behind.

Contributions stay without a name, as the product promises to those who answered them. The command
leaves more than that: verifications, history with the old address in it, archives of one's own
data, addresses of connections (decidim.md 6.1). Those go too, and the rows are asked whether.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping

from orchestrator.products import asking
from orchestrator.products.decidim.acceptance import DecidimSubject, runner
from orchestrator.products.erasing import Account, Erasing
from orchestrator.products.toolbox import Toolbox

_DATABASE = "decidim"
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_MARK_DIGITS = 16
_OWN = "decidim_user_id = {id}"
_ACCOUNT = "(''Decidim::User'', ''Decidim::UserBaseEntity'')"
_LEAVES = (
    ("a verification", "decidim_authorizations", _OWN),
    ("another way to sign in", "decidim_identities", _OWN),
    (
        "history of the account",
        "versions",
        f"item_id = {{id}} and item_type in {_ACCOUNT}",
    ),
    (
        "an archive of their own data",
        "decidim_private_exports",
        f"attached_to_id = {{id}} and attached_to_type in {_ACCOUNT}",
    ),
    (
        "a form of a guest",
        "decidim_guest_meeting_registration_registration_requests",
        _OWN,
    ),
    (
        "a picture",
        "active_storage_attachments",
        f"record_id = {{id}} and name = ''avatar'' and record_type in {_ACCOUNT}",
    ),
)
# Not every release has every table: what is asked of one is text until it is known to be there.
_COUNTED = """('{what}', case when to_regclass('public.{table}') is null then false else
(xpath('/row/count/text()', query_to_xml(format('select count(*) as count from {table} where
{where}', one.id), false, true, '')))[1]::text::bigint > 0 end)"""
_SEEN = """
select coalesce(jsonb_object_agg(one.id::text, jsonb_build_object(
    'made', one.created_at,
    'left', (select coalesce(jsonb_agg(what), '[]') from (values
        ('the account', one.deleted_at is null),
        ('a name', one.name <> '' or one.nickname <> ''),
        ('a mail address', one.email <> ''),
        ('addresses of connections', one.current_sign_in_ip is not null
            or one.last_sign_in_ip is not null),
        ('further data of the account', one.extended_data <> '{{}}'),
        {counted}
    ) as found (what, there) where there))), '{{}}')
from decidim_users one where one.type = 'Decidim::User' and one.id in ({people})
"""


class Accounts(Erasing):
    """The accounts of one site."""

    form = "the number of the row in `decidim_users`"
    workload = "deployment/web"

    def __init__(self, subject: DecidimSubject) -> None:
        self._subject = subject

    def is_opaque(self, person: str) -> bool:
        """Whether it is a row's number."""
        return _NUMBER.fullmatch(person) is not None

    def seen(self, tools: Toolbox, people: Collection[str]) -> Mapping[str, Account]:
        """Each as the database has it; its second of birth tells it from a later one."""
        if not people:
            return {}
        assert all(self.is_opaque(one) for one in people)  # noqa: S101 - they stand in a statement
        namespace = self._subject.names.namespace
        asked = _SEEN.format(counted=_counted(), people=", ".join(sorted(people, key=int)))
        said = asking.query(tools, namespace, _DATABASE, asked)
        return {
            person: Account(_mark(person, one["made"]), tuple(one["left"]))
            for person, one in json.loads(said).items()
        }

    def erase(self, tools: Toolbox, people: Collection[str]) -> None:
        """Inside the product; many at once, since it takes long to start."""
        runner(self._subject, tools, "erase", {"people": sorted(people, key=int)})


def _counted() -> str:
    parts = (
        _COUNTED.format(what=what, table=table, where=where.format(id="%1$s"))
        for what, table, where in _LEAVES
    )
    return ", ".join(parts)


def _mark(person: str, made: str) -> str:
    return hashlib.sha256(f"{person} {made}".encode()).hexdigest()[:_MARK_DIGITS]
