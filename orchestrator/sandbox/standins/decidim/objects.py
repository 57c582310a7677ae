"""Where uploads lie: a bucket, or the local disk when nobody said otherwise."""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from orchestrator.sandbox.standins.common.signature import Signer
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.release import HOME

_WEEK_S = 7 * 24 * 3600
_TIMEOUT_S = 15
LOCAL = "local"


class ObjectStoreError(Exception):
    """The object store refused, or was not there."""


@dataclass(frozen=True)
class Bucket:
    """The bucket of the environment's words."""

    base: str
    signer: Signer
    public: bool
    expires_s: int

    def upload_url(self, key: str, headers: Mapping[str, str]) -> str:
        """Where a browser puts a file, with the headers it must send."""
        return self._presigned("PUT", key, headers=headers)

    def download_url(self, key: str, filename: str, content_type: str) -> str:
        """Where a file is fetched; unsigned when the uploads are everybody's."""
        if self.public:
            return self._url(key)
        query = {
            "response-content-disposition": disposition(filename),
            "response-content-type": content_type,
        }
        return self._presigned("GET", key, query=query)

    def put(self, key: str, content: bytes, headers: Mapping[str, str]) -> None:
        """Store an object. Raises ObjectStoreError."""
        self._ask("PUT", self.upload_url(key, headers), content, headers)

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no fault. Raises ObjectStoreError."""
        self._ask("DELETE", self._presigned("DELETE", key))

    def _presigned(
        self,
        method: str,
        key: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> str:
        return self.signer.presigned(
            method,
            self._url(key),
            at=datetime.now(UTC),
            expires_s=self.expires_s,
            headers=headers,
            query=query,
        )

    def _url(self, key: str) -> str:
        return f"{self.base}/{quote(key)}"

    @staticmethod
    def _ask(
        method: str, url: str, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        parts = urlsplit(url)
        connection = (
            http.client.HTTPSConnection(
                parts.netloc, timeout=_TIMEOUT_S, context=ssl.create_default_context()
            )
            if parts.scheme == "https"
            else http.client.HTTPConnection(parts.netloc, timeout=_TIMEOUT_S)
        )
        try:
            connection.request(method, f"{parts.path}?{parts.query}", content, dict(headers or {}))
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as fault:
            message = f"{type(fault).__name__}: {parts.netloc}"
            raise ObjectStoreError(message) from fault
        finally:
            connection.close()
        missing = method == "DELETE" and response.status == http.client.NOT_FOUND
        if response.status >= http.client.BAD_REQUEST and not missing:
            message = f"{method} answered {response.status}"
            raise ObjectStoreError(message)


@dataclass(frozen=True)
class Disk:
    """The folder of the image; in a pod it is neither shared nor writable nor kept."""

    folder: Path = HOME / "storage"

    def upload_url(self, key: str, headers: Mapping[str, str]) -> str:
        """The site itself; the stand-in takes no file there."""
        return f"/rails/active_storage/disk/{key}?{len(headers)}"

    def download_url(self, key: str, filename: str, _content_type: str) -> str:
        """The site itself; the stand-in gives no file there."""
        return f"/rails/active_storage/disk/{key}/{quote(filename)}"

    def put(self, key: str, content: bytes, _headers: Mapping[str, str]) -> None:
        """Store a file. Raises OSError on a root that cannot be written."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / key).write_bytes(content)

    def delete(self, key: str) -> None:
        """Remove a file."""
        (self.folder / key).unlink(missing_ok=True)


def disposition(filename: str) -> str:
    """How a browser shall take the file, with a name that every browser can read."""
    plain = re.sub(r'[^ -~]|["\\]', "_", filename)
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def store_of(environment: Environment) -> Bucket | Disk:
    """The place of uploads. Raises UnknownStorageError."""
    if environment.storage_service == LOCAL:
        return Disk()
    return bucket_of(environment)


def bucket_of(environment: Environment) -> Bucket:
    """The bucket, older names of its variables included."""
    host = environment.text("OBJECTSTORE_S3_HOST")
    endpoint = environment.text("AWS_ENDPOINT", f"https://{host}" if host else "").rstrip("/")
    region = environment.text("AWS_REGION", "not_applicable")
    parts = urlsplit(endpoint or f"https://s3.{region}.amazonaws.com")
    bucket = environment.text("AWS_BUCKET", environment.text("SCALEWAY_BUCKET_NAME"))
    # The provider that hosters use always has the bucket in the path.
    in_path = environment.storage_service == "minio" or environment.enabled("AWS_FORCE_PATH_STYLE")
    netloc, path = (
        (parts.netloc, f"{parts.path}/{bucket}")
        if in_path
        else (f"{bucket}.{parts.netloc}", parts.path)
    )
    return Bucket(
        base=f"{parts.scheme}://{netloc}{path}",
        signer=Signer(
            environment.text("AWS_ACCESS_KEY_ID", environment.text("SCALEWAY_ID")),
            environment.text("AWS_SECRET_ACCESS_KEY", environment.text("SCALEWAY_TOKEN")),
            region,
        ),
        public=environment.enabled("AWS_PUBLIC", default=True),
        expires_s=environment.integer("DECIDIM_SERVICE_URLS_EXPIRES_IN", 1) * _WEEK_S,
    )
