"""The keys of backups at the real server: what they open, and what a stolen way in is good for."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import hvac
import pytest

from orchestrator.errors.keys import (
    KeyUnavailableError,
    KeyUnsafeError,
    SigningKeyUnavailableError,
)
from orchestrator.errors.secrets import SecretsRequestError
from orchestrator.errors.signatures import SignerUnknownError
from orchestrator.model.names import InstanceNames, TenantNames
from orchestrator.model.secret import Secret
from orchestrator.ports import MachineLogin
from orchestrator.recovery.signed import opened, seal
from orchestrator.tools.keyring import VaultKeyRing
from orchestrator.tools.keyring_machines import InstanceMachines
from orchestrator.tools.secretstore_client import VaultClient, operator_token
from tests.sandbox.project import Standing
from tests.sandbox.workbench import store_of

pytestmark = pytest.mark.sandbox

CHANCE = secrets.token_hex(3)  # keys stay in a sandbox that is kept
SLUG, OTHER = f"essai-cles-{CHANCE}", f"essai-autres-{CHANCE}"
TRANSIT, MACHINES = TenantNames(SLUG).transit_mount, TenantNames(SLUG).machines_mount
PLAIN = base64.b64encode(b"x" * 32).decode()
ELSEWHERE = {"token_bound_cidrs": ["192.0.2.0/24"]}
ATTEMPTS = 12  # five are enough to be locked out where nobody says otherwise


def ring_of(standing: Standing, slug: str, product: str) -> VaultKeyRing:
    connection = standing.connection
    token = operator_token(connection.secrets.token_file)
    names = InstanceNames(slug, product)
    return VaultKeyRing(
        connection.secrets.address, token, connection.authority, TenantNames(slug), names
    )


def prepared(standing: Standing, slug: str, product: str) -> VaultKeyRing:
    store_of(standing, slug).prepare()
    ring = ring_of(standing, slug, product)
    ring.prepare()
    return ring


@pytest.fixture(scope="module")
def ring(standing: Standing) -> VaultKeyRing:
    return prepared(standing, SLUG, "grist")


@pytest.fixture(scope="module")
def neighbour(standing: Standing) -> VaultKeyRing:
    """Another instance of the same tenant."""
    return prepared(standing, SLUG, "decidim")


@pytest.fixture(scope="module")
def stranger(standing: Standing) -> VaultKeyRing:
    """The same product of another tenant."""
    return prepared(standing, OTHER, "grist")


@pytest.fixture
def spare(standing: Standing) -> VaultKeyRing:
    """Of a tenant of its own, to be broken."""
    return prepared(standing, f"essai-{secrets.token_hex(4)}", "rudi")


def operator(standing: Standing) -> Any:
    token = operator_token(standing.connection.secrets.token_file)
    return client_of(standing, token.reveal())


def client_of(standing: Standing, token: str) -> Any:
    connection = standing.connection
    verify = str(connection.authority)
    return hvac.Client(connection.secrets.address, token, verify=verify).adapter


def transit_of(ring: VaultKeyRing) -> str:
    return ring._tenant.transit_mount


def test_all_is_there_once_it_was_prepared(standing: Standing, ring: VaultKeyRing) -> None:
    before = ring_of(standing, f"essai-{secrets.token_hex(4)}", "grist")
    assert before.prepared() is False
    assert ring.prepared() is True
    first = ring.fingerprint()
    ring.prepare()
    assert ring.fingerprint() == first
    assert first.startswith(f"{TRANSIT}/keys/backup-grist version 1 of 20")


def test_three_instances_are_prepared_at_the_same_moment(standing: Standing) -> None:
    slug = f"essai-trois-{CHANCE}"
    store_of(standing, slug).prepare()
    rings = [ring_of(standing, slug, product) for product in ("decidim", "grist", "rudi")]
    with ThreadPoolExecutor(9) as workers:
        list(workers.map(lambda one: one.prepare(), [*rings, *rings, *rings]))
    assert all(one.prepared() for one in rings)
    for one in rings:
        assert one.machine_works(one.machine(), one.wrap_new())
    assert len({one.fingerprint() for one in rings}) == 3
    assert [set(one.public_keys()) for one in rings] == [{"points-1"}] * 3


def test_a_passphrase_comes_back_and_no_two_are_the_same(ring: VaultKeyRing) -> None:
    wrapped = [ring.wrap_new() for _ in range(5)]
    found = [ring.unwrap(one) for one in wrapped]
    assert len({one.reveal() for one in found}) == 5
    assert {len(base64.b64decode(one.reveal(), validate=True)) for one in found} == {32}
    assert [ring.unwrap(one) for one in wrapped] == found


def test_what_was_wrapped_before_a_rotation_is_unwrapped_after_it(
    standing: Standing, spare: VaultKeyRing
) -> None:
    wrapped, before = spare.wrap_new(), spare.fingerprint()
    passphrase = spare.unwrap(wrapped)
    operator(standing).post(f"/v1/{transit_of(spare)}/keys/backup-rudi/rotate", json={})
    assert spare.unwrap(wrapped) == passphrase
    assert spare.wrap_new().startswith("vault:v2:")
    assert " version 2 of " in spare.fingerprint()
    assert spare.fingerprint() != before
    assert spare.prepared()


def unavailable(ring: VaultKeyRing, wrapped: str) -> str:
    with pytest.raises(KeyUnavailableError) as caught:
        ring.unwrap(wrapped)
    assert wrapped not in f"{caught.value} {caught.value.why} {caught.value.hints}"
    assert caught.value.__context__ is None
    return caught.value.why


def test_another_key_does_not_unlock(
    ring: VaultKeyRing, neighbour: VaultKeyRing, stranger: VaultKeyRing
) -> None:
    for other in (neighbour, stranger):
        assert unavailable(ring, other.wrap_new()).startswith("the secrets server says: ")


@pytest.mark.parametrize("wrapped", ["", "x", "vault:v1:", "vault:v1:eA==", "vault:v9:eA=="])
def test_what_is_no_passphrase_is_told_so(ring: VaultKeyRing, wrapped: str) -> None:
    with pytest.raises(KeyUnavailableError) as caught:
        ring.unwrap(wrapped)
    assert caught.value.why.startswith("the secrets server says: ")


def test_a_version_that_may_not_decrypt_any_more(standing: Standing, spare: VaultKeyRing) -> None:
    wrapped, path = spare.wrap_new(), f"/v1/{transit_of(spare)}/keys/backup-rudi"
    operator(standing).post(f"{path}/rotate", json={})
    operator(standing).post(f"{path}/config", json={"min_decryption_version": 2})
    assert "too old" in unavailable(spare, wrapped)
    assert spare.unwrap(spare.wrap_new())


def test_a_key_that_was_deleted(standing: Standing, spare: VaultKeyRing) -> None:
    login, wrapped = spare.machine(), spare.wrap_new()
    path = f"/v1/{transit_of(spare)}/keys/backup-rudi"
    operator(standing).post(f"{path}/config", json={"deletion_allowed": True})
    operator(standing).delete(path)
    assert "encryption key not found" in unavailable(spare, wrapped)
    assert spare.prepared() is False
    for use in (spare.wrap_new, spare.fingerprint, lambda: spare.machine_works(login, wrapped)):
        with pytest.raises(KeyUnavailableError):
            use()
    spare.prepare()
    assert "encryption key not found" not in unavailable(spare, wrapped)
    assert spare.machine_works(login, spare.wrap_new()), "the way in is as it was"


def test_a_mount_that_is_gone(standing: Standing, spare: VaultKeyRing) -> None:
    wrapped = spare.wrap_new()
    operator(standing).delete(f"/v1/sys/mounts/{transit_of(spare)}")
    assert "no handler" in unavailable(spare, wrapped)
    with pytest.raises(SigningKeyUnavailableError):
        spare.sign(b"x")
    with pytest.raises(SigningKeyUnavailableError):
        spare.public_keys()


@pytest.mark.parametrize("key", ["backup-rudi", "points"])
@pytest.mark.parametrize("flag", ["exportable", "allow_plaintext_backup"])
def test_a_key_that_may_leave_is_noticed(
    standing: Standing, spare: VaultKeyRing, key: str, flag: str
) -> None:
    path = f"/v1/{transit_of(spare)}/keys/{key}/config"
    operator(standing).post(path, json={flag: True})
    for look in (spare.prepared, spare.prepare):
        with pytest.raises(KeyUnsafeError, match=key):
            look()
    operator(standing).post(path, json={flag: False})
    with pytest.raises(KeyUnsafeError):
        spare.prepared()


@pytest.mark.parametrize(
    "path", ["export/encryption-key/backup-grist", "export/signing-key/points", "backup/points"]
)
def test_no_key_leaves_even_for_the_operator(
    standing: Standing, ring: VaultKeyRing, path: str
) -> None:
    # Some versions of the servers call a backup that is not allowed a fault of their own.
    with pytest.raises((hvac.exceptions.InvalidRequest, hvac.exceptions.InternalServerError)):
        operator(standing).get(f"/v1/{TRANSIT}/{path}")


def test_a_signature_is_verified_without_the_server(
    standing: Standing, spare: VaultKeyRing
) -> None:
    point = {"instance": "essai/rudi", "size": 7, "état": ["né", None]}
    first, old = seal(point, spare.sign), spare.public_keys()
    assert opened(first, old) == point
    operator(standing).post(f"/v1/{transit_of(spare)}/keys/points/rotate", json={})
    second, new = seal(point, spare.sign), spare.public_keys()
    assert set(new) == {"points-1", "points-2"}
    assert opened(first, new) == opened(second, new) == point
    with pytest.raises(SignerUnknownError):
        opened(second, old)


def test_a_machine_works_and_leaves_no_token(standing: Standing, ring: VaultKeyRing) -> None:
    login = ring.machine()
    assert ring.machine_works(login, ring.wrap_new()) is True
    client, accessor = signed_in(ring, login)
    ring._machines.sign_out(accessor)
    with pytest.raises(hvac.exceptions.Forbidden):
        decrypt(client.api.adapter, ring)


def signed_in(ring: VaultKeyRing, login: MachineLogin) -> tuple[VaultClient, str]:
    machines: InstanceMachines = ring._machines
    found = machines.signed_in(login)
    assert found is not None
    return found


def decrypt(adapter: Any, ring: VaultKeyRing) -> Mapping[str, Any]:
    path = f"/v1/{TRANSIT}/decrypt/backup-grist"
    answer: Mapping[str, Any] = adapter.post(path, json={"ciphertext": ring.wrap_new()})
    return answer


def test_wrong_ways_in(ring: VaultKeyRing, neighbour: VaultKeyRing, stranger: VaultKeyRing) -> None:
    login, wrapped = ring.machine(), ring.wrap_new()
    for wrong in (
        MachineLogin(login.role, Secret("x")),
        MachineLogin(login.role, Secret("")),
        MachineLogin("x", login.secret),
        MachineLogin(neighbour.machine().role, login.secret),
        neighbour.machine(),
        stranger.machine(),
    ):
        assert ring.machine_works(wrong, wrapped) is False
    assert ring.machine_works(login, wrapped) is True


def test_wrong_attempts_lock_nobody_out(ring: VaultKeyRing) -> None:
    login, wrapped = ring.machine(), ring.wrap_new()
    for _ in range(ATTEMPTS):
        assert ring.machine_works(MachineLogin(login.role, Secret("x")), wrapped) is False
    assert ring.machine_works(login, wrapped) is True


def test_others_are_forgotten(ring: VaultKeyRing, neighbour: VaultKeyRing) -> None:
    first, second, third = ring.machine(), ring.machine(), ring.machine()
    theirs, wrapped = neighbour.machine(), ring.wrap_new()
    with pytest.raises(SecretsRequestError, match="could not find"):
        ring.forget_others(MachineLogin(second.role, Secret("x")))
    with pytest.raises(SecretsRequestError, match="could not find"):
        ring.forget_others(theirs)
    assert all(ring.machine_works(one, wrapped) for one in (first, second, third))
    ring.forget_others(second)
    works = [ring.machine_works(one, wrapped) for one in (first, second, third)]
    assert works == [False, True, False]
    assert neighbour.machine_works(theirs, neighbour.wrap_new())
    ring.forget_others(second)
    assert ring.machine_works(second, wrapped)


@pytest.mark.parametrize(
    "change",
    [
        {"token_policies": [f"tenant-{SLUG}-operator"]},
        {"token_ttl": 3600, "token_max_ttl": 7200},
        {"token_period": 60},
        {"token_no_default_policy": False},
        {"bind_secret_id": False, **ELSEWHERE},  # without a bound the server refuses that
        {"secret_id_num_uses": 1},
        {"token_type": "batch"},
    ],
    ids=str,
)
def test_a_role_that_was_changed_is_put_right(
    standing: Standing, ring: VaultKeyRing, change: Mapping[str, Any]
) -> None:
    path = f"/v1/auth/{MACHINES}/role/grist-backup"
    before = operator(standing).get(path)["data"]
    operator(standing).post(path, json=dict(change))
    assert ring.prepared() is False
    ring.prepare()
    assert ring.prepared() is True
    operator(standing).post(path, json={"token_bound_cidrs": []})
    assert operator(standing).get(path)["data"] == before


def test_a_policy_that_was_widened_is_put_right(standing: Standing, ring: VaultKeyRing) -> None:
    path = f"/v1/sys/policies/acl/tenant-{SLUG}-machine-grist"
    before = operator(standing).get(path)["data"]["policy"]
    operator(standing).post(path, json={"policy": 'path "*" { capabilities = ["read"] }'})
    assert ring.prepared() is False
    ring.prepare()
    assert operator(standing).get(path)["data"]["policy"] == before


@pytest.fixture(scope="module")
def stolen(standing: Standing, ring: VaultKeyRing) -> Iterator[Any]:
    """The token of a pod, in other hands."""
    client, accessor = signed_in(ring, ring.machine())
    yield client.api.adapter
    ring._machines.sign_out(accessor)


def test_a_stolen_token_unwraps_for_ten_minutes_at_most(
    standing: Standing, ring: VaultKeyRing, stolen: Any
) -> None:
    assert decrypt(stolen, ring)["data"]["plaintext"]
    login = ring.machine()
    body = {"role_id": login.role, "secret_id": login.secret.reveal()}
    made = client_of(standing, "").post(f"/v1/auth/{MACHINES}/login", json=body)["auth"]
    ring._machines.sign_out(made["accessor"])
    assert made["lease_duration"] == 600
    assert made["policies"] == [f"tenant-{SLUG}-machine-grist"]
    assert not made.get("identity_policies")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "{transit}/encrypt/backup-grist", {"plaintext": PLAIN}),
        ("post", "{transit}/rewrap/backup-grist", {"ciphertext": "vault:v1:eA=="}),
        ("post", "{transit}/datakey/plaintext/backup-grist", {}),
        ("post", "{transit}/datakey/wrapped/backup-grist", {}),
        ("post", "{transit}/decrypt/backup-decidim", {"ciphertext": "vault:v1:eA=="}),
        ("post", "{transit}/decrypt/state", {"ciphertext": "vault:v1:eA=="}),
        ("post", "{other}/decrypt/backup-grist", {"ciphertext": "vault:v1:eA=="}),
        ("post", "{transit}/sign/points", {"input": PLAIN}),
        ("post", "{transit}/keys/backup-grist/rotate", {}),
        ("post", "{transit}/keys/backup-grist/config", {"exportable": True}),
        ("delete", "{transit}/keys/backup-grist", None),
        ("get", "{transit}/keys/backup-grist", None),
        ("get", "{transit}/export/encryption-key/backup-grist", None),
        ("list", "{transit}/keys", None),
        ("get", "{kv}/data/grist/application", None),
        ("list", "{kv}/metadata", None),
        ("list", "{kv}/metadata/grist", None),
        ("post", "auth/token/create", {}),
        ("post", "auth/token/create-orphan", {}),
        ("post", "auth/token/renew-self", {}),
        ("get", "auth/token/lookup-self", None),
        ("post", "auth/{machines}/role/grist-backup/secret-id", {}),
        ("list", "auth/{machines}/role/grist-backup/secret-id", None),
        ("get", "auth/{machines}/role/grist-backup", None),
        ("get", "sys/policies/acl/tenant-{slug}-machine-grist", None),
        ("get", "sys/mounts", None),
        ("post", "sys/capabilities-self", {"paths": ["x"]}),
        ("post", "cubbyhole/x", {"x": "x"}),
    ],
)
def test_a_stolen_token_is_good_for_nothing_else(
    neighbour: VaultKeyRing,
    stranger: VaultKeyRing,
    stolen: Any,
    method: str,
    path: str,
    body: Any,
) -> None:
    names = {
        "transit": TRANSIT,
        "other": TenantNames(OTHER).transit_mount,
        "kv": TenantNames(SLUG).secrets_mount,
        "machines": MACHINES,
        "slug": SLUG,
    }
    words = {} if body is None else {"json": body}
    with pytest.raises(hvac.exceptions.Forbidden):
        getattr(stolen, method)(f"/v1/{path.format(**names)}", **words)
