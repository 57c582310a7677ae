"""What lives only in the product's database: system administrator, organisation, its settings.

Environment variables do not configure a site (decidim.md 3.2); the play calls the product's own
commands inside the running pod, with everything on standard input.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from orchestrator.engine.step import Say, Step, once
from orchestrator.errors.play import PlayFailedError
from orchestrator.flows.steps.migration import query
from orchestrator.flows.steps.secrets import known_values
from orchestrator.flows.subject import Subject, Toolbox
from orchestrator.model.change import Change, Operation
from orchestrator.model.secret import Secret
from orchestrator.products.decidim.organization import organization

NAME = "bootstrap"
PLAY = "onboard"
NOTE = "orchestrator-bootstrap"
COUNT = "select count(*) from decidim_organizations where host = '{host}'"


def bootstrap(subject: Subject, tools: Toolbox) -> Step:
    """The organisation exists and is as the tenant file says; its administrator is invited."""
    namespace = subject.names.namespace
    host = subject.instance.domain

    def look() -> tuple[Change, ...]:
        note = tools.cluster.note(namespace, NOTE)
        if note is None:
            detail = f"system administrator, organisation {host}, invitation"
            return (Change(NAME, Operation.RUN, f"play/{PLAY}", detail),)
        if note.get("fingerprint") != fingerprint(subject):
            return (Change(NAME, Operation.RUN, f"play/{PLAY}", "settings of the organisation"),)
        if query(tools, namespace, COUNT.format(host=host)) != "1":
            return (Change(NAME, Operation.RUN, f"play/{PLAY}", "the organisation is missing"),)
        return ()

    def act(say: Say) -> None:
        values = known_values(subject, tools.secrets)
        invite = query(tools, namespace, COUNT.format(host=host)) == "0"
        result = tools.hosts.play(
            PLAY,
            {**tools.play_variables, **inputs(subject), "invite_administrator": invite},
            secret_inputs(subject, values),
            say,
        )
        if not result.ok:
            raise PlayFailedError(PLAY, task=result.failed_task, reason=result.reason)
        tools.cluster.write_note(
            namespace, NOTE, {"fingerprint": fingerprint(subject), "at": f"{tools.clock.now()}"}
        )

    return Step(
        NAME,
        promise=f"one organisation answers for {host} and is as the tenant file says",
        look=look,
        act=act,
        holds=once(look),
    )


def inputs(subject: Subject) -> dict[str, Any]:
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


def secret_inputs(subject: Subject, values: dict[str, Secret] | Any) -> dict[str, Secret]:
    """What the play is given through a file that only it can read."""
    given = {"system_admin_password": values["system_admin_password"]}
    if subject.instance.mail.password:
        given["smtp_password"] = values[subject.instance.mail.password]
    return given


def fingerprint(subject: Subject) -> str:
    """SHA-256 of everything the play is given in the open."""
    canonical = json.dumps(inputs(subject), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
