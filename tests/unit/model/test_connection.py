"""What a sandbox of an earlier version wrote can still be read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.model.connection import Connection, IdentityServer

EARLIER: dict[str, Any] = {
    "format": "orchestrator/connection/v1",
    "name": "default",
    "kubeconfig": "/s/admin.kubeconfig",
    "kubectl": "/c/kubectl",
    "pulumi": "/c/pulumi",
    "authority": "/s/authority.crt",
    "secrets": {"address": "https://10.1.129.2:8200", "token_file": "/s/operator.token"},
    "objects": {
        "endpoint": "http://10.1.129.2:8333",
        "region": "sandbox",
        "identity_endpoint": "http://10.1.129.2:8333",
        "credentials_file": "/s/s3.json",
    },
    "mail": {"address": "10.1.129.2", "port": 2525, "inbox": "http://10.1.129.2:8025/"},
    "entrance": {
        "kind": "skipper",
        "class_name": "sandbox",
        "address": "127.0.0.1",
        "port": 8443,
        "sources": ["10.1.0.1/32"],
    },
    "network": {
        "pods": "10.1.0.0/18",
        "services": "10.1.64.0/18",
        "node": "10.1.128.2",
        "dns": "10.1.64.10",
    },
    "storage_class": "sandbox",
    "images": {},
}
IDENTITY = {"public": "https://identite.sandbox.localhost:8443", "address": "10.1.128.2"}


def test_one_without_a_way_to_sign_in_is_read() -> None:
    assert Connection.model_validate_json(json.dumps(EARLIER)).identity is None


def test_one_with_it_comes_back_as_it_was_written() -> None:
    told = Connection.model_validate({**EARLIER, "identity": {**IDENTITY, "port": 8443}})
    assert told.identity == IdentityServer(**IDENTITY, port=8443)
    assert Connection.model_validate_json(told.model_dump_json()) == told


def test_half_of_it_is_refused() -> None:
    with pytest.raises(ValidationError, match="port"):
        Connection.model_validate({**EARLIER, "identity": IDENTITY})
