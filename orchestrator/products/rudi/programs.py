"""Programs that publish on a producer node: a key pair and a profile each, and tokens that end.

A token cannot be taken back, so each program's is signed with a key of its own: without its profile
the node believes none of them any more, whatever they say of their end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from orchestrator.model.program import Program
from orchestrator.model.secret import Secret
from orchestrator.products.product import Subject
from orchestrator.products.programs import Access
from orchestrator.products.rudi import inside, tokens
from orchestrator.products.rudi.identifiers import identifier
from orchestrator.products.rudi.inside import CATALOG
from orchestrator.products.rudi.instance import Rudi
from orchestrator.products.rudi.release import RudiRelease
from orchestrator.products.secrets import Kind, SecretSpec
from orchestrator.products.toolbox import Toolbox

PREFIX = "program-"
ROUTES = {
    "read": ("prv_get_one",),
    "write": ("prv_get_one", "prv_upsert_one", "prv_del_one", "prv_commit_media"),
}
_FIRST_NUMBER = 1000  # of users of the storage; those of its settings are below


def key_of(program: Program) -> SecretSpec:
    """The key that signs a program's tokens; it never enters a pod.

    Another right or last day has another key, or tokens given before would be believed as well.
    """
    name = f"{program.name.replace('-', '_')}_program_key"
    path = f"rudi/program-keys/{program.name}-{program.fingerprint[:8]}"
    return SecretSpec(name, path, "private", Kind.ED25519)


def admitted(programs: tuple[Program, ...], now: datetime) -> tuple[Program, ...]:
    """Those whose last day is not over; the others have neither profile nor key in the node."""
    return tuple(one for one in programs if not one.ended(now))


def profiles(programs: tuple[Program, ...]) -> str:
    """The catalog's profiles, in the form of its settings."""
    lines = []
    for one in programs:
        lines += [f"[{PREFIX}{one.name}]", f"pub_key = @PUBKEY_DIR@/{PREFIX}{one.name}.pub"]
        lines += [f'routes[] = "{route}"' for route in ROUTES[one.may]]
    return "\n".join([*lines, ""])


def users(programs: tuple[Program, ...]) -> str:
    """The storage's users, in the form of its settings: those who may upload."""
    writing = [one.name for one in programs if one.may == "write"]
    return "".join(
        f',\n    "{PREFIX}{name}": [{_FIRST_NUMBER + number}, "", ["producer", "auth"], '
        f'"@PUBKEY_DIR@/{PREFIX}{name}.pub"]'
        for number, name in enumerate(writing)
    )


class Tokens(Access):
    """Tokens of a program's own profile, valid from now to its last day."""

    def __init__(self, subject: Subject[Rudi, RudiRelease]) -> None:
        self._subject = subject

    def grant(self, tools: Toolbox, program: Program) -> Mapping[str, Secret]:
        """A token for the catalog, and one for the storage where it may write."""
        spec = key_of(program)
        private = (tools.secrets.read(spec.path) or {})[spec.key]
        who, now = f"{PREFIX}{program.name}", tools.clock.now()
        lasts_s = int((program.ends - now).total_seconds())
        every = {"req_mtd": "all", "req_url": "all"}
        said = {"sub": who, "client_id": who, **every}
        found = {"catalog_token": tokens.signed(private, said, now, lasts_s)}
        if program.may == "write":
            upload = {"sub": "auth", "client_id": who}
            found["storage_token"] = tokens.signed(private, upload, now, lasts_s)
        return found

    def opens(self, tools: Toolbox, program: Program, kept: Mapping[str, Secret]) -> bool:
        """Whether the catalog believes the token."""
        del program
        if "catalog_token" not in kept:
            return False
        path = f"/catalog/admin/organizations/{self._producer}"
        asked = {"method": "GET", "path": path, "token": kept["catalog_token"].reveal()}
        return inside.ask(self._subject, tools, CATALOG, asked)[0].status == 200

    def withdraw(self, tools: Toolbox, name: str) -> None:
        """Nothing is left to do: the profile went with the settings of the node."""
        del tools, name

    @property
    def _producer(self) -> str:
        return identifier(self._subject.tenant.slug, "producer")
