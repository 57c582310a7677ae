"""RUDI's producer node behind the interface of products."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from orchestrator.errors.process import ToolFailedError
from orchestrator.model.protection import DataSet
from orchestrator.model.secret import Secret, SecretRef
from orchestrator.products.holdings import Holdings
from orchestrator.products.packaged import texts
from orchestrator.products.product import Check, Login, Play, Product
from orchestrator.products.rudi import inside, tokens
from orchestrator.products.rudi.acceptance import CHECKS
from orchestrator.products.rudi.identifiers import identifier
from orchestrator.products.rudi.inside import CATALOG, RudiSubject
from orchestrator.products.rudi.instance import Rudi
from orchestrator.products.rudi.programs import Tokens, key_of
from orchestrator.products.rudi.release import RudiRelease
from orchestrator.products.rudi.secrets import (
    ACCEPTANCE_KEY,
    ADMINISTRATOR,
    ADMINISTRATOR_PATH,
    SPECS,
    SUPER_USER,
    SUPER_USER_PATH,
    TOLD_PATH,
)
from orchestrator.products.rudi.size import RudiSize
from orchestrator.products.secrets import SecretSpec
from orchestrator.products.toolbox import SecretValues, Toolbox
from orchestrator.products.trying import NotAccepted

CALLBACK = "/oauth2/callback"
SUPER_USER_NAME = "orchestrator"
ADMINISTRATOR_ROLE = "Admin"
_ASIDE: Mapping[str, str] = {
    "statefulset/storage": "/data/media/.keeper/before-*",
    "statefulset/manager": "/data/db/.keeper/before-*",
}


class _Rudi(Product[Rudi, RudiRelease]):
    """The producer node of a data portal."""

    instance = Rudi
    release = RudiRelease
    size = RudiSize
    images = ("mongodb", "rudi", "oauth2-proxy", "keeper")
    erased_otherwise = (
        "remove the account and the contacts in the node's manager, note the number and the day "
        "outside of what is backed up, and do it again after each restoration"
    )

    def secrets(self, instance: Rudi) -> tuple[SecretSpec, ...]:
        """Every secret of an instance."""
        return (*SPECS, *(key_of(one) for one in instance.programs))

    def runners(self) -> Mapping[str, str]:
        """Scripts that ask the modules and purge events."""
        return texts("orchestrator.products.rudi", "runners")

    def references(self, instance: Rudi) -> tuple[SecretRef, ...]:
        """The account of the portal, once it was received."""
        portal = instance.portal
        given = (portal.user, portal.password) if portal else ()
        return tuple(SecretRef.parse(text) for text in given if text)

    def delays(self, instance: Rudi) -> Mapping[DataSet, str]:
        """Who fetched which file from where; the nightly job forgets it."""
        return {"media_events": instance.events_kept}

    def login(self, subject: RudiSubject) -> Login:
        """Everybody who comes before the manager; the gate knows the same people."""
        instance = subject.instance
        names = {instance.administrator.email: instance.administrator.name}
        return Login(
            redirects=tuple(
                subject.public_url.replace(instance.domain, domain, 1) + CALLBACK
                for domain in instance.domains
            ),
            people=tuple((email, names.get(email, email)) for email in instance.admitted),
        )

    def first_start(self, subject: RudiSubject) -> Play:
        """What stands for the password of the account above all; only the product can tell it.

        It is asked inside the pod, because the address is open to everybody who reaches it.
        """
        manager = subject.release.modules.manager.port
        return Play(
            "first-start-rudi",
            promise="the account above all has a password of ours, as the product keeps it",
            purpose="the manager hashes the password of the account above all",
            inputs={
                "tenant_namespace": subject.names.namespace,
                "workload": "statefulset/manager",
                "address": f"http://localhost:{manager}/manager/api/open/hash-credentials",
                "super_user": SUPER_USER_NAME,
            },
            secrets=lambda values: {"super_user_password": values["super_user_password"]},
            yields=(SUPER_USER,),
        )

    def bootstrap(self, subject: RudiSubject) -> Play:
        """Producer and contact of what will be published, and the administrator's account."""
        document = _contact(subject)

        def secrets(values: SecretValues) -> Mapping[str, Secret]:
            # Lasts for half an hour, longer than a play may take.
            token = tokens.catalog_token(values[ACCEPTANCE_KEY.name], datetime.now(UTC))
            return {
                "catalog_token": token,
                "super_user_password": values["super_user_password"],
                "administrator_password": values[ADMINISTRATOR.name],
            }

        def missing(tools: Toolbox) -> str:
            kept = tools.secrets.read(ACCEPTANCE_KEY.path) or {}
            if ACCEPTANCE_KEY.key not in kept:
                return ""
            token = tokens.catalog_token(kept[ACCEPTANCE_KEY.key], tools.clock.now())
            path = f"/catalog/admin/contacts/{document['contact_id']}"
            asked = {"method": "GET", "path": path, "token": token.reveal()}
            try:
                found = inside.ask(subject, tools, CATALOG, asked)[0].json
            except (NotAccepted, ToolFailedError):
                return "the catalog does not say who the contact is"
            there = isinstance(found, dict) and document.items() <= found.items()
            return "" if there else "the contact is missing"

        return Play(
            "onboard-rudi",
            promise="producer, contact and administrator are as the tenant file says",
            purpose=f"producer, contact {document['email']}, account of the administrator",
            inputs=_inputs(subject),
            secrets=secrets,
            missing=missing,
        )

    def checks(self, subject: RudiSubject) -> Mapping[str, Check[Rudi, RudiRelease]]:
        """What the node must do, and refuse."""
        del subject
        return CHECKS

    def access(self, subject: RudiSubject) -> Tokens:
        """Tokens of a profile of each program's own."""
        return Tokens(subject)

    def holdings(self, subject: RudiSubject) -> Holdings:
        """Both databases, the files and the accounts, in one snapshot.

        Nothing is encrypted with a key of ours; but the accounts lie in the data, and a copy that
        did not know their passwords would let nobody in.
        """
        del subject
        paths = (ADMINISTRATOR_PATH, SUPER_USER_PATH, TOLD_PATH)
        return Holdings("", keys=dict.fromkeys(paths, ()), files=True, aside=_ASIDE)

    def next_step(self, subject: RudiSubject) -> str:
        """The administrator's first password is handed over by the operator."""
        who = subject.instance.administrator.email
        return f"open /manager as {who}; the first password lies at {ADMINISTRATOR.reference}"


def _inputs(subject: RudiSubject) -> dict[str, Any]:
    """What the play is given in the open."""
    instance, modules = subject.instance, subject.release.modules
    organisation = subject.tenant.organisation
    return {
        "tenant_namespace": subject.names.namespace,
        "catalog_address": f"http://localhost:{modules.catalog.port}/catalog/admin",
        "manager_address": f"http://localhost:{modules.manager.port}/manager/api",
        "super_user": SUPER_USER_NAME,
        "producer": {
            "organization_id": identifier(subject.tenant.slug, "producer"),
            "organization_name": instance.producer or organisation.legal_name,
        },
        "contact": _contact(subject),
        "administrator": {
            "username": instance.administrator.email,
            "email": instance.administrator.email,
            "roles": [ADMINISTRATOR_ROLE],
        },
    }


def _contact(subject: RudiSubject) -> dict[str, str]:
    contact = subject.instance.contact
    return {
        "contact_id": identifier(subject.tenant.slug, "contact"),
        "contact_name": contact.name,
        "email": contact.email,
    }


PRODUCT = _Rudi()
