"""A recovery point: the database first, the objects after, the signed manifest last.

Of a product whose databases are dumped, one snapshot holds them with its files.

Killed anywhere before the manifest, nothing but a name in the log is left, which nobody reads.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets as chance
from collections.abc import Callable
from datetime import datetime, timedelta

from orchestrator import __version__
from orchestrator.engine.step import Say, Step
from orchestrator.flows.steps.backup_store import WRAPPED
from orchestrator.flows.steps.base_backup import engine_of, files_of
from orchestrator.flows.steps.moment_of_log import MomentOfLog
from orchestrator.flows.steps.moments import Moment, of_files
from orchestrator.flows.steps.secrets import known_values
from orchestrator.model.change import Change, Operation, Risk
from orchestrator.model.part import seconds
from orchestrator.model.point import (
    InventoryPoint,
    Keys,
    RecoveryPoint,
    point_id,
)
from orchestrator.products.holdings import Holdings
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery import inventory
from orchestrator.recovery.points import Points

NAME = "recovery-point"
RECENT = timedelta(hours=24)


def recovery_point(
    subject: AnySubject, tools: Toolbox, *, reason: str, newer_than: datetime | None = None
) -> Step | None:
    """There is a sound point of the last day; with `newer_than`, one made since for this reason."""
    holdings = subject.product.holdings(subject)
    engine, files = engine_of(subject, tools), files_of(subject, tools)
    if holdings is None or (engine is None and files is None):
        return None
    points = Points(tools.history, tools.keys, subject.names)

    def recent() -> bool:
        # By its name, which this machine's clock gave it as it gave `newer_than`: the database's
        # may be off by seconds.
        oldest = point_id(newer_than or tools.clock.now() - RECENT, "")
        since = itertools.takewhile(lambda one: one.id >= oldest, points.listed())
        return any(
            one.point and (newer_than is None or one.point.reason == reason) for one in since
        )

    def look() -> tuple[Change, ...]:
        there = tools.objects.bucket(subject.names.backup_bucket) is not None
        if there and tools.keys.prepared() and recent():
            return ()
        return (Change(NAME, Operation.CREATE, f"point/{subject.names.product}", risk=Risk.NONE),)

    def taken(id_: str, say: Say) -> Moment:
        if engine is not None:
            return MomentOfLog(subject, tools, holdings, engine).taken(id_, say)
        assert files is not None  # noqa: S101 - one of the two is there
        return of_files(subject, tools, files, id_, say)

    def act(say: Say) -> None:
        made = _Making(subject, tools, holdings, points).made(reason, taken, say)
        say(f"recovery point {made.id}: {_words(made)}")

    return Step(
        NAME,
        promise="a signed recovery point names everything that the instance is brought back from",
        look=look,
        act=act,
        holds=recent,
    )


class _Making:
    def __init__(
        self,
        subject: AnySubject,
        tools: Toolbox,
        holdings: Holdings,
        points: Points,
    ) -> None:
        self._subject = subject
        self._tools = tools
        self._holdings = holdings
        self._points = points

    def made(self, reason: str, taken: Callable[[str, Say], Moment], say: Say) -> RecoveryPoint:
        subject, tools = self._subject, self._tools
        keys = self._keys()  # before anything: what cannot be unlocked is no point
        id_ = point_id(tools.clock.now(), chance.token_hex(3))
        moment = taken(id_, say)
        facts = tools.facts(known_values(subject, tools))
        point = RecoveryPoint(
            id=id_,
            tenant=subject.tenant.slug,
            product=subject.names.product,
            release=subject.release.release,
            images=facts.images,
            schema=self._schema(),
            at=moment.at,
            skew_s=round(moment.skew_s, 1),
            database=moment.database,
            files=moment.files,
            bucket=moment.bucket,
            inventory=self._inventory(id_, moment.items),
            keys=keys,
            counts=moment.counts,
            stack=facts.fingerprint,
            made_by=f"orchestrator {__version__}",
            expires=moment.at + timedelta(seconds=seconds(subject.tenant.backup.kept)),
            previous=self._points.chained(),
            reason=reason,
        )
        self._points.write(point)
        return point

    def _keys(self) -> Keys:
        tools = self._tools
        content = tools.history.read(self._subject.names.backup_bucket, WRAPPED) or b""
        wrapped = content.decode()
        tools.keys.unwrap(wrapped)
        prints: dict[str, str] = {}
        for path, names in self._holdings.keys.items():
            kept = tools.secrets.read(path) or {}
            prints |= {f"{path}#{name}": kept[name].fingerprint for name in names if name in kept}
        return Keys(
            wrapped=wrapped,
            wrapping=tools.keys.fingerprint(),
            versions={path: tools.secrets.version(path) for path in self._holdings.keys},
            fingerprints=prints,
            derivation=self._holdings.derivation,
        )

    def _inventory(self, id_: str, items: tuple[inventory.Item, ...]) -> InventoryPoint:
        """Put the list of every object down; without a manifest nobody reads it."""
        content = inventory.written(items)
        key = f"{inventory.FOLDER}{id_}.jsonl.gz"
        self._tools.history.put_new(self._subject.names.backup_bucket, key, content)
        digest = hashlib.sha256(content).hexdigest()
        return InventoryPoint(key, digest, len(items), sum(one.bytes for one in items))

    def _schema(self) -> str:
        schema = self._subject.product.schema(self._subject)
        return schema.seen(self._tools) if schema else ""


def _words(point: RecoveryPoint) -> str:
    rows = sum(high for _, high in point.counts.values())
    objects = f", {point.bucket.count} objects" if point.bucket else ""
    files = f", {point.files.count} files" if point.files else ""
    return f"{rows} rows{objects}{files}, as of {point.at:%Y-%m-%d %H:%M:%S} UTC"
