"""Decidim behind the interface of products."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from orchestrator.model.protection import DataSet
from orchestrator.model.secret import Secret, SecretRef
from orchestrator.products import asking
from orchestrator.products.anonymity import Anonymity
from orchestrator.products.decidim.acceptance import CHECKS, DecidimSubject, pages_shown
from orchestrator.products.decidim.anonymity import anonymity, shut_in
from orchestrator.products.decidim.erasing import Accounts
from orchestrator.products.decidim.instance import Decidim
from orchestrator.products.decidim.organization import organization
from orchestrator.products.decidim.programs import ApiUsers
from orchestrator.products.decidim.release import DecidimRelease
from orchestrator.products.decidim.runners import runners
from orchestrator.products.decidim.secrets import APPLICATION_PATH, SPECS
from orchestrator.products.decidim.size import DecidimSize
from orchestrator.products.decidim.words import words_of
from orchestrator.products.holdings import DATABASE_ASIDE, Holdings
from orchestrator.products.product import Bucket, Check, Play, Product, Schema
from orchestrator.products.secrets import SecretSpec
from orchestrator.products.toolbox import SecretValues, Toolbox

DATABASE = "decidim"
COUNT = "select count(*) from decidim_organizations where host = '{host}'"
EXISTS = "select coalesce(to_regclass('public.schema_migrations')::text, '')"
NEWEST = "select coalesce(max(version), '') from schema_migrations"
# Uploads that something shows. A row without is one of a browser that may not have put it yet.
REFERENCES = """
select coalesce(jsonb_agg(jsonb_build_object(
    'key', blob.key, 'size', blob.byte_size, 'md5', blob.checksum)), '[]')
from active_storage_blobs blob where exists (
    select from active_storage_attachments one
    where one.blob_id = blob.id and one.created_at <= '{at}')
"""
MOVED = """
update decidim_organizations set host = '{host}', secondary_hosts = '{{}}', smtp_settings = null,
omniauth_settings = null, enable_omnipresent_banner = true,
omnipresent_banner_title = '{title}'::jsonb,
omnipresent_banner_short_description = '{{}}'::jsonb, omnipresent_banner_url = '{url}'
"""
# Mails and jobs of the time after the moment would be sent once more, to people, about what is not.
EMPTY_QUEUE = ("redis-empty",)


class _Decidim(Product[Decidim, DecidimRelease]):
    """The participation platform."""

    instance = Decidim
    release = DecidimRelease
    size = DecidimSize
    invites = True
    images = ("postgresql", "redis", "memcached", "decidim", "decidim-0.30.9")

    def secrets(self, instance: Decidim) -> tuple[SecretSpec, ...]:
        """Every secret of an instance."""
        del instance
        return SPECS

    def runners(self) -> Mapping[str, str]:
        """Scripts that talk to the application itself."""
        return runners()

    def references(self, instance: Decidim) -> tuple[SecretRef, ...]:
        """Secrets of the relay, the maps and the ways to sign in."""
        given = [instance.mail.password, instance.maps.api_key]
        given += [provider.client_secret for provider in instance.login]
        given += [feature.key for feature in instance.ai.of().values()]
        return tuple(SecretRef.parse(text) for text in given if text)

    def delays(self, instance: Decidim) -> Mapping[DataSet, str]:
        """Forms and accounts of guests, while guests are let in."""
        guests = instance.features.guest_meeting_registration
        if not guests.enabled:
            return {}
        return {"guest_requests": guests.requests_kept, "guest_accounts": guests.accounts_kept}

    def bucket(self, subject: DecidimSubject) -> Bucket:
        """The bucket of the uploads, which browsers write to."""
        domains = subject.instance.domains
        return Bucket(
            tuple(subject.public_url.replace(domains[0], domain, 1) for domain in domains)
        )

    def schema(self, subject: DecidimSubject) -> Schema:
        """The newest migration.

        The product's own upgrade task swallows errors (decidim.md 1.4), so a job's exit status is
        not believed: the newest version that the release brings must stand in the database.
        """
        namespace = subject.names.namespace

        def seen(tools: Toolbox) -> str:
            if not tools.cluster.ready(namespace, "StatefulSet", "database"):
                return ""
            there = asking.query(tools, namespace, DATABASE, EXISTS)
            return asking.query(tools, namespace, DATABASE, NEWEST) if there else ""

        return Schema(subject.release.schema_version, seen)

    def bootstrap(self, subject: DecidimSubject) -> Play:
        """System administrator, organisation, its settings: rows of the database.

        Environment variables do not configure a site (decidim.md 3.2); the play calls the
        product's own commands inside the running pod, with everything on standard input.
        """
        namespace, host = subject.names.namespace, subject.instance.domain

        def organisations(tools: Toolbox) -> str:
            return asking.query(tools, namespace, DATABASE, COUNT.format(host=host))

        def missing(tools: Toolbox) -> str:
            return "" if organisations(tools) == "1" else "the organisation is missing"

        def now(tools: Toolbox) -> Mapping[str, Any]:
            return {"invite_administrator": organisations(tools) == "0"}

        def secrets(values: SecretValues) -> Mapping[str, Secret]:
            given = {"system_admin_password": values["system_admin_password"]}
            password = subject.instance.mail.password
            if password and not subject.tenant.training:
                given["smtp_password"] = values[password]
            return given

        return Play(
            "onboard-decidim",
            promise=f"one organisation answers for {host} and is as the tenant file says",
            purpose=f"system administrator, organisation {host}, invitation",
            inputs=_inputs(subject),
            secrets=secrets,
            missing=missing,
            now=now,
        )

    def checks(self, subject: DecidimSubject) -> Mapping[str, Check[Decidim, DecidimRelease]]:
        """What the site must do, and which pages the law wants it to show."""
        return {**CHECKS, **pages_shown(subject)}

    def access(self, subject: DecidimSubject) -> ApiUsers:
        """Accounts of the interface."""
        return ApiUsers(subject)

    def holdings(self, subject: DecidimSubject) -> Holdings:
        """Database, uploads and the key (decidim.md 5.1)."""
        return Holdings(
            DATABASE,
            keys={APPLICATION_PATH: ("secret_key_base", "api_jwt_secret")},
            derivation=f"the framework's defaults of release {subject.release.release}",
            references=REFERENCES,
            aside=DATABASE_ASIDE,
            flushed={"statefulset/queue": EMPTY_QUEUE},
        )

    def moved(self, subject: DecidimSubject) -> tuple[str, ...]:
        """The copy's own host; no relay and no provider of its own; a line that says what it is.

        The organisation's own mail settings would win over those of the environment.
        """
        locales = subject.instance.locales.available
        title = json.dumps({one: words_of(one).copy for one in locales}, ensure_ascii=False)
        quoted = title.replace("'", "''")
        host, url = subject.instance.domain, subject.public_url
        return (MOVED.format(host=host, url=url, title=quoted),)

    def anonymity(self, subject: DecidimSubject) -> Anonymity:
        """The list of its columns, and what becomes of its uploads."""
        del subject
        return anonymity()

    def erasing(self, subject: DecidimSubject) -> Accounts:
        """The command behind a participant's own button, and what it leaves."""
        return Accounts(subject)

    def shut_in(self, instance: Decidim) -> Decidim:
        """Without any way to others."""
        return shut_in(instance)

    def next_step(self, subject: DecidimSubject) -> str:
        """The first administrator is invited by mail; that of a training lies in the sink."""
        if subject.tenant.training:
            return "open the invitation in the platform's mail sink: nothing is sent to people"
        return f"sign in by the invitation to {subject.instance.administrator.email}"


def _inputs(subject: DecidimSubject) -> dict[str, Any]:
    """What the play is given in the open."""
    return {
        "tenant_namespace": subject.names.namespace,
        "deployment": "web",
        "system_admin": {"email": subject.tenant.organisation.contacts.technical.email},
        "organization": organization(subject.tenant, subject.instance, subject.public_url),
        "administrator": {
            "host": subject.instance.domain,
            "name": subject.instance.administrator.name,
            "email": subject.instance.administrator.email,
        },
    }


PRODUCT = _Decidim()
