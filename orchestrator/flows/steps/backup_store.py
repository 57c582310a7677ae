"""Where an instance's backups go: a bucket, three keys to it, and a passphrase nobody has seen.

Whoever writes backups cannot delete them, whoever reads them cannot write, and whoever may delete
is never in the cluster (reliability.md 1.5). The passphrase is made by the secrets server and kept
wrapped: beside the backups, since they are unreadable without it, and where the stack finds it.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.engine.step import Say, Step, once
from orchestrator.flows.steps.secrets import keep
from orchestrator.model.change import Change, Operation, Risk
from orchestrator.model.part import seconds
from orchestrator.model.rights import Rights
from orchestrator.model.secret import Secret
from orchestrator.ports import BucketState, MachineLogin
from orchestrator.products.product import AnySubject
from orchestrator.products.secrets import READER, backups_path
from orchestrator.products.toolbox import Toolbox

NAME = "backup-store"
WRAPPED = "keys/passphrase.wrapped"
"""Object that holds the wrapped passphrase; written once, for as long as there is a backup."""
UNLOCKED = "keys/unlocked"
"""Object that says that the store's lock was tried and did not hold; remove it to try again."""
_DAY_S = 86_400
RIGHTS: Mapping[str, Rights] = {
    "writer": Rights.WRITER,
    "auditor": Rights.AUDITOR,
    "pruner": Rights.PRUNER,
}


def backup_store(subject: AnySubject, tools: Toolbox) -> Step | None:
    """A versioned bucket of its own, keys by role, and a passphrase wrapped by the tenant's key."""
    if subject.product.holdings(subject) is None:
        return None
    store = _Store(subject, tools)
    return Step(
        NAME,
        promise=f"bucket {store.bucket} takes backups that their writer cannot delete",
        look=store.look,
        act=store.act,
        holds=once(store.look),
    )


class _Store:
    def __init__(self, subject: AnySubject, tools: Toolbox) -> None:
        self._names = subject.names
        self._tools = tools
        self._days = seconds(subject.tenant.backup.kept) // _DAY_S
        self.bucket = subject.names.backup_bucket
        holdings = subject.product.holdings(subject)
        self._roles = {role: (self.bucket, rights) for role, rights in RIGHTS.items()}
        if holdings and holdings.copied:
            # What copies objects here reads them with a key of its own, which changes nothing.
            self._roles[READER] = (subject.names.bucket, Rights.AUDITOR)

    def look(self) -> tuple[Change, ...]:
        found: list[Change] = []
        state = self._tools.objects.bucket(self.bucket)
        if state is None or not state.versioned:
            how = Operation.CREATE if state is None else Operation.UPDATE
            found.append(Change(NAME, how, f"bucket/{self.bucket}", "versioned, private, locked"))
        elif not self._locked():
            detail = f"versions are locked for {self._days} days, where the store can"
            found.append(Change(NAME, Operation.UPDATE, f"bucket/{self.bucket}", detail))
        if not self._tools.keys.prepared():
            self._refuse_another(state)
            found.append(Change(NAME, Operation.CREATE, f"key/{self._names.backup_key}"))
        found += [
            Change(
                NAME, Operation.CREATE, f"key/{self._names.backup_identity(role)}", risk=Risk.MILD
            )
            for role in self._roles
            if state is None or not self._opens(role)
        ]
        if not self._unlocks():
            found.append(Change(NAME, Operation.CREATE, "passphrase/backups", "wrapped"))
        return tuple(found)

    def act(self, say: Say) -> None:
        tools = self._tools
        state = tools.objects.bucket(self.bucket)
        if state is None:
            say(f"creating bucket {self.bucket}")
            tools.objects.create_bucket(self.bucket, lockable=True)
        if state is None or not state.versioned:
            tools.objects.version(self.bucket)  # before the lock: its own trial could not be undone
        if not self._locked():
            self._lock(say)
        if not tools.keys.prepared():
            say("making the keys that lock and sign backups")
            tools.keys.prepare()
        for role, (bucket, rights) in self._roles.items():
            if not self._opens(role):
                say(f"making the {role}'s key")
                identity = self._names.backup_identity(role)
                access, secret = tools.objects.create_identity(identity, bucket, rights=rights)
                values = {"access_key": Secret(access), "secret_key": secret}
                keep(tools.secrets, self._path(role), values)
        if not self._unlocks():
            self._give_way_in(say)

    def _locked(self) -> bool:
        """Whether what is written is locked for as long as it is kept, or cannot be.

        Never longer: a lock is an erasure that waits (reliability.md 1.5).
        """
        if not self._days or self._tools.history.read(self.bucket, UNLOCKED) is not None:
            return True
        return self._tools.objects.default_lock(self.bucket) == self._days

    def _lock(self, say: Say) -> None:
        tools = self._tools
        say("trying whether the store's lock holds")
        if tools.objects.lock_holds(self.bucket):
            tools.objects.set_default_lock(self.bucket, self._days)
            return
        say("it does not: what is written can be destroyed with the operator's key")
        tools.history.put_new(
            self.bucket, UNLOCKED, b"the store's lock was tried and did not hold\n"
        )

    def _give_way_in(self, say: Say) -> None:
        """A passphrase where there is none yet, and a way in for the pods that need it."""
        tools = self._tools
        wrapped = self._wrapped()
        if not wrapped:
            say("having a passphrase made, wrapped")
            tools.history.put_new(self.bucket, WRAPPED, tools.keys.wrap_new().encode())
            wrapped = self._wrapped()
        tools.keys.unwrap(wrapped)  # a key that does not fit is told before anything is locked
        login = tools.keys.machine()
        values = {
            "role": Secret(login.role),
            "secret": login.secret,
            "wrapped": Secret(wrapped),
        }
        keep(tools.secrets, self._path("machine"), values)
        tools.keys.forget_others(login)

    def _refuse_another(self, state: BucketState | None) -> None:
        """Where backups are locked already, no new key may stand in for the one that did it."""
        if state is not None and (wrapped := self._wrapped()):
            self._tools.keys.unwrap(wrapped)

    def _wrapped(self) -> str:
        content = self._tools.history.read(self.bucket, WRAPPED)
        return content.decode() if content else ""

    def _opens(self, role: str) -> bool:
        bucket, rights = self._roles[role]
        kept = self._kept(role)
        return kept is not None and self._tools.objects.identity_works(
            self._names.backup_identity(role),
            bucket,
            kept["access_key"].reveal(),
            kept["secret_key"],
            rights=rights,
        )

    def _unlocks(self) -> bool:
        """Whether the pods' own way in unwraps the passphrase that lies beside the backups."""
        kept = self._kept("machine")
        if kept is None or not self._tools.keys.prepared():
            return False
        wrapped = kept["wrapped"].reveal()
        if self._wrapped() != wrapped:
            return False
        login = MachineLogin(kept["role"].reveal(), kept["secret"])
        return self._tools.keys.machine_works(login, wrapped)

    def _kept(self, part: str) -> Mapping[str, Secret] | None:
        if not self._tools.secrets.prepared():
            return None
        return self._tools.secrets.read(self._path(part))

    def _path(self, part: str) -> str:
        return backups_path(self._names.product, part)
