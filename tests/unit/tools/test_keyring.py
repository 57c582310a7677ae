"""What is made of keys and of the pods' way in, and what each way of not unlocking means."""

from __future__ import annotations

import base64
import copy
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hvac import exceptions

from orchestrator.errors.keys import (
    KeyUnavailableError,
    KeyUnsafeError,
    SigningKeyUnavailableError,
)
from orchestrator.errors.root import OrchestratorError
from orchestrator.errors.secrets import (
    SecretsDeniedError,
    SecretsMountError,
    SecretsRequestError,
)
from orchestrator.model.names import InstanceNames, TenantNames
from orchestrator.model.secret import Secret
from orchestrator.ports import MachineLogin
from orchestrator.recovery.signed import opened, seal
from orchestrator.tools import secretstore_client
from orchestrator.tools.keyring import VaultKeyRing
from tests.unit.tools.keyring_server import OPERATOR, Server, refused

BACKUP = "tenants/a/transit/backup-grist"
SIGNING = "tenants/a/transit/points"
DECRYPT = "tenants/a/transit/decrypt/backup-grist"
MOUNT = "sys/auth/tenants/a/machines"
ROLE = "auth/tenants/a/machines/role/grist-backup"
POLICY = "sys/policies/acl/tenant-a-machine-grist"
UNSAFE = [
    ({"exportable": True}, "it can be exported"),
    ({"allow_plaintext_backup": True}, "it can be taken out as a backup in plain text"),
    ({"type": "rsa-2048"}, "it is of type rsa-2048, not "),
]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    monkeypatch.setattr(secretstore_client.hvac, "Client", made.client)
    return made


@pytest.fixture
def ring(server: Server) -> VaultKeyRing:
    made = ring_of("a", "grist")
    made.prepare()
    server.asked.clear()
    return made


def ring_of(slug: str, product: str) -> VaultKeyRing:
    token, authority = Secret(OPERATOR), Path("ca.pem")
    names = InstanceNames(slug, product)
    return VaultKeyRing("http://vault", token, authority, TenantNames(slug), names)


def told(fault: OrchestratorError) -> str:
    return f"{fault} {fault.why} {fault.hints} {fault.details} {fault.context}"


def test_looking_before_preparing_makes_nothing(server: Server) -> None:
    assert ring_of("a", "grist").prepared() is False
    assert not server.written


def test_what_is_prepared_is_left_alone(server: Server, ring: VaultKeyRing) -> None:
    assert ring.prepared() is True
    ring.prepare()
    assert not server.written


def test_the_keys_stay_where_they_are(server: Server, ring: VaultKeyRing) -> None:
    assert set(server.keys) == {BACKUP, SIGNING}
    for key in server.keys.values():
        assert key["exportable"] is False
        assert key["allow_plaintext_backup"] is False
    assert server.keys[BACKUP]["type"] == "aes256-gcm96"
    assert server.keys[SIGNING]["type"] == "ed25519"


def test_a_pod_may_unwrap_for_ten_minutes_and_nothing_else(
    server: Server, ring: VaultKeyRing
) -> None:
    role = server.kept[ROLE]
    assert role["token_policies"] == ["tenant-a-machine-grist"]
    assert role["token_no_default_policy"] is True
    assert role["bind_secret_id"] is True
    assert role["token_ttl"] == role["token_max_ttl"] == 600
    assert role["secret_id_ttl"] == role["secret_id_num_uses"] == role["token_period"] == 0
    policy = server.kept[POLICY]["policy"]
    assert policy.count("path ") == 1
    assert f'path "{DECRYPT}" {{ capabilities = ["update"] }}' in policy


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (POLICY, {"policy": 'path "*" { capabilities = ["update"] }'}),
        (ROLE, {"token_policies": ["tenant-a-machine-grist", "operator"]}),
        (ROLE, {"token_policies": []}),
        (ROLE, {"token_ttl": 601}),
        (ROLE, {"token_max_ttl": 0}),
        (ROLE, {"token_period": 60}),
        (ROLE, {"token_no_default_policy": False}),
        (ROLE, {"bind_secret_id": False}),
        (ROLE, {"secret_id_num_uses": 1}),
        (ROLE, {"token_type": "batch"}),
        (f"{MOUNT}/tune", {"user_lockout_disable": False}),
    ],
)
def test_what_is_different_is_seen_and_put_right(
    server: Server, ring: VaultKeyRing, path: str, change: dict[str, Any]
) -> None:
    right = copy.deepcopy(server.kept)
    server.kept[path].update(change)
    assert ring.prepared() is False
    assert not server.written
    ring.prepare()
    assert server.kept == right
    assert server.written == [path]


@pytest.mark.parametrize("gone", [POLICY, ROLE, f"{MOUNT}/tune"])
def test_what_is_gone_is_seen_and_made(server: Server, ring: VaultKeyRing, gone: str) -> None:
    right = copy.deepcopy(server.kept)
    del server.kept[gone]
    assert ring.prepared() is False
    ring.prepare()
    assert server.kept == right


@pytest.mark.parametrize("key", [BACKUP, SIGNING])
def test_a_key_that_is_gone_is_seen_and_made(server: Server, ring: VaultKeyRing, key: str) -> None:
    del server.keys[key]
    assert ring.prepared() is False
    ring.prepare()
    assert key in server.keys


@pytest.mark.parametrize("key", [BACKUP, SIGNING])
@pytest.mark.parametrize(("change", "why"), UNSAFE)
def test_a_key_that_may_leave_is_a_fault(
    server: Server, ring: VaultKeyRing, key: str, change: dict[str, Any], why: str
) -> None:
    server.keys[key].update(change)
    for look in (ring.prepared, ring.prepare):
        with pytest.raises(KeyUnsafeError) as caught:
            look()
        assert why in caught.value.why
        assert caught.value.code == "key-unsafe"
    assert not server.written


def test_nothing_is_locked_with_an_unsafe_key(server: Server, ring: VaultKeyRing) -> None:
    server.keys[BACKUP].update(exportable=True, allow_plaintext_backup=True)
    with pytest.raises(KeyUnsafeError) as caught:
        ring.wrap_new()
    assert caught.value.why == (
        "it can be exported, and it can be taken out as a backup in plain text"
    )
    assert not server.written


def test_a_key_that_another_made_meanwhile_is_judged(server: Server) -> None:
    unsafe = {"type": "aes256-gcm96", "exportable": True, "allow_plaintext_backup": False}
    path = "tenants/a/transit/keys/backup-grist"

    def another() -> None:
        server.before[path] = lambda: server.keys.update(
            {BACKUP: {**unsafe, "versions": 1, "oldest": 1}}
        )

    server.before[path] = another
    with pytest.raises(KeyUnsafeError):
        ring_of("a", "grist").prepare()


def test_a_mount_of_another_kind_is_left_alone(server: Server) -> None:
    server.kept[MOUNT] = {"type": "ldap"}
    with pytest.raises(SecretsMountError) as caught:
        ring_of("a", "grist").prepare()
    assert caught.value.hints == (f"look at it with `vault read {MOUNT}`",)
    assert ROLE not in server.kept


def test_two_instances_prepared_at_the_same_moment(server: Server) -> None:
    def other() -> None:
        server.before[MOUNT] = lambda: server.kept.update({MOUNT: {"type": "approle"}})

    server.before[MOUNT] = other
    ring_of("a", "grist").prepare()
    assert ring_of("a", "grist").prepared()


def test_a_passphrase_is_wrapped_and_unwrapped(server: Server, ring: VaultKeyRing) -> None:
    one, other = ring.wrap_new(), ring.wrap_new()
    assert one.startswith("vault:v1:")
    found = ring.unwrap(one)
    assert len(base64.b64decode(found.reveal())) == 32
    assert found != ring.unwrap(other)


def unavailable(server: Server, ring: VaultKeyRing, wrapped: str) -> KeyUnavailableError:
    with pytest.raises(KeyUnavailableError) as caught:
        ring.unwrap(wrapped)
    assert "nobody-may-see" not in told(caught.value)
    assert wrapped not in told(caught.value)
    assert caught.value.__context__ is None
    assert "the key tenants/a/transit/keys/backup-grist" in caught.value.message
    return caught.value


def test_a_key_that_was_deleted_does_not_unlock(server: Server, ring: VaultKeyRing) -> None:
    wrapped = ring.wrap_new()
    del server.keys[BACKUP]
    fault = unavailable(server, ring, wrapped)
    assert fault.why == "the secrets server says: encryption key not found"
    for use in (ring.wrap_new, ring.fingerprint):
        with pytest.raises(KeyUnavailableError) as caught:
            use()
        assert caught.value.why == "the secrets server has no such key"


def test_another_key_does_not_unlock(server: Server, ring: VaultKeyRing) -> None:
    decidim = ring_of("a", "decidim")
    decidim.prepare()
    fault = unavailable(server, ring, decidim.wrap_new())
    assert fault.why == "the secrets server says: cipher: message authentication failed"


def test_a_version_that_may_not_decrypt_any_more(server: Server, ring: VaultKeyRing) -> None:
    wrapped = ring.wrap_new()
    server.keys[BACKUP].update(versions=2, oldest=2)
    assert "disallowed by policy (too old)" in unavailable(server, ring, wrapped).why


def test_a_mount_that_is_gone_does_not_unlock(server: Server, ring: VaultKeyRing) -> None:
    words = f"no handler for route {DECRYPT!r}"
    server.faults[DECRYPT] = exceptions.InvalidPath(json={}, errors=[words])
    assert unavailable(server, ring, "vault:v1:eA==").why == f"the secrets server says: {words}"


@pytest.mark.parametrize("plain", [b"", b"short", b"x" * 31, b"x" * 33, b"x" * 64])
def test_what_is_no_passphrase_of_ours_is_not_handed_out(
    server: Server, ring: VaultKeyRing, plain: bytes
) -> None:
    wrapped = server.wrapped(BACKUP, plain)
    fault = unavailable(server, ring, wrapped)
    assert fault.why == "what it unlocks is not a passphrase of ours"


def test_who_is_denied_is_not_told_that_the_key_is_gone(server: Server, ring: VaultKeyRing) -> None:
    server.faults[DECRYPT] = exceptions.Forbidden(json={}, errors=["permission denied"])
    with pytest.raises(SecretsDeniedError) as caught:
        ring.unwrap("vault:v1:eA==")
    assert caught.value.context["action"] == "decrypt with"


def test_a_server_in_trouble_is_not_a_key_that_is_gone(server: Server, ring: VaultKeyRing) -> None:
    server.faults[DECRYPT] = exceptions.InternalServerError(json={}, errors=["disk full"])
    with pytest.raises(SecretsRequestError) as caught:
        ring.unwrap("vault:v1:eA==")
    assert caught.value.why == "disk full"


def test_a_fingerprint_tells_a_key_from_any_other(server: Server, ring: VaultKeyRing) -> None:
    first = ring.fingerprint()
    assert first == ("tenants/a/transit/keys/backup-grist version 1 of 2026-01-01T00:00:01Z")
    assert ring.fingerprint() == first
    server.keys[BACKUP]["versions"] = 2
    assert ring.fingerprint().endswith("version 2 of 2026-01-01T00:00:02Z")


def test_signatures_are_verified_by_the_public_keys(server: Server, ring: VaultKeyRing) -> None:
    first = seal({"a": 1}, ring.sign)
    server.keys[SIGNING]["versions"] = 2
    second = seal({"a": 2}, ring.sign)
    assert ring.sign(b"x").key == "points-2"
    keys = ring.public_keys()
    assert set(keys) == {"points-1", "points-2"}
    assert opened(first, keys) == {"a": 1}
    assert opened(second, keys) == {"a": 2}
    for text in keys.values():
        assert isinstance(load_pem_public_key(text.encode()), Ed25519PublicKey)


def test_a_signing_key_that_is_gone(server: Server, ring: VaultKeyRing) -> None:
    del server.keys[SIGNING]
    with pytest.raises(SigningKeyUnavailableError) as caught:
        ring.sign(b"x")
    assert caught.value.why == "the secrets server says: signing key not found"
    with pytest.raises(
        SigningKeyUnavailableError, match=r"transit/keys/points does not sign for a"
    ):
        ring.public_keys()


def test_a_machine_works_without_the_operators_token(server: Server, ring: VaultKeyRing) -> None:
    login, wrapped = ring.machine(), ring.wrap_new()
    server.asked.clear()
    assert ring.machine_works(login, wrapped) is True
    assert [(token, path) for token, _, path in server.asked] == [
        ("", "auth/tenants/a/machines/login"),
        ("token-of-a-pod-3", DECRYPT),
        (OPERATOR, "auth/token/revoke-accessor"),
    ]
    assert not server.tokens


def test_a_machine_that_is_not_known_does_not_work(server: Server, ring: VaultKeyRing) -> None:
    login, wrapped = ring.machine(), ring.wrap_new()
    for wrong in (
        MachineLogin(login.role, Secret("another")),
        MachineLogin("another", login.secret),
    ):
        assert ring.machine_works(wrong, wrapped) is False
    server.locked_out = True
    assert ring.machine_works(login, wrapped) is False


def test_a_machine_that_may_not_unwrap_does_not_work(server: Server, ring: VaultKeyRing) -> None:
    login, wrapped = ring.machine(), ring.wrap_new()
    server.kept[POLICY]["policy"] = ""
    assert ring.machine_works(login, wrapped) is False
    assert not server.tokens


def test_a_machine_is_not_to_blame_for_a_key_that_is_gone(
    server: Server, ring: VaultKeyRing
) -> None:
    login, wrapped = ring.machine(), ring.wrap_new()
    del server.keys[BACKUP]
    with pytest.raises(KeyUnavailableError):
        ring.machine_works(login, wrapped)
    assert not server.tokens


def test_a_server_in_trouble_does_not_condemn_a_machine(server: Server, ring: VaultKeyRing) -> None:
    login, wrapped = ring.machine(), ring.wrap_new()
    words = f"cannot keep {login.secret.reveal()}"
    server.faults["auth/tenants/a/machines/login"] = exceptions.InternalServerError(
        json={}, errors=[words]
    )
    with pytest.raises(SecretsRequestError) as caught:
        ring.machine_works(login, wrapped)
    assert caught.value.why == "cannot keep ********"
    assert "nobody-may-see" not in told(caught.value)


def test_a_machine_of_another_instance_does_not_work(server: Server, ring: VaultKeyRing) -> None:
    other = ring_of("a", "decidim")
    other.prepare()
    assert ring.machine_works(other.machine(), ring.wrap_new()) is False


def test_others_are_forgotten_and_this_one_is_kept(server: Server, ring: VaultKeyRing) -> None:
    neighbour = ring_of("a", "decidim")
    neighbour.prepare()
    theirs, wrapped = neighbour.machine(), ring.wrap_new()
    first, second, third = ring.machine(), ring.machine(), ring.machine()
    ring.forget_others(second)
    works = [ring.machine_works(one, wrapped) for one in (first, second, third)]
    assert works == [False, True, False]
    assert neighbour.machine_works(theirs, neighbour.wrap_new())
    server.asked.clear()
    ring.forget_others(second)
    assert not [path for path in server.written if path.endswith("destroy")]


def test_nothing_is_forgotten_for_one_that_is_not_known(server: Server, ring: VaultKeyRing) -> None:
    login, wrapped = ring.machine(), ring.wrap_new()
    for wrong in (
        MachineLogin(login.role, Secret("another-that-nobody-may-see")),
        MachineLogin("another", login.secret),
    ):
        with pytest.raises(SecretsRequestError, match="could not find") as caught:
            ring.forget_others(wrong)
        assert "nobody-may-see" not in told(caught.value)
    assert ring.machine_works(login, wrapped)


def test_what_another_run_forgets_meanwhile(server: Server, ring: VaultKeyRing) -> None:
    ring.machine()
    login = ring.machine()
    path = f"{ROLE}/secret-id-accessor/destroy"
    server.before[path] = lambda: server.secrets[ROLE].pop("secret-that-nobody-may-see-1")
    ring.forget_others(login)
    assert list(server.secrets[ROLE]) == [login.secret.reveal()]


def test_what_cannot_be_forgotten_is_told(server: Server, ring: VaultKeyRing) -> None:
    ring.machine()
    login = ring.machine()
    server.faults[f"{ROLE}/secret-id-accessor/destroy"] = refused("no")
    with pytest.raises(SecretsRequestError) as caught:
        ring.forget_others(login)
    assert caught.value.why == "no"


def test_no_machine_before_there_is_a_role(server: Server) -> None:
    with pytest.raises(SecretsRequestError) as caught:
        ring_of("a", "grist").machine()
    assert caught.value.why == "there is no such role"
