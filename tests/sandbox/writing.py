"""Somebody who writes to a Decidim all the time, and keeps outside what was acknowledged when.

Rows go through the database's own socket, one transaction each; an upload is a row, an attachment
and an object, in the order in which the product makes them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess  # noqa: TID251 - tests run the product from outside
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config

from orchestrator.model.connection import Connection
from orchestrator.model.point import read_time

ROW = """
insert into decidim_system_admins (email, encrypted_password)
values ('{name}', 'x') returning to_json(clock_timestamp());
"""
UPLOAD = """
with blob as (insert into active_storage_blobs
    (key, filename, content_type, metadata, service_name, byte_size, checksum)
    values ('{key}', 'f', 'application/octet-stream', '{{}}', 's3', {size}, '{md5}') returning id)
insert into active_storage_attachments (name, record_type, record_id, blob_id, created_at)
select 'file', 'Ledger', id, id, clock_timestamp() at time zone 'utc' from blob
returning to_json(clock_timestamp());
"""


PARTICIPANT = "Marie Effaçable"
_JOINED = """
with who as (insert into decidim_users
    (decidim_organization_id, email, name, nickname, last_sign_in_ip, confirmed_at)
    select id, 'marie@effacable.example', '{name}', 'marie_e', '192.0.2.7', now()
    from decidim_organizations returning id),
verified as (insert into decidim_authorizations (name, decidim_user_id)
    select 'id_documents', id from who),
changed as (insert into versions (item_type, item_id, event, object_changes)
    select 'Decidim::UserBaseEntity', id, 'update', 'marie@effacable.example' from who),
said as (insert into decidim_comments_comments
    (decidim_commentable_type, decidim_commentable_id, decidim_author_type, decidim_author_id, body)
    select 'Decidim::Meetings::Meeting', 1, 'Decidim::UserBaseEntity', id,
    '{{"fr": "Une remarque"}}' from who)
select id from who;
"""
_LEFT = """
select coalesce(jsonb_agg(what), '[]') from (
    select 'account' as what from decidim_users where id = {id} and (deleted_at is null
        or email <> '' or name <> '' or nickname <> '' or last_sign_in_ip is not null)
    union all select 'authorization' from decidim_authorizations where decidim_user_id = {id}
    union all select 'history' from versions where item_id = {id}) found;
"""


class Psql:
    """One session inside the database's pod; a statement in, its answer out."""

    def __init__(self, connection: Connection, namespace: str, database: str = "decidim") -> None:
        argv = [str(connection.kubectl), "--kubeconfig", str(connection.kubeconfig), "exec"]
        argv += ["--stdin", "-n", namespace, "statefulset/database", "--", "psql", "-XAtq"]
        argv += ["-h", "/run/postgresql", "-U", "postgres", "-d", database]
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )

    def ask(self, statement: str) -> str:
        """The one line that a statement answers with; '' when the session is gone."""
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(" ".join(statement.split()) + "\n")
            self._process.stdin.flush()
        except OSError:
            return ""
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        """End the session and its pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    continue


@dataclass
class Entry:
    """Something that was written: asked for at `asked`, acknowledged at `known`, both UTC."""

    name: str
    asked: datetime
    known: datetime
    content: bytes = b""


@dataclass
class Ledger:
    """What was acknowledged, kept outside of everything that is brought back."""

    rows: list[Entry] = field(default_factory=list)
    uploads: list[Entry] = field(default_factory=list)

    def certain(self, kind: str, moment: datetime) -> set[str]:
        """What had been acknowledged by then."""
        return {one.name for one in getattr(self, kind) if one.known <= moment}

    def possible(self, kind: str, moment: datetime) -> set[str]:
        """The same with what was being written at that very moment."""
        return {one.name for one in getattr(self, kind) if one.asked <= moment}


def objects(connection: Connection) -> Any:
    """The store with the operator's key."""
    keys = json.loads(connection.objects.credentials_file.read_text("utf-8"))
    return boto3.client(
        "s3",
        endpoint_url=connection.objects.endpoint,
        region_name=connection.objects.region,
        aws_access_key_id=keys["access_key"],
        aws_secret_access_key=keys["secret_key"],
        config=Config(
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


class Writer:
    """Writes rows and uploads from two threads until it is told to stop."""

    def __init__(self, connection: Connection, slug: str, pause_s: float = 0.02) -> None:
        self._connection = connection
        self._namespace = f"{slug}-decidim"
        self.bucket = f"{slug}-decidim-uploads"
        self._pause_s = pause_s
        self.ledger = Ledger()
        self._ended = threading.Event()
        self._sessions = [Psql(connection, self._namespace) for _ in range(2)]
        self._store = objects(connection)
        works: tuple[Callable[[Psql], None], ...] = (self._row, self._upload)
        self._threads = [
            threading.Thread(target=self._loop, args=(work, session), daemon=True)
            for work, session in zip(works, self._sessions, strict=True)
        ]

    def __enter__(self) -> Writer:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(20)
        for session in self._sessions:
            session.close()

    def _loop(self, work: Callable[[Psql], None], session: Psql) -> None:
        while not self._ended.is_set():
            work(session)
            time.sleep(self._pause_s)

    def _row(self, session: Psql) -> None:
        name = f"{secrets.token_hex(8)}@ledger.example"
        asked = self._now(session)
        known = self._asked(session, ROW.format(name=name))
        if asked and known:
            self.ledger.rows.append(Entry(name, asked, known))

    def _upload(self, session: Psql) -> None:
        key, content = secrets.token_hex(14), secrets.token_bytes(3000)
        md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        asked = self._now(session)
        try:
            self._store.put_object(Bucket=self.bucket, Key=key, Body=content)
        except Exception:  # noqa: BLE001 - whatever ends the store ends the writing
            return
        known = self._asked(session, UPLOAD.format(key=key, size=len(content), md5=md5))
        if asked and known:
            self.ledger.uploads.append(Entry(key, asked, known, content))

    def _now(self, session: Psql) -> datetime | None:
        return self._asked(session, "select to_json(clock_timestamp());")

    @staticmethod
    def _asked(session: Psql, statement: str) -> datetime | None:
        answer = session.ask(statement).strip('"')
        return read_time(answer) if answer else None


def now(connection: Connection, slug: str) -> datetime:
    """The database's own time."""
    session = Psql(connection, f"{slug}-decidim")
    try:
        return read_time(session.ask("select to_json(clock_timestamp());").strip('"'))
    finally:
        session.close()


def rows(connection: Connection, slug: str, namespace: str = "") -> set[str]:
    """Rows of the ledger's making that are in the database."""
    statement = """select coalesce(jsonb_agg(email), '[]') from decidim_system_admins
        where email like '%@ledger.example';"""
    return set(json.loads(asked(connection, namespace or f"{slug}-decidim", statement)))


def uploads(connection: Connection, slug: str, namespace: str = "") -> set[str]:
    """Uploads of the ledger's making that rows name."""
    statement = """select coalesce(jsonb_agg(key), '[]') from active_storage_blobs blob
        join active_storage_attachments one on one.blob_id = blob.id
        where one.record_type = 'Ledger';"""
    return set(json.loads(asked(connection, namespace or f"{slug}-decidim", statement)))


def participant(connection: Connection, slug: str) -> str:
    """Somebody with a verification, a history and a comment on a meeting; the account's number."""
    return asked(connection, f"{slug}-decidim", _JOINED.format(name=PARTICIPANT))


def left_of(connection: Connection, slug: str, person: str) -> list[str]:
    """What the rows still tell of somebody."""
    found: list[str] = json.loads(asked(connection, f"{slug}-decidim", _LEFT.format(id=person)))
    return found


def home(connection: Connection, slug: str) -> str:
    """The address of a site."""
    statement = "select host from decidim_organizations;"
    host = asked(connection, f"{slug}-decidim", statement)
    return f"https://{host}:{connection.entrance.port}"


def asked(connection: Connection, namespace: str, statement: str) -> str:
    """The one line that a statement answers with."""
    session = Psql(connection, namespace)
    try:
        return session.ask(statement)
    finally:
        session.close()
