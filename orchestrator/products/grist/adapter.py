"""Grist behind the interface of products."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.model.secret import Secret, SecretRef
from orchestrator.products.grist.acceptance import CHECKS, GristSubject
from orchestrator.products.grist.erasing import Users
from orchestrator.products.grist.instance import Grist
from orchestrator.products.grist.programs import ServiceAccounts
from orchestrator.products.grist.release import GristRelease
from orchestrator.products.grist.secrets import ADMIN_KEY, APPLICATION_PATH, LOGIN, SPECS
from orchestrator.products.grist.size import GristSize
from orchestrator.products.holdings import DATABASE_ASIDE, Holdings
from orchestrator.products.product import Bucket, Check, Login, Play, Product
from orchestrator.products.secrets import SecretSpec
from orchestrator.products.toolbox import SecretValues

DATABASE = "grist"
CALLBACK = "/oauth2/callback"
# Drafts of a document are objects of other names, and nobody's loss. A document comes to the bucket
# seconds after its row, so that of a young one there may be none.
REFERENCES = """
select coalesce(jsonb_agg(jsonb_build_object(
    'key', 'docs/' || doc.id || '.grist',
    'young', doc.created_at::timestamptz > '{at}'::timestamptz - interval '60 s')), '[]')
from docs doc where to_jsonb(doc) ->> 'trunk_id' is null
"""
# Checksums of documents of the time after the moment would contradict those that come back.
EMPTY_QUEUE = ("redis-empty",)


class _Grist(Product[Grist, GristRelease]):
    """The data workbench."""

    instance = Grist
    release = GristRelease
    size = GristSize
    images = ("postgresql", "redis", "grist", "copier")

    def secrets(self, instance: Grist) -> tuple[SecretSpec, ...]:
        """Every secret of an instance; those of the platform's provider where that is used."""
        return SPECS if instance.login else (*SPECS, *LOGIN)

    def references(self, instance: Grist) -> tuple[SecretRef, ...]:
        """The secret that the organisation's own provider gave."""
        return (SecretRef.parse(instance.login.client_secret),) if instance.login else ()

    def bucket(self, subject: GristSubject) -> Bucket:
        """The bucket of the documents, which the server alone writes to."""
        del subject
        return Bucket(versions=True)

    def login(self, subject: GristSubject) -> Login | None:
        """The administrator signs in like everybody else."""
        if subject.instance.login:
            return None
        administrator = subject.instance.administrator
        return Login(
            redirects=tuple(f"{url}{CALLBACK}" for url in _addresses(subject)),
            people=((administrator.email, administrator.name),),
        )

    def first_start(self, subject: GristSubject) -> Play:
        """The server signs its operator in by a key, once, and makes a key to its API (A4)."""

        def secrets(values: SecretValues) -> Mapping[str, Secret]:
            return {"boot_key": values["boot_key"]}

        return Play(
            "first-start-grist",
            promise="the administrator's key is kept where all secrets are",
            purpose="the administrator's key to the API",
            inputs={
                "tenant_namespace": subject.names.namespace,
                "deployment": "web",
                "port": subject.release.port,
                "administrator": subject.instance.administrator.email,
            },
            secrets=secrets,
            yields=(ADMIN_KEY,),
        )

    def bootstrap(self, subject: GristSubject) -> Play:
        """Nothing of the first start is left in the database; the site has its name."""

        def secrets(values: SecretValues) -> Mapping[str, Secret]:
            return {"boot_key": values["boot_key"], "admin_key": values["admin_key"]}

        return Play(
            "onboard-grist",
            promise="the operator's key of the first start opens nothing any more",
            purpose="the end of the first start, the site's name",
            inputs=_inputs(subject),
            secrets=secrets,
        )

    def checks(self, subject: GristSubject) -> Mapping[str, Check[Grist, GristRelease]]:
        """What the site must do."""
        del subject
        return CHECKS

    def access(self, subject: GristSubject) -> ServiceAccounts:
        """Accounts that are nobody's, each with a key and an end."""
        return ServiceAccounts(subject)

    def holdings(self, subject: GristSubject) -> Holdings:
        """Home database, documents in every version, and the keys that the database knows (A8)."""
        del subject
        return Holdings(
            DATABASE,
            keys={APPLICATION_PATH: ("session_secret",), ADMIN_KEY.path: (ADMIN_KEY.key,)},
            references=REFERENCES,
            copied=True,
            aside=DATABASE_ASIDE,
            flushed={"statefulset/queue": EMPTY_QUEUE},
        )

    def erasing(self, subject: GristSubject) -> Users:
        """By SCIM."""
        return Users(subject)

    def next_step(self, subject: GristSubject) -> str:
        """The administrator has an account already."""
        email = subject.instance.administrator.email
        return f"sign in as {email}" + ("" if subject.instance.login else f", people/{email}")


def _addresses(subject: GristSubject) -> tuple[str, ...]:
    domains = subject.instance.domains
    return tuple(subject.public_url.replace(domains[0], domain, 1) for domain in domains)


def _inputs(subject: GristSubject) -> dict[str, Any]:
    return {
        "tenant_namespace": subject.names.namespace,
        "deployment": "web",
        "port": subject.release.port,
        "administrator": subject.instance.administrator.email,
        "site": {"name": subject.title},
    }


PRODUCT = _Grist()
