"""The real ports of one instance, from the connection of its platform."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.model.connection import Connection
from orchestrator.model.names import TenantNames
from orchestrator.model.restoration import Goal, Stage
from orchestrator.model.secret import Secret
from orchestrator.ports import IdentityProvider, SecretStore, StackEngine
from orchestrator.products.toolbox import SecretValues, Toolbox
from orchestrator.tools.clock import SystemClock
from orchestrator.tools.remembering import RememberingStore
from orchestrator.wiring.case import Case
from orchestrator.wiring.place import connected

if TYPE_CHECKING:
    from orchestrator.tools.objectstore_client import Keys


def tools_of(case: Case, logs: Path) -> tuple[Toolbox, RememberingStore]:
    """The ports, and the store that knows what must be masked. Raises SandboxMissingError."""
    connection = connected(case.settings, case.platform)
    store = secret_store(case, connection)
    return toolbox(case, connection, store, logs), store


def secret_store(case: Case, connection: Connection) -> RememberingStore:
    """The tenant's part of the secrets server; the operator's own keys are masked as well."""
    from orchestrator.tools.secretstore import VaultSecretStore

    names = TenantNames(case.tenant.slug)
    token = _token(connection)
    inner = VaultSecretStore(
        connection.secrets.address, token, connection.authority, names, case.names.product
    )
    return RememberingStore(inner, token, _keys(connection).secret)


def toolbox(case: Case, connection: Connection, store: RememberingStore, logs: Path) -> Toolbox:
    """Every port; tools write their logs into the folder."""
    from orchestrator.tools.ansible import AnsibleRunner
    from orchestrator.tools.certificates import VaultCertificates
    from orchestrator.tools.inbox import JsonInbox
    from orchestrator.tools.keyring import VaultKeyRing
    from orchestrator.tools.kubernetes import KubernetesCluster
    from orchestrator.tools.objecthistory import S3ObjectHistory
    from orchestrator.tools.objectstore import S3ObjectStore
    from orchestrator.tools.objectstore_client import Site
    from orchestrator.tools.web import EntranceWeb

    token = _token(connection)
    engine = _stacks(case, connection, store, logs)
    return Toolbox(
        secrets=_own(case, store),
        origin=store if case.names.copy else None,
        certificates=VaultCertificates(connection.secrets.address, token, connection.authority),
        identity=_identity(case, connection, token),
        objects=S3ObjectStore(
            connection.objects.endpoint,
            connection.objects.region,
            connection.objects.identity_endpoint,
            _keys(connection),
            connection.authority,
        ),
        history=S3ObjectHistory(
            Site(connection.objects.endpoint, connection.objects.region, connection.authority),
            _keys(connection),
        ),
        keys=VaultKeyRing(
            connection.secrets.address,
            token,
            connection.authority,
            TenantNames(case.tenant.slug),
            case.names,
        ),
        stack=lambda values: engine(values, Stage.OPEN, None),
        staged=engine,
        facts=case.facts,
        hosts=AnsibleRunner(
            case.settings.shipped("playbooks"), logs, connection.kubectl, connection.kubeconfig
        ),
        cluster=KubernetesCluster(connection.kubeconfig),
        web=EntranceWeb(
            connection.entrance.address,
            connection.entrance.port,
            connection.authority,
            direct=(connection.objects.endpoint,),
        ),
        inbox=JsonInbox(connection.mail.inbox),
        clock=SystemClock(),
        play_variables={},
    )


def _own(case: Case, store: RememberingStore) -> SecretStore:
    """The instance's secrets; those of a copy lie in a folder of their own."""
    if not case.names.copy:
        return store
    from orchestrator.tools.relocated import RelocatedStore

    shared = frozenset(one.path for one in case.product.references(case.instance))
    return RelocatedStore(store, case.names.secrets_folder, f"{case.names.product}/", shared)


def _identity(case: Case, connection: Connection, token: Secret) -> IdentityProvider | None:
    from orchestrator.tools.logins import VaultIdentityProvider

    if connection.identity is None:
        return None
    return VaultIdentityProvider(
        connection.secrets.address,
        token,
        connection.authority,
        TenantNames(case.tenant.slug),
        connection.identity.public,
    )


def _stacks(
    case: Case, connection: Connection, store: RememberingStore, logs: Path
) -> Callable[[SecretValues, Stage, Goal | None], StackEngine]:
    """An engine for the instance's stack, whose program knows the secrets that exist by then."""

    def stack(values: SecretValues, stage: Stage, target: Goal | None) -> StackEngine:
        from orchestrator.tools.pulumi import PulumiStack, Site
        from stacks.program import program

        names = TenantNames(case.tenant.slug)
        site = Site(
            stack=case.names.stack,
            binary=connection.pulumi,
            state=case.settings.state / "pulumi",
            kubeconfig=connection.kubeconfig,
            secrets_provider=f"hashivault://{names.state_key}?engine={names.transit_mount}",
            environment={
                "VAULT_ADDR": connection.secrets.address,
                "VAULT_TOKEN": _token(connection).reveal(),
                "VAULT_CACERT": str(connection.authority),
            },
            secrets=store.known,
            log=logs / "pulumi.log",
        )
        return PulumiStack(site, program(case.resources(values, stage, target)))

    return stack


def _token(connection: Connection) -> Secret:
    from orchestrator.tools.secretstore_client import operator_token

    return operator_token(connection.secrets.token_file)


def _keys(connection: Connection) -> Keys:
    from orchestrator.tools.objectstore_client import operator_keys

    return operator_keys(connection.objects.credentials_file)
