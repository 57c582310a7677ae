"""An acceptance test as an operator would write it, from an organisation to the file."""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

from orchestrator.sandbox.standins.rudi.tokens import signed
from tests.unit.sandbox.standins.rudi.node import Node

BYTES = b"rue;bancs\nrue de la Paix;4\n"


def catalog_token(
    node: Node, profile: str = "rudi_node_manager", key: str = "", **more: Any
) -> str:
    """A token of a profile of the catalog."""
    path = Path(key) if key else node.path("SAFE_DIR") / "catalog_mngr"
    claims = {"sub": profile, "client_id": profile, "req_mtd": "all", "req_url": "all", **more}
    return signed(claims, path)


def upload_token(node: Node) -> str:
    """A token for uploads, made by the storage for the holder of its key."""
    key = node.path("SAFE_DIR") / "store_mngr"
    token = signed({"sub": "auth", "client_id": "rudi_node_manager"}, key)
    body = {"user_id": 5, "user_name": "town", "group_name": "producer"}
    return str(node.ask("POST", "/storage/jwt/forge", body, token).json["token"])


def description(node: Node, **changes: Any) -> dict[str, Any]:
    """A whole description of one file."""
    media_id = str(uuid.uuid4())
    found = {
        "global_id": str(uuid.uuid4()),
        "resource_title": "Bancs publics",
        "synopsis": [{"lang": "fr", "text": "Bancs"}],
        "summary": [{"lang": "fr", "text": "Les bancs publics de la ville"}],
        "theme": "publicSpace",
        "keywords": ["bancs"],
        "producer": {"organization_id": str(uuid.uuid4()), "organization_name": "Ville"},
        "contacts": [
            {
                "contact_id": str(uuid.uuid4()),
                "contact_name": "Données ouvertes",
                "email": "donnees@ville.example",
            }
        ],
        "available_formats": [
            {
                "media_id": media_id,
                "media_type": "FILE",
                "media_name": "bancs.csv",
                "file_type": "text/csv",
                "file_size": len(BYTES),
                "checksum": {
                    "algo": "MD5",
                    "hash": hashlib.md5(BYTES, usedforsecurity=False).hexdigest(),
                },
                "connector": {
                    "url": f"http://127.0.0.1:{node.port + 1}/storage/download/{media_id}",
                    "interface_contract": "dwnl",
                },
            }
        ],
        "dataset_dates": {"created": "2026-01-05T10:00:00Z", "updated": "2026-01-05T10:00:00Z"},
        "storage_status": "online",
        "access_condition": {
            "licence": {"licence_type": "STANDARD", "licence_label": "etalab-2.0"}
        },
        "metadata_info": {"api_version": "1.3.0"},
    }
    return {**found, **changes}


def sent(node: Node, media: dict[str, Any], token: str, **headers: str) -> dict[str, Any]:
    """Send the file; what it takes to have it kept."""
    described = {
        name: media[name] for name in ("media_id", "media_type", "media_name", "file_size")
    }
    header = {**described, "file_type": "text/csv", "charset": "utf-8", "access_date": "2026-01-05"}
    given = {"file_metadata": json.dumps(header), **headers}
    posted = node.ask("POST", "/storage/post", BYTES, token, given)
    assert posted.status == 200, posted.body
    found: dict[str, Any] = posted.json[-2]
    assert posted.json[-1] == {"status": "OK"}
    return found


def upload(node: Node, media: dict[str, Any], token: str, **headers: str) -> dict[str, Any]:
    """Send the file and have it kept."""
    found = sent(node, media, token, **headers)
    query = f"zone_name={found['zone_name']}&commit_uuid={found['commit_uuid']}"
    committed = node.ask("POST", f"/storage/commit?{query}", b"", token, headers)
    assert committed.status == 200, committed.body
    return found


def published(node: Node, **changes: Any) -> dict[str, Any]:
    """A description with its file, public."""
    token = catalog_token(node)
    wanted = description(node, **changes)
    media = wanted["available_formats"][0]
    posted = upload(node, media, upload_token(node))
    assert node.ask("PUT", "/catalog/admin/resources", wanted, token).status == 200
    body = {name: posted[name] for name in ("zone_name", "commit_uuid")}
    done = node.ask("POST", f"/catalog/admin/media/{media['media_id']}/commit", body, token)
    assert done.status == 200, done.body
    return wanted


def listed(node: Node) -> list[str]:
    """What the public list shows."""
    items = node.ask("GET", "/catalog/v1/resources?limit=500").json["items"]
    return [each["global_id"] for each in items]
