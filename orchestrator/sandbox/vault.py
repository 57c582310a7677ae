"""Have the secrets server initialised, unsealed, audited, and able to sign certificates."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestrator.errors.sandbox import PartNotReadyError
from orchestrator.sandbox import probe
from orchestrator.sandbox.credentials import Credentials
from orchestrator.sandbox.files import written
from orchestrator.sandbox.layout import Layout
from orchestrator.sandbox.parts.cloud import SECRETS_PORT

PKI_MOUNT = "pki"
PKI_ROLE = "platform"
OPERATOR_POLICY = """
path "sys/mounts"              { capabilities = ["read", "list"] }
path "sys/mounts/tenants/*" {
  capabilities = ["create", "read", "update", "delete", "list", "sudo"]
}
path "sys/policies/acl/tenant-*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "sys/audit"               { capabilities = ["read", "sudo"] }
path "tenants/*" {
  capabilities = ["create", "read", "update", "delete", "list", "patch"]
}
path "sys/auth/tenants/*"      { capabilities = ["create", "read", "update", "sudo"] }
path "auth/tenants/+/people/users/*" { capabilities = ["create", "read", "update"] }
path "auth/tenants/+/machines/role/*" { capabilities = ["create", "read", "update", "list"] }
path "identity/entity/name/tenant-*" { capabilities = ["create", "read", "update"] }
path "identity/group/name/tenant-*"  { capabilities = ["create", "read", "update"] }
path "identity/entity-alias"         { capabilities = ["create", "update"] }
path "identity/entity-alias/id"      { capabilities = ["list"] }
path "identity/oidc/key/tenant-*"    { capabilities = ["create", "read", "update"] }
path "identity/oidc/assignment/tenant-*" { capabilities = ["create", "read", "update"] }
path "identity/oidc/scope/email"     { capabilities = ["create", "read", "update"] }
path "identity/oidc/scope/profile"   { capabilities = ["create", "read", "update"] }
path "identity/oidc/client"          { capabilities = ["list"] }
path "identity/oidc/client/+"        { capabilities = ["create", "read", "update", "delete"] }
path "identity/oidc/provider/+"      { capabilities = ["create", "read", "update"] }
path "auth/token/create"       { capabilities = ["update", "sudo"] }
path "auth/token/revoke-accessor" { capabilities = ["update"] }
path "auth/approle/*"          { capabilities = ["create", "read", "update", "delete", "list"] }
path "pki/issue/platform"      { capabilities = ["update"] }
path "pki/cert/*"              { capabilities = ["read"] }
"""
_YEAR = "8760h"
_MONTH = "768h"
_TOKEN_RENEWED_AFTER_S = 10 * 24 * 3600.0  # of the month that it lasts


def token_file(layout: Layout) -> Path:
    """The operator's token."""
    return layout.path("vault", "operator.token")


def abandoned(layout: Layout) -> bool:
    """Whether an earlier `up` ended between making its keys and writing them down.

    Nobody can ever have put anything into it, so it may be thrown away.
    """
    begun = layout.path("vault", "data", "core").exists()
    return begun and not _keys(layout).exists() and not token_file(layout).exists()


def discard(layout: Layout) -> None:
    """Throw an abandoned one's data away; it must not run."""
    shutil.rmtree(layout.path("vault", "data"))
    layout.path("vault", "data").mkdir(mode=0o700)


def prepare(layout: Layout, credentials: Credentials, address: str, now: datetime) -> None:
    """Make everything that is missing. Raises PartNotReadyError when the keys were lost."""
    import hvac

    client = hvac.Client(url=address, verify=str(credentials.authority), timeout=10)
    keys = _keys(layout)
    if not client.sys.is_initialized():
        _initialise(client, keys)
    if not keys.exists():
        raise PartNotReadyError(
            "vault",
            reason="its keys are lost; `orchestrator sandbox reset` begins anew",
            log=str(layout.path("log", "vault.log")),
            tail=(),
        )
    kept = json.loads(keys.read_text(encoding="utf-8"))
    if client.sys.is_sealed():
        client.sys.submit_unseal_key(kept["unseal_key"])
    if not token_due(layout, now):
        return
    client.token = kept["root_token"]
    _audit(client, layout)
    _authority(client, credentials)
    _operator(client, layout)


def sealed(layout: Layout, credentials: Credentials) -> bool:
    """Whether it waits for its key: it answers then, and does nothing else."""
    place = layout.cloud_address
    return not probe.well(place, SECRETS_PORT, "/v1/sys/health", authority=credentials.authority)


def token_due(layout: Layout, now: datetime) -> bool:
    """Whether the operator needs a new token: none yet, too little allowed, or soon too old."""
    token, policy = token_file(layout), layout.path("vault", "policy")
    if not (token.exists() and policy.exists()):
        return True
    if policy.read_text(encoding="utf-8") != OPERATOR_POLICY:
        return True
    return now.timestamp() - token.stat().st_mtime > _TOKEN_RENEWED_AFTER_S


def _keys(layout: Layout) -> Path:
    return layout.path("vault", "keys.json")


def _initialise(client: Any, keys: Path) -> None:
    made = client.sys.initialize(secret_shares=1, secret_threshold=1)
    written(
        keys, json.dumps({"unseal_key": made["keys_base64"][0], "root_token": made["root_token"]})
    )
    descriptor = os.open(keys, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _audit(client: Any, layout: Layout) -> None:
    if "file/" not in client.sys.list_enabled_audit_devices()["data"]:
        path = str(layout.path("log", "vault-audit.log"))
        client.sys.enable_audit_device("file", options={"file_path": path})


def _authority(client: Any, credentials: Credentials) -> None:
    """Its certificates are signed by the sandbox's own authority."""
    if f"{PKI_MOUNT}/" not in client.sys.list_mounted_secrets_engines()["data"]:
        client.sys.enable_secrets_engine("pki", path=PKI_MOUNT, config={"max_lease_ttl": _YEAR})
    if not client.secrets.pki.read_ca_certificate(mount_point=PKI_MOUNT):
        bundle = credentials.authority_key.read_text() + credentials.authority.read_text()
        client.secrets.pki.submit_ca_information(bundle, mount_point=PKI_MOUNT)
    role = {
        "allow_any_name": True,
        "enforce_hostnames": True,
        "key_type": "ec",
        "key_bits": 256,
        "max_ttl": _YEAR,
        "ttl": "2160h",
        "server_flag": True,
        "client_flag": False,
        "require_cn": False,
    }
    client.secrets.pki.create_or_update_role(PKI_ROLE, role, mount_point=PKI_MOUNT)


def _operator(client: Any, layout: Layout) -> None:
    client.sys.create_or_update_policy("operator", OPERATOR_POLICY)
    made = client.auth.token.create(
        policies=["operator"],
        no_parent=True,
        period=_MONTH,
        display_name=f"operator-{secrets.token_hex(3)}",
    )
    written(token_file(layout), made["auth"]["client_token"])
    written(layout.path("vault", "policy"), OPERATOR_POLICY)
