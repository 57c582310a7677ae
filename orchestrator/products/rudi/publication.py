"""A dataset with a file, published and taken back as producers and readers do it.

Its identifiers are the same each time, so what a killed run left behind is written over and removed
by the next.
"""

from __future__ import annotations

import hashlib
import json
import secrets as chance
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from orchestrator.model.secret import Secret
from orchestrator.ports import WebAnswer
from orchestrator.products.rudi import inside, tokens
from orchestrator.products.rudi.identifiers import identifier
from orchestrator.products.rudi.inside import CATALOG, STORAGE, RudiSubject, Said
from orchestrator.products.rudi.secrets import ACCEPTANCE_KEY
from orchestrator.products.toolbox import Toolbox
from orchestrator.products.trying import refuse

_PROBE = "acceptance"
_LIST = "/catalog/v1/resources?limit=500&fields=global_id"


@dataclass(frozen=True)
class Dataset:
    """One dataset of the probe; `restricted` ones must not be listed."""

    identifier: str
    media: str
    content: bytes
    restricted: bool


def dataset(subject: RudiSubject, *, restricted: bool) -> Dataset:
    """The dataset with bytes that nobody has seen before."""
    name = f"{_PROBE} {'restricted' if restricted else 'open'}"
    slug = subject.tenant.slug
    content = f"rue;bancs\nrue de la Paix;{chance.token_hex(8)}\n".encode()
    return Dataset(
        identifier(slug, f"{name} dataset"), identifier(slug, f"{name} file"), content, restricted
    )


class Publisher:
    """Publishes and takes back: descriptions inside the pods, files through the entrance."""

    def __init__(self, subject: RudiSubject, tools: Toolbox) -> None:
        self._subject = subject
        self._tools = tools
        kept = tools.secrets.read(ACCEPTANCE_KEY.path) or {}
        if ACCEPTANCE_KEY.key not in kept:
            refuse(f"{ACCEPTANCE_KEY.reference} is missing")
        private, now = kept[ACCEPTANCE_KEY.key], tools.clock.now()
        self._catalog = tokens.catalog_token(private, now)
        self._storage = tokens.storage_token(private, now)

    def publish(self, one: Dataset) -> None:
        """Send the file, describe it, make both public. Raises NotAccepted."""
        upload = self._upload_token()
        posted = self._sent(one, upload)
        self._administration("PUT", "resources", json=self._description(one))
        body = {name: posted[name] for name in ("zone_name", "commit_uuid")}
        self._administration("POST", f"media/{one.media}/commit", json=body)

    def take_back(self, one: Dataset) -> None:
        """Remove what is there of it, and prove that it is gone. Raises NotAccepted."""
        self.clear(one)
        for path in (f"/catalog/v1/resources/{one.identifier}", f"/storage/download/{one.media}"):
            if (answer := self.read(path)).status != 404:
                refuse(f"{path} answers {answer.status} after it was removed")

    def clear(self, one: Dataset) -> None:
        """Remove what is there of it. Raises NotAccepted."""
        removal = {"method": "DELETE", "token": self._catalog.reveal()}
        path = f"/catalog/admin/resources/{one.identifier}"
        self._gone(self._asked(CATALOG, {**removal, "path": path}), path)
        file = {"method": "DELETE", "path": f"/storage/delete/{one.media}"}
        said = self._asked(STORAGE, {**file, "token": self._storage.reveal()})
        self._gone(said, file["path"])

    def read(self, path: str) -> WebAnswer:
        """A path as everybody reads it."""
        return self._tools.web.request("GET", f"{self._subject.public_url}{path}")

    def listed(self) -> set[str]:
        """Identifiers of what the public list shows. Raises NotAccepted."""
        answer = self.read(_LIST)
        if answer.status != 200:
            refuse(f"the public list answers {answer.status}")
        return {str(one.get("global_id")) for one in json.loads(answer.body)["items"]}

    def _upload_token(self) -> Secret:
        body = {"user_id": 1, "user_name": tokens.PROFILE, "group_name": "producer"}
        forge = {"method": "POST", "path": "/storage/jwt/forge", "json": body}
        said = self._asked(STORAGE, {**forge, "token": self._storage.reveal()})
        if said.status != 200 or "token" not in (said.json or {}):
            refuse(f"the storage answers {said.status} to our key; it may be another's")
        return Secret(str(said.json["token"]))

    def _sent(self, one: Dataset, token: Secret) -> Mapping[str, str]:
        url, bearer = self._subject.public_url, f"Bearer {token.reveal()}"
        described = {**_media(one), "charset": "utf-8", "access_date": "2026-01-05"}
        headers = {
            "Authorization": bearer,
            "file_metadata": json.dumps(described),
            "Content-Type": "application/octet-stream",
        }
        posted = self._tools.web.request(
            "POST", f"{url}/storage/post", headers=headers, body=one.content
        )
        told = json.loads(posted.body) if posted.status == 200 else None
        if not isinstance(told, list) or not told:
            refuse(f"/storage/post answers {posted.status}")
        words = {name: str(told[0].get(name, "")) for name in ("zone_name", "commit_uuid")}
        kept = self._tools.web.request(
            "POST",
            f"{url}/storage/commit?{urlencode(words)}",
            headers={"Authorization": bearer},
            body=b"",
        )
        if kept.status != 200:
            refuse(f"/storage/commit answers {kept.status}")
        return words

    def _administration(self, method: str, path: str, **further: Any) -> None:
        asked = {"method": method, "path": f"/catalog/admin/{path}", **further}
        said = self._asked(CATALOG, {**asked, "token": self._catalog.reveal()})
        if said.status != 200:
            words = said.json.get("message", "") if isinstance(said.json, dict) else ""
            refuse(f"{method} /catalog/admin/{path} answers {said.status}: {words}")

    def _asked(self, workload: str, request: Mapping[str, Any]) -> Said:
        return inside.ask(self._subject, self._tools, workload, request)[0]

    def _gone(self, said: Said, path: str) -> None:
        if said.status not in {200, 404}:
            refuse(f"DELETE {path} answers {said.status}")

    def _description(self, one: Dataset) -> dict[str, Any]:
        subject, slug = self._subject, self._subject.tenant.slug
        checksum = hashlib.md5(one.content, usedforsecurity=False).hexdigest()
        text = [{"lang": "fr", "text": "Sonde de mise en service, retirée aussitôt"}]
        moment = self._tools.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        access: dict[str, Any] = {
            "licence": {"licence_type": "STANDARD", "licence_label": "etalab-2.0"}
        }
        if one.restricted:
            access["confidentiality"] = {"restricted_access": True, "gdpr_sensitive": False}
        url = f"{subject.public_url}/storage/download/{one.media}"
        file = {
            **_media(one),
            "checksum": {"algo": "MD5", "hash": checksum},
            "connector": {"url": url, "interface_contract": "dwnl"},
        }
        return {
            "global_id": one.identifier,
            "resource_title": "Sonde de mise en service",
            "synopsis": text,
            "summary": text,
            "theme": "publicSpace",
            "keywords": ["sonde"],
            "producer": {"organization_id": identifier(slug, "producer")},
            "contacts": [{"contact_id": identifier(slug, "contact")}],
            "available_formats": [file],
            "dataset_dates": {"created": moment, "updated": moment},
            "storage_status": "online",
            "access_condition": access,
            "metadata_info": {"api_version": subject.release.api_version},
        }


def _media(one: Dataset) -> dict[str, Any]:
    return {
        "media_id": one.media,
        "media_type": "FILE",
        "media_name": "sonde.csv",
        "file_type": "text/csv",
        "file_size": len(one.content),
    }
