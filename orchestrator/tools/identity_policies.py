"""Each kind of rights as a policy document, and whether two documents say the same.

Only actions that every store knows are named: SeaweedFS refuses a whole policy for one that it does
not. What is left out on purpose: settings of the bucket, its locks, and every other bucket.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.model.rights import Rights

_LISTED = ("s3:ListBucket", "s3:GetBucketLocation")
_VERSIONS = ("s3:GetBucketVersioning", "s3:ListBucketVersions")
_USED = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")

ON_BUCKET: Mapping[Rights, tuple[str, ...]] = {
    Rights.INSTANCE: _LISTED,
    Rights.INSTANCE_WITH_VERSIONS: _LISTED + _VERSIONS,
    Rights.WRITER: _LISTED,
    Rights.PRUNER: _LISTED + _VERSIONS,
    Rights.AUDITOR: _LISTED + _VERSIONS,
}
ON_OBJECTS: Mapping[Rights, tuple[str, ...]] = {
    Rights.INSTANCE: _USED,
    Rights.INSTANCE_WITH_VERSIONS: (*_USED, "s3:GetObjectVersion", "s3:DeleteObjectVersion"),
    Rights.WRITER: ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"),
    Rights.PRUNER: ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    Rights.AUDITOR: ("s3:GetObject", "s3:GetObjectVersion"),
}
# pgBackRest removes the mark of the latest backup when there is a newer one; restic its locks.
WRITER_DELETES = ("repository/backup/*/latest", "*/locks/*")


def policy(bucket: str, rights: Rights) -> dict[str, Any]:
    """What a key with these rights may do, and where."""
    name = f"arn:aws:s3:::{bucket}"
    statements = [
        _allow(ON_BUCKET[rights], [name]),
        _allow(ON_OBJECTS[rights], [f"{name}/*"]),
    ]
    if rights is Rights.WRITER:
        statements.append(_allow(("s3:DeleteObject",), [f"{name}/{key}" for key in WRITER_DELETES]))
    return {"Version": "2012-10-17", "Statement": statements}


def same(one: Any, other: Any) -> bool:
    """Whether two documents allow the same, however a store writes lists and orders statements."""
    return _plain(one) == _plain(other)


def _allow(actions: tuple[str, ...], resources: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resources}


def _plain(document: Any) -> list[list[tuple[str, Any]]]:
    """Statements in one order; SeaweedFS gives a list of one back as the one."""
    if not isinstance(document, dict):
        return []
    found = [
        sorted((str(name), _sorted(value)) for name, value in statement.items())
        for statement in _listed(document.get("Statement"))
        if isinstance(statement, dict)
    ]
    return sorted(found, key=repr)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return repr(sorted((str(name), _sorted(inner)) for name, inner in value.items()))
    return sorted(str(one) for one in _listed(value))
