"""The steps of making a copy in which nobody can be recognised, after its database is back.

What is looked for in the end is remembered in memory alone. A run that goes on after the masking
began has lost it, and so begins again with the database as it was: another try, by another id.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from orchestrator.engine.step import Say, Step
from orchestrator.errors.clone import CloneLeaksError, CloneTooLargeError
from orchestrator.flows.steps.restoring import NOTE, Restoration
from orchestrator.model.change import Change, Operation
from orchestrator.model.point import written
from orchestrator.model.restoration import FilesTarget, Reload, Stage, Target
from orchestrator.products.anonymity import Anonymity
from orchestrator.recovery import masking_rules
from orchestrator.recovery.leaks import Leak, Probes, decoded, leaks, probes
from orchestrator.recovery.masked_database import MaskedDatabase
from orchestrator.recovery.masking import statements
from orchestrator.recovery.placeholders import placeholder
from orchestrator.recovery.probed import probed

COUNT = 1_000
"""Values that are looked for."""
AT_MOST = 8 * 1024**3
"""Bytes of a database on disk; all of a dump is read, and a larger one takes too long."""
_LETTERS = "bcdfghjklmnpqrstvwxz"
_ROWS = 500
_TOLD = "/var/lib/postgresql/data/reloaded.json"


class Cloning(Restoration):
    """One clone and its steps; made without looking at anything."""

    marks = (
        *("database", "services", "masking", "masked"),
        *("reloaded", "settled", "searched", "opened"),
    )

    _probes: Probes | None = None

    @property
    def target(self) -> Target | FilesTarget:
        """As before; another try must not find what the one before it masked."""
        return replace(super().target, id=self._attempt)

    def masked(self) -> Step:
        """Every column as the list says; what was there is remembered as hashes, in memory."""

        def act(say: Say) -> None:
            if faults := self._rows_differ():
                self._refuse(tuple(faults))
            rules = masking_rules.parse(self._anonymity.rules, self._anonymity.file)
            columns = self._database.columns()
            # Letters by chance, so that nobody can have taken a masked name on the live site.
            word = "".join(secrets.choice(_LETTERS) for _ in range(8))
            wanted = statements(rules, columns, word=word)
            if (size := self._database.size()) > AT_MOST:
                raise CloneTooLargeError(self._subject.names.instance, size=size, most=AT_MOST)
            found = self._database.values(probed(rules, columns))
            self._probes = probes(found, COUNT, seed=secrets.randbits(32), public=self._public())
            say(f"{len(self._probes)} addresses, names and numbers remembered to look for")
            self._mark("masking")
            say(f"masking {len(columns)} columns")
            self._database.mask((*wanted, *self._anonymity.pruned))
            self._database.clean()

        detail = f"every column as {self._anonymity.file} says"
        change = Change("masked", Operation.RUN, "masking", detail)
        return self._step("masked", change, "no column holds what people wrote", act)

    def reloaded(self) -> Step:
        """A new cluster from a dump of the masked database; the old files are removed."""

        def act(say: Say) -> None:
            say("everything stopped, making the database anew")
            wanted = Reload(self._attempt, self._holdings.database)
            self._tools.staged(self._values(), Stage.STOPPED, wanted).up(say)

        change = Change("reloaded", Operation.REPLACE, "database", "anew, from a masked dump")
        return self._step("reloaded", change, "no file holds what people wrote", act)

    def settled(self) -> Step:
        """Services up and nobody who uses them; its own address, and something for each upload."""

        def act(say: Say) -> None:
            self._tools.staged(self._values(), Stage.CLOSED, None).up(say)
            server = "statefulset/database"
            said = self._tools.cluster.execute(self._namespace, server, ["cat", _TOLD])
            if json.loads(said).get("id") != self._attempt:
                self._refuse(("the database that came up is not the one that was made anew",))
            self._place(say)
            self._flush(say)
            moved = self._subject.product.moved(self._subject)
            for statement in moved:
                self._engine.text(statement)

        change = Change("settled", Operation.UPDATE, "services", "own address, empty uploads")
        return self._step("settled", change, "the clone is itself and nobody else", act)

    def searched(self) -> Step:
        """Nothing of what was remembered is in a dump or in the bucket; else it stays shut."""

        def act(say: Say) -> None:
            looked_for = self._probes
            assert looked_for is not None  # noqa: S101 - `_reached` sees to it
            say(f"looking for {len(looked_for)} values in database and bucket")
            in_dump = leaks(decoded(self._database.dump()), looked_for)
            in_bucket = leaks(self._objects(), looked_for)
            if in_dump or in_bucket:
                found = {"the database": _counted(in_dump), "the bucket": _counted(in_bucket)}
                raise CloneLeaksError(self._subject.names.instance, found, of=len(looked_for))
            say("none was found")

        change = Change("searched", Operation.RUN, "leaks", f"{COUNT:,} values are looked for")
        return self._step("searched", change, "nobody who was looked for was found", act)

    @cached_property
    def _replay(self) -> None:
        """Nobody has to be erased where nobody can be recognised."""

    @cached_property
    def _anonymity(self) -> Anonymity:
        found = self._subject.product.anonymity(self._subject)
        assert found is not None  # noqa: S101 - the flow is refused for others
        return found

    @cached_property
    def _database(self) -> MaskedDatabase:
        return MaskedDatabase(self._tools.cluster, self._namespace, self._holdings.database)

    @property
    def _attempt(self) -> str:
        """The clone's own id with the number of its try, from the second on."""
        tries = int(self._note.get("tries", "0")) + self._lost
        return f"{self._asked.id}-{tries}" if tries else self._asked.id

    @property
    def _note(self) -> Mapping[str, str]:
        note = self._tools.cluster.note(self._namespace, NOTE) or {}
        return note if note.get("id") == self._asked.id else {}

    @property
    def _lost(self) -> bool:
        """Whether masking began in another process, which took with it what is looked for."""
        place = super()._reached()
        began, ended = self.marks.index("masking"), self.marks.index("searched")
        return self._probes is None and began <= place < ended

    def _reached(self) -> int:
        return -1 if self._lost else super()._reached()

    def _mark(self, name: str) -> None:
        tries = str(int(self._note.get("tries", "0")) + self._lost)
        note = {"id": self._asked.id, "reached": name, "to": written(self.moment), "tries": tries}
        self._tools.cluster.write_note(self._namespace, NOTE, note)

    def _public(self) -> list[str]:
        """What stays on purpose: words of the product, and what the site says of itself."""
        said = self._database.values((self._anonymity.public,))
        return [self._database.schema(), self._subject.title, *said]

    def _place(self, say: Say) -> None:
        """Write something where each upload was, and have its row tell of that."""
        named: list[Mapping[str, Any]] = self._engine.value(self._anonymity.uploads)
        say(f"{len(named)} uploads have a placeholder")
        bucket = self._subject.names.bucket
        rows = []
        for one in named:
            content = placeholder(one["type"])
            self._tools.history.put_new(bucket, one["key"], content)
            rows.append(_row(one["key"], content))
        for start in range(0, len(rows), _ROWS):
            values = ", ".join(rows[start : start + _ROWS])
            self._engine.text(self._anonymity.uploaded.format(rows=values))

    def _objects(self) -> Iterable[str]:
        """Keys and contents of every version in the bucket."""
        bucket = self._subject.names.bucket
        for one in self._tools.history.versions(bucket):
            content = self._tools.history.read(bucket, one.key, one.version) or b""
            yield f"\n{one.key}\n"
            yield from decoded((content,))


def _row(key: str, content: bytes) -> str:
    md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    quoted = key.replace("'", "''")
    return f"('{quoted}', {len(content)}, '{md5}')"


def _counted(found: Iterable[Leak]) -> Mapping[str, int]:
    return Counter(one.kind.value for one in found)
