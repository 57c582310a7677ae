"""A new tenant's file: everything that must be decided, with placeholders the gate recognises.

A kit answers what its purpose decides; what only the organisation knows stays to be said.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from textwrap import indent

from orchestrator.config.load import check_text
from orchestrator.errors.usage import FileInTheWayError, FileUnwritableError
from orchestrator.model.kit import Kit, Purpose
from orchestrator.model.part import seconds
from orchestrator.settings import Settings

PLAIN = Kit(name="plain", serves=Purpose(fr="Tout choisir", en="Everything is chosen by hand"))
_HEAD = "# yaml-language-server: $schema=.schema/tenant.schema.json"


@dataclass(frozen=True)
class Answers:
    """What is asked of whoever makes a tenant."""

    slug: str
    name: str
    kind: str
    siren: str
    domain: str
    mail: str
    platform: str
    release: str
    sub_processors: tuple[str, ...]
    population: int = 0
    size: str = "small"
    kit: Kit = PLAIN
    today: date = date.max


def text(one: Answers) -> str:
    """The commented file; all words that people gave are quoted."""
    subs = ", ".join(one.sub_processors)
    kit = one.kit
    head = f"{_HEAD}\n{_placed(kit.head, 0)}"
    return f"""{head}\
# What is marked "À compléter" is still to be said: the policy gate refuses it until then.
version: 1
slug: {one.slug}
platform: {one.platform}
organisation:
  legal_name: {_quoted(one.name)}
  kind: {one.kind}
  siren: "{one.siren}"
  population: {one.population}
  legal_representative: À compléter
  address:
    street: À compléter
    postal_code: "00000"
    town: À compléter
  contacts:
    technical:
      name: À compléter
      email: {one.mail}
    data_protection_officer:
      name: À compléter
      email: {one.mail}
    breach:  # answered day and night
      name: À compléter
      email: {one.mail}
      telephone: "+33 0 00 00 00 00"
instances:
  decidim:
    release: "{one.release}"
    domain: {one.domain}
    size: {one.size}
    administrator:  # is invited when the site is ready
      name: {_quoted(one.name)}
      email: {one.mail}
    mail:
      sender: {one.mail}
    accessibility:  # the law asks for the statement; say `audited` once there was an audit
      contact: {one.mail}
      state: none
{_placed(kit.instance, 4)}{_placed(_dated(one), 0)}data_protection:
  roles:
    decidim: controller
  rights_contact: {one.mail}
  security_officer: À compléter
  register:  # what is not said here comes from _defaults.yaml: read and correct it
    decidim:
      recipients: [{subs}]
{_placed(_categories(kit), 6)}  agreement:
    reference: À compléter
    signed: 2999-12-31  # À compléter
    signatories: [À compléter, À compléter]
    sha256: "{"0" * 64}"  # sha256sum of the signed document
    clauses: []  # the eight of GDPR article 28(3), each as {{ clause: instructions, page: 3 }}
  sub_processors:
    authorisation: specific
    notice_days: 30
    authorised: [{subs}]
  screening:
{_placed(kit.screening, 4)}    made: 2999-12-31  # À compléter
"""


def _placed(part: str, spaces: int) -> str:
    """A part of a kit at its depth of the file, ended by a line break unless it is empty."""
    return indent(part, " " * spaces) + "\n" if part else ""


def _dated(one: Answers) -> str:
    """The kit's keys of the tenant, with the last day of a training."""
    if "{until}" not in one.kit.tenant:
        return one.kit.tenant
    until = one.today + timedelta(seconds=seconds(one.kit.lasts))
    return one.kit.tenant.replace("{until}", until.isoformat())


def _categories(kit: Kit) -> str:
    return f"categories:\n{indent(kit.categories, '  ')}" if kit.categories else ""


def _quoted(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)


def write(settings: Settings, one: Answers) -> Path:
    """Check the new file and write it, never over one that is there.

    Raises TenantFileFaultsError, FileInTheWayError, FileUnwritableError.
    """
    path = settings.tenants / f"{one.slug}.yaml"
    if path.exists():
        raise FileInTheWayError(str(path))
    body = text(one)
    check_text(settings, one.slug, body)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(body)
    except OSError as error:
        raise FileUnwritableError(str(path), reason=error.strerror or str(error)) from error
    return path
