"""Erasing somebody who signs in: the product's own SCIM, as its administrator, from within its pod.

The row goes, with addresses, keys and the personal site (grist-rudi.md A8). What was written into
documents stays, and so does their history, which tells of people as long as the document is there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping

from orchestrator.model.secret import Secret
from orchestrator.products import asking
from orchestrator.products.erasing import Account, Erasing
from orchestrator.products.grist.instance import Grist
from orchestrator.products.grist.release import GristRelease
from orchestrator.products.grist.secrets import ADMIN_KEY
from orchestrator.products.product import Subject
from orchestrator.products.toolbox import Toolbox
from orchestrator.products.trying import refuse

_DATABASE = "grist"
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_MARK_DIGITS = 16
_DONE = ("204", "404")
_TIMEOUT_S = 90.0
# Its random reference tells an account from a later one of the same number.
_SEEN = """
select coalesce(jsonb_object_agg(one.id::text, jsonb_build_object('ref', one.ref, 'address',
    exists (select from logins where user_id = one.id))), '{{}}')
from users one where coalesce(to_jsonb(one) ->> 'type', 'login') = 'login' and one.id in ({people})
"""
_ADMINISTRATOR = """
select count(*) from logins where user_id = {person} and email = lower('{email}')
"""
# Through standard input: arguments can be read by everybody on the node.
_ASKED = """silent
show-error
url = "http://127.0.0.1:{port}/api/scim/v2/Users/{person}"
request = DELETE
header = "X-Requested-With: XMLHttpRequest"
header = "Content-Type: application/json"
header = "Authorization: Bearer {key}"
max-time = 60
write-out = "\\n%{{http_code}}"
"""


class Users(Erasing):
    """Those who sign in to one site."""

    form = "the number of the row in `users`, which SCIM calls `id`"
    workload = "deployment/web"

    def __init__(self, subject: Subject[Grist, GristRelease]) -> None:
        self._subject = subject

    def is_opaque(self, person: str) -> bool:
        """Whether it is a row's number."""
        return _NUMBER.fullmatch(person) is not None

    def refused(self, tools: Toolbox, person: str) -> str:
        """The administrator's key is what everybody else is erased with."""
        email = self._subject.instance.administrator.email.replace("'", "''")
        asked = _ADMINISTRATOR.format(person=person, email=email)
        found = asking.query(tools, self._subject.names.namespace, _DATABASE, asked)
        return "that account is the administrator's" if int(found or 0) else ""

    def seen(self, tools: Toolbox, people: Collection[str]) -> Mapping[str, Account]:
        """Each as the home database has it; there is no row of who was erased."""
        if not people:
            return {}
        assert all(self.is_opaque(one) for one in people)  # noqa: S101 - they stand in a statement
        asked = _SEEN.format(people=", ".join(sorted(people, key=int)))
        said = asking.query(tools, self._subject.names.namespace, _DATABASE, asked)
        return {person: _account(person, one) for person, one in json.loads(said).items()}

    def erase(self, tools: Toolbox, people: Collection[str]) -> None:
        """One after the other; who is gone already is left so."""
        kept = tools.secrets.read(ADMIN_KEY.path) or {}
        if ADMIN_KEY.key not in kept:
            refuse(f"{ADMIN_KEY.reference} is not there")
        key, port = kept[ADMIN_KEY.key].reveal(), self._subject.release.port
        for person in sorted(people, key=int):
            given = Secret(_ASKED.format(port=port, person=person, key=key))
            place = (self._subject.names.namespace, "deployment/web")
            said = tools.cluster.execute(*place, ["curl", "--config", "-"], given, _TIMEOUT_S)
            status = said.rstrip().rpartition("\n")[2]
            if status not in _DONE:
                refuse(f"the server answers {status} when account {person} is deleted")


def _account(person: str, row: Mapping[str, object]) -> Account:
    mark = hashlib.sha256(f"{person} {row['ref']}".encode()).hexdigest()[:_MARK_DIGITS]
    return Account(mark, ("the account", "a mail address") if row["address"] else ("the account",))
