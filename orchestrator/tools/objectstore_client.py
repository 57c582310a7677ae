"""How an S3-compatible store is asked, and what each way of not answering means."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from orchestrator.errors.objects import (
    StoreCredentialsError,
    StoreDeniedError,
    StoreLacksError,
    StoreRequestError,
    StoreUnavailableError,
    StoreUnreachableError,
)
from orchestrator.errors.root import OrchestratorError
from orchestrator.model.secret import Secret

ATTEMPTS = 3
AT_ONCE = 16
"""Requests that one client sends at a time, at most."""
BATCH = 1000
"""Objects that one request lists or removes, at most."""
_REFUSED = frozenset({401, 403})
# Newer clients add checksums that many a store refuses unless they are asked for (decidim.md 2.7).
_CONFIG = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    connect_timeout=5,
    read_timeout=30,
    max_pool_connections=AT_ONCE,
    retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


@dataclass(frozen=True)
class Keys:
    """An access key and its secret."""

    access: str
    secret: Secret


@dataclass(frozen=True)
class Site:
    """Where a store answers; `authority` signs its certificate where it is not a public one."""

    endpoint: str
    region: str
    authority: Path | None = None


def connected(service: str, site: Site, keys: Keys) -> Any:
    """A client of `s3` or `iam`."""
    import boto3

    config = _CONFIG if service == "s3" else _CONFIG.merge(Config(signature_version="v4"))
    return boto3.session.Session().client(
        service,  # type: ignore[call-overload]
        endpoint_url=site.endpoint,
        region_name=site.region,
        aws_access_key_id=keys.access,
        aws_secret_access_key=keys.secret.reveal(),
        verify=str(site.authority) if site.authority else None,
        config=config,
    )


def guarded(site: Site, action: str, target: str, call: Callable[[], Any]) -> Any:
    """The answer to a call.

    Raises StoreUnreachableError, StoreUnavailableError, StoreDeniedError, StoreRequestError.
    """
    try:
        return call()
    except ClientError as error:
        raise fault_of(error, action, target) from error
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise StoreUnreachableError(site.endpoint, reason=_words(error)) from error
    except exceptions.ParamValidationError as error:
        fault = "nothing, since it was not asked"
        raise StoreRequestError(action, target, fault=fault, reason=_words(error)) from error
    except BotoCoreError as error:
        reason = f"somebody answers there, but not as an object store does ({type(error).__name__})"
        raise StoreUnreachableError(site.endpoint, reason=reason) from error


def fault_of(error: ClientError, action: str, target: str) -> OrchestratorError:
    """What an answer that is a fault means to us."""
    told: Any = error.response.get("ResponseMetadata") or {}
    status = status_of(error)
    code, reason = code_of(error), message_of(error)
    if status >= 500 and code != "NotImplemented":
        attempts = int(told.get("RetryAttempts") or 0) + 1
        return StoreUnavailableError(action, target, status=status, attempts=attempts)
    if status in _REFUSED:
        return StoreDeniedError(action, target, reason=f"it answered {status} {reason}".strip())
    return StoreRequestError(action, target, fault=f"{status} {code}".strip(), reason=reason)


def date_of(answer: Any, site: Site) -> datetime:
    """The store's own clock at an answer, UTC, to the second. Raises StoreLacksError."""
    told = answer.get("ResponseMetadata") or {}
    text = str((told.get("HTTPHeaders") or {}).get("date") or "")
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError as error:
        seen = f"it answered with the date `{text}`" if text else "it answered without a date"
        raise StoreLacksError("its own time", endpoint=site.endpoint, seen=seen) from error


def removed(site: Site, client: Any, bucket: str, wanted: Sequence[Mapping[str, str]]) -> None:
    """Remove objects (Key), or versions of them (Key, VersionId), 1000 at most, in one request."""
    if not wanted:
        return
    action = "remove objects of"
    answer = guarded(
        site,
        action,
        bucket,
        lambda: client.delete_objects(
            Bucket=bucket, Delete={"Objects": [dict(one) for one in wanted], "Quiet": True}
        ),
    )
    for fault in answer.get("Errors") or ():
        reason, target = str(fault.get("Message") or ""), f"{bucket}/{fault.get('Key')}"
        if fault.get("Code") == "AccessDenied":
            raise StoreDeniedError("remove", target, reason=reason or "it answered AccessDenied")
        raise StoreRequestError("remove", target, fault=str(fault.get("Code")), reason=reason)


def status_of(error: ClientError) -> int:
    """The HTTP status of a fault; 0 when it has none."""
    told: Any = error.response.get("ResponseMetadata") or {}
    return int(told.get("HTTPStatusCode") or 0)


def code_of(error: ClientError) -> str:
    """The store's name of a fault; some answers have none."""
    return str((error.response.get("Error") or {}).get("Code") or "")


def message_of(error: ClientError) -> str:
    """The store's own words, on one line."""
    told = error.response.get("Error") or {}
    return " ".join(str(told.get("Message") or told.get("Code") or "without a word").split())[:300]


def operator_keys(file: Path) -> Keys:
    """The operator's key, a JSON file. Raises StoreCredentialsError."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return Keys(str(kept["access_key"]), Secret(str(kept["secret_key"])))
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    except (ValueError, TypeError):
        reason = "it is not the JSON object that was expected"
    except KeyError as error:
        reason = f"it has no {error}"
    raise StoreCredentialsError(str(file), reason=reason)


def _words(error: Exception) -> str:
    """The fault itself, without the address that everybody repeats."""
    deepest: BaseException = error
    while isinstance(inner := _inner(deepest), BaseException):
        deepest = inner
    text = " ".join(str(getattr(deepest, "strerror", None) or deepest).split())
    return text[:200]


def _inner(error: BaseException) -> BaseException | None:
    packed = getattr(error, "kwargs", {})
    inner = packed.get("error") if isinstance(packed, dict) else None
    return inner or getattr(error, "reason", None) or error.__cause__
