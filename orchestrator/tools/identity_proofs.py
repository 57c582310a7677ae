"""A key is tried with calls that leave nothing behind, whether they are allowed or refused.

What it needs must be answered; of what it must not do, that is tried which the store would find
nothing to do it with: a version that never was, an upload that is given up at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from orchestrator.model.rights import Rights
from orchestrator.tools.objectstore_client import Keys, Site, connected, guarded, status_of

PROBE_FOLDER = ".orchestrator-probe"
_REFUSED = frozenset({401, 403})
_NO_VERSION = "00000000000000000000000000000000"

_Call = Callable[[Any, str, str], None]


def _list(client: Any, bucket: str, _key: str) -> None:
    client.list_objects_v2(Bucket=bucket, MaxKeys=1)


def _versions(client: Any, bucket: str, _key: str) -> None:
    client.get_bucket_versioning(Bucket=bucket)
    client.list_object_versions(Bucket=bucket, MaxKeys=1)


def _read(client: Any, bucket: str, key: str) -> None:
    client.head_object(Bucket=bucket, Key=key)


def _write(client: Any, bucket: str, key: str) -> None:
    """Begin an upload, which makes no object, and give it up."""
    begun = client.create_multipart_upload(Bucket=bucket, Key=key)
    client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=begun["UploadId"])


def _destroy(client: Any, bucket: str, key: str) -> None:
    client.delete_object(Bucket=bucket, Key=key, VersionId=_NO_VERSION)


_MAY: Mapping[Rights, tuple[_Call, ...]] = {
    Rights.INSTANCE: (_list, _read, _write),
    Rights.INSTANCE_WITH_VERSIONS: (_list, _versions, _read, _write, _destroy),
    Rights.WRITER: (_list, _read, _write),
    Rights.PRUNER: (_list, _versions, _destroy),
    Rights.AUDITOR: (_list, _versions, _read),
}
_MUST_NOT: Mapping[Rights, tuple[_Call, ...]] = {
    Rights.INSTANCE: (_versions, _destroy),
    Rights.INSTANCE_WITH_VERSIONS: (),
    Rights.WRITER: (_versions, _destroy),
    Rights.PRUNER: (_read, _write),
    Rights.AUDITOR: (_write, _destroy),
}


def opens(site: Site, bucket: str, keys: Keys, rights: Rights) -> bool:
    """Whether the key may what it should in the bucket, and is refused what it should not."""
    client = connected("s3", site, keys)
    key = f"{PROBE_FOLDER}/{secrets.token_hex(8)}"

    def allowed(call: _Call) -> bool:
        try:
            call(client, bucket, key)
        except ClientError as error:
            status = status_of(error)
            if status in _REFUSED or (status == 404 and call is _list):
                return False
            if status >= 500:
                raise
        return True

    def tried() -> bool:
        # The first that fails ends it: a bucket that is not there refuses nothing.
        return all(allowed(call) for call in _MAY[rights]) and not any(
            allowed(call) for call in _MUST_NOT[rights]
        )

    return bool(guarded(site, "try a key in", bucket, tried))
