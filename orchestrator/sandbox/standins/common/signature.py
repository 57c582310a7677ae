"""Addresses of the object store that are signed in advance (AWS Signature Version 4).

A library would take longer to load than everything else here together.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

LONGEST_S = 7 * 24 * 3600
_ALGORITHM = "AWS4-HMAC-SHA256"


class ExpiresTooLateError(ValueError):
    """The protocol allows seven days; the client library refuses more, and so do we."""


@dataclass(frozen=True)
class Signer:
    """Who signs, for which region."""

    access_key: str
    secret_key: str
    region: str

    def presigned(
        self,
        method: str,
        url: str,
        *,
        at: datetime,
        expires_s: int,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> str:
        """The URL with its signature. `headers` must be sent along exactly as they are given.

        Raises ExpiresTooLateError.
        """
        if expires_s > LONGEST_S:
            message = f"expires_in value of {expires_s} exceeds one-week maximum"
            raise ExpiresTooLateError(message)
        parts = urlsplit(url)
        signed = {"host": parts.netloc, **{k.lower(): v for k, v in (headers or {}).items()}}
        names = ";".join(sorted(signed))
        stamp, scope = f"{at:%Y%m%dT%H%M%SZ}", f"{at:%Y%m%d}/{self.region}/s3/aws4_request"
        fields = {
            **(query or {}),
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{self.access_key}/{scope}",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(expires_s),
            "X-Amz-SignedHeaders": names,
        }
        text = "&".join(
            f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in sorted(fields.items())
        )
        lines = "".join(f"{name}:{signed[name].strip()}\n" for name in sorted(signed))
        request = f"{method}\n{parts.path}\n{text}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(request.encode()).hexdigest()
        wanted = f"{_ALGORITHM}\n{stamp}\n{scope}\n{digest}"
        signature = hmac.new(self._key(at), wanted.encode(), hashlib.sha256).hexdigest()
        return f"{parts.scheme}://{parts.netloc}{parts.path}?{text}&X-Amz-Signature={signature}"

    def _key(self, at: datetime) -> bytes:
        key = f"AWS4{self.secret_key}".encode()
        for part in (f"{at:%Y%m%d}", self.region, "s3", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key
