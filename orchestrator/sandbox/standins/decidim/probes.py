"""The scripts by which one can see that keys, worker, relay, database and bucket work together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.sandbox.standins.decidim import backlog, blobs, encryption, jobs
from orchestrator.sandbox.standins.decidim.database import Database, connected
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.objects import store_of

Asked = Mapping[str, Any]

_MAIL_QUEUE = "mailers"
_JOB_QUEUE = "default"
_CANARY = "canary"
_ENCRYPTED = re.compile(r"\A[A-Za-z0-9+/=_-]{8,}--[A-Za-z0-9+/=_-]+(--[A-Za-z0-9+/=_-]+)?\Z")
_STATUS = re.compile(r"\b[45]\d\d\b(?:[ -]\d\.\d{1,3}\.\d{1,3})?")
_COLUMNS = (
    ("decidim_authorizations", "metadata"),
    ("decidim_authorizations", "verification_metadata"),
    ("decidim_organizations", "smtp_settings"),
    ("decidim_organizations", "omniauth_settings"),
)


def decrypt_check(_asked: Asked, environment: Environment) -> dict[str, Any]:
    """`decrypt_check.rb`: whether what was encrypted can be read with our key."""
    key = environment.secret_key_base
    with connected(environment) as database:
        texts = list(encrypted_texts(_stored(database)))
    turned = encryption.decrypt(encryption.encrypt(_CANARY, key) or "", key)
    return {
        "ok": turned == _CANARY and all(_readable(text, key) for text in texts),
        "checked": len(texts) + 1,
        "key_fingerprint": encryption.fingerprint(key),
    }


def enqueue_probe(asked: Asked, environment: Environment) -> dict[str, Any]:
    """`enqueue_probe.rb`: one mail, and one job that can be seen to be done."""
    if "job" in asked:
        with connected(environment) as database:
            drained = blobs.find(database, int(asked["job"])) is None
        return {"drained": drained, "mail": _fate(environment, str(asked["mail"]))}
    token = str(asked["token"])
    mail = jobs.mail_later(
        environment,
        to=str(asked["email"]),
        subject=f"Probe {token}",
        body="This mail shows that the worker and the relay do their work.\n",
    )
    with connected(environment) as database:
        blob = blobs.create_and_upload(
            database, environment, f"probe-{token}.txt", token.encode(), "text/plain"
        )
    jobs.purge_later(environment, blob["id"], _JOB_QUEUE)
    return {"queued": [_MAIL_QUEUE, _JOB_QUEUE], "job": str(blob["id"]), "mail": mail}


def upload_probe(asked: Asked, environment: Environment) -> dict[str, Any]:
    """`upload_probe.rb`: where a browser puts a file, and where it fetches it back."""
    name = str(asked["name"])
    facts = {
        "size": int(asked["size"]),
        "checksum": str(asked["checksum"]),
        "content_type": str(asked["content_type"]),
    }
    with connected(environment) as database:
        blob = blobs.create(database, environment, name, facts)
    signed = blobs.signed_id(blob, environment)
    return {
        "put_url": store_of(environment).upload_url(blob["key"], blobs.signed_headers(blob)),
        "put_headers": blobs.direct_upload_headers(blob),
        "blob_url": blobs.path(blob, environment),
        "signed_id": signed,
    }


def encrypted_texts(stored: Iterator[Any]) -> Iterator[str]:
    """Of JSON columns' values, those that look as the encryptor writes."""
    for column in stored:
        values = column.values() if isinstance(column, dict) else ()
        for value in values:
            if isinstance(value, str) and _ENCRYPTED.match(value):
                yield value


def _fate(environment: Environment, number: str) -> dict[str, str]:
    client = backlog.redis(environment)
    if (kept := backlog.kept_for_later(client, number)) is not None:
        raw, work = kept
        client.zrem("retry", raw)
        status = _STATUS.search(work["error_message"])
        reason = " ".join(filter(None, (work["error_class"], status and status.group())))
        return {"state": "refused", "reason": reason}
    return {"state": "waits" if backlog.waits(client, _MAIL_QUEUE, number) else "left"}


def _stored(database: Database) -> Iterator[Any]:
    for table, column in _COLUMNS:
        if database.has_column(table, column):
            query = f"SELECT {column}::text AS text FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608
            for row in database.rows(query):
                yield json.loads(row["text"])


def _readable(text: str, key: str) -> bool:
    try:
        encryption.decrypt(text, key)
    except encryption.InvalidMessageError:
        return False
    return True
