"""The bucket of documents and their versions."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

from orchestrator.sandbox.standins.common.signature import Signer
from orchestrator.sandbox.standins.grist.environment import Environment

_EXPIRES_S = 600
_TIMEOUT_S = 15
_SPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


class BucketError(Exception):
    """The object store refused, or was not there."""


class Version(NamedTuple):
    """One version of one object; the newest comes first where they are listed."""

    key: str
    number: str
    at: datetime
    is_mark: bool


@dataclass(frozen=True)
class Bucket:
    """The bucket of the environment's words."""

    base: str
    prefix: str
    signer: Signer
    authorities: str = ""

    def put(self, key: str, content: bytes) -> str:
        """Store an object; returns the number of the version. Raises BucketError."""
        _, headers, _ = self._ask("PUT", key, content)
        return headers.get("x-amz-version-id", "")

    def get(self, key: str, version: str = "") -> bytes | None:
        """An object, or None when it is not there. Raises BucketError."""
        query = {"versionId": version} if version else {}
        status, _, body = self._ask("GET", key, query=query, may_miss=True)
        return None if status == http.client.NOT_FOUND else body

    def delete(self, key: str, version: str) -> None:
        """Remove one version for good. Raises BucketError."""
        self._ask("DELETE", key, query={"versionId": version}, may_miss=True)

    def versions(self, prefix: str) -> list[Version]:
        """All versions of the objects whose names begin so, marks of deletion included."""
        found: list[Version] = []
        marks: dict[str, str] = {}
        while True:
            _, _, body = self._ask("GET", "", query={"versions": "", "prefix": prefix, **marks})
            tree = _read(body)
            found += [_version(each) for each in tree if _name(each) in {"Version", "DeleteMarker"}]
            marks = {
                "key-marker": tree.findtext(f"{_SPACE}NextKeyMarker", ""),
                "version-id-marker": tree.findtext(f"{_SPACE}NextVersionIdMarker", ""),
            }
            if tree.findtext(f"{_SPACE}IsTruncated") != "true" or not marks["key-marker"]:
                return sorted(found, key=lambda each: each.at, reverse=True)

    def is_versioned(self) -> bool:
        """Whether the store keeps versions. Raises BucketError."""
        _, _, body = self._ask("GET", "", query={"versioning": ""})
        return _read(body).findtext(f"{_SPACE}Status") == "Enabled"

    def _ask(
        self,
        method: str,
        key: str,
        content: bytes = b"",
        *,
        query: Mapping[str, str] | None = None,
        may_miss: bool = False,
    ) -> tuple[int, Mapping[str, str], bytes]:
        url = self.signer.presigned(
            method,
            f"{self.base}/{quote(key)}" if key else self.base,
            at=datetime.now(UTC),
            expires_s=_EXPIRES_S,
            query=query,
        )
        parts = urlsplit(url)
        connection = self._connection(parts.scheme, parts.netloc)
        try:
            connection.request(method, f"{parts.path}?{parts.query}", content)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as fault:
            raise BucketError(f"{type(fault).__name__}: {parts.netloc}") from fault  # noqa: EM102
        finally:
            connection.close()
        missing = may_miss and response.status == http.client.NOT_FOUND
        if response.status >= http.client.BAD_REQUEST and not missing:
            raise BucketError(f"{method} answered {response.status}")  # noqa: EM102
        headers = {name.lower(): value for name, value in response.getheaders()}
        return response.status, headers, body

    def _connection(self, scheme: str, netloc: str) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(netloc, timeout=_TIMEOUT_S)
        context = ssl.create_default_context()
        if self.authorities:
            context.load_verify_locations(self.authorities)
        return http.client.HTTPSConnection(netloc, timeout=_TIMEOUT_S, context=context)


def bucket_of(environment: Environment) -> Bucket | None:
    """The bucket, when there is one and nobody turned it off."""

    def text(name: str, default: str = "") -> str:
        return environment.text(f"GRIST_DOCS_MINIO_{name}", default)

    name = text("BUCKET")
    if not name or environment.enabled("GRIST_DISABLE_S3"):
        return None
    secure = environment.enabled("GRIST_DOCS_MINIO_USE_SSL", default=True)
    port = text("PORT")
    place = text("ENDPOINT") + (f":{port}" if port else "")
    return Bucket(
        base=f"{'https' if secure else 'http'}://{place}/{name}",
        prefix=text("PREFIX", "docs/"),
        signer=Signer(text("ACCESS_KEY"), text("SECRET_KEY"), text("BUCKET_REGION", "us-east-1")),
        authorities=environment.text("NODE_EXTRA_CA_CERTS"),
    )


def _read(body: bytes) -> ET.Element:
    try:
        return ET.fromstring(body)  # noqa: S314 - the store that holds the documents is trusted
    except ET.ParseError:
        raise BucketError("The store's answer is not readable") from None


def _name(element: ET.Element) -> str:
    return element.tag.removeprefix(_SPACE)


def _version(element: ET.Element) -> Version:
    text = {_name(each): each.text or "" for each in element}
    at = datetime.fromisoformat(text["LastModified"].replace("Z", "+00:00"))
    return Version(text["Key"], text["VersionId"], at, _name(element) == "DeleteMarker")
