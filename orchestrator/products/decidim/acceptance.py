"""What a site must do before it is called live, tried as its visitors and its people would.

Each check is a function that returns what was seen, or raises `NotAccepted` with what was not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets as chance
from collections.abc import Mapping
from html import unescape
from typing import Any

from orchestrator.model.tenant import Cloned
from orchestrator.products import asking
from orchestrator.products.decidim.instance import Decidim
from orchestrator.products.decidim.pages import GUESTS
from orchestrator.products.decidim.release import DecidimRelease
from orchestrator.products.decidim.secrets import APPLICATION_PATH
from orchestrator.products.decidim.words import words_of
from orchestrator.products.product import Check, Subject
from orchestrator.products.toolbox import Toolbox
from orchestrator.products.trying import (
    REDIRECTS,
    Answer,
    expect,
    header,
    newest_object,
    refuse,
    stranger_refused,
    wait,
)

RELAY_ANSWERS_S = 6.0  # the product's own limit is five

DecidimSubject = Subject[Decidim, DecidimRelease]


def health(subject: DecidimSubject, tools: Toolbox) -> str:
    """The site says that it is well: its code and its schema agree."""
    return expect(subject, tools, subject.release.probe.readiness, 200)


def home(subject: DecidimSubject, tools: Toolbox) -> str:
    """The home page is there, or asks to sign in where the tenant wants that."""
    if subject.instance.features.force_authentication:
        return expect(subject, tools, "/", 302)
    return expect(subject, tools, "/", 200)


def sign_in(subject: DecidimSubject, tools: Toolbox) -> str:
    """People can sign in."""
    return expect(subject, tools, "/users/sign_in", 200)


def system_closed(subject: DecidimSubject, tools: Toolbox) -> str:
    """The system pages are shut, or open only to whom the tenant file names."""
    path = "/system/admins/sign_in"
    if not subject.instance.system_access:
        return expect(subject, tools, path, 403)
    return expect(subject, tools, path, 200, 403)


def programs(subject: DecidimSubject, tools: Toolbox) -> str:
    """Programs get an answer to a query, or are asked to sign in where the tenant wants that."""
    asked = json.dumps({"query": "{ decidim { applicationName } }"}).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    url = f"{subject.public_url}/api"
    answer = tools.web.request("POST", url, headers=headers, body=asked)
    guarded = subject.instance.settings.get("DECIDIM_API_FORCE_API_AUTHENTICATION") is True
    if guarded or subject.instance.features.force_authentication:
        if answer.status == 200 and b"applicationName" in answer.body:
            refuse("/api answers programs that have not signed in")
        return f"/api answers {answer.status} to strangers"
    told = newest_object([answer.body.decode(errors="replace")])
    name = ((told.get("data") or {}).get("decidim") or {}).get("applicationName")
    if answer.status != 200 or not name:
        refuse(f"/api answers {answer.status} to a query and does not say who it is")
    return f"/api answers as {name}"


def upload(subject: DecidimSubject, tools: Toolbox) -> str:
    """A file goes into the bucket as from a browser, and comes back through the public address."""
    content = chance.token_bytes(2048)
    asked = {
        "name": "acceptance.bin",
        "size": len(content),
        "checksum": base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode(),
        "content_type": "application/octet-stream",
    }
    told = runner(subject, tools, "upload_probe", asked)
    put = tools.web.request("PUT", told["put_url"], headers=told["put_headers"], body=content)
    if put.status != 200:
        refuse(f"the bucket answers {put.status} to an upload")
    fetched = tools.web.request("GET", f"{subject.public_url}{told['blob_url']}")
    if fetched.status in REDIRECTS:
        fetched = tools.web.request("GET", header(fetched, "location"))
    if fetched.status != 200 or fetched.body != content:
        refuse(f"the upload came back as {fetched.status}, {len(fetched.body)} bytes")
    return f"{len(content)} bytes up and back"


def mail_and_job(subject: DecidimSubject, tools: Toolbox) -> str:
    """One mail passes worker and relay, and one job is done."""
    address = subject.tenant.organisation.contacts.technical.email
    token = chance.token_hex(6)
    told = runner(subject, tools, "enqueue_probe", {"email": address, "token": token})
    asked = {"job": told["job"], "mail": told["mail"]}

    def done() -> bool:
        seen = runner(subject, tools, "enqueue_probe", asked)
        if seen["mail"]["state"] == "refused":
            refuse(f"the mail relay does not take a mail to {address}: {seen['mail']['reason']}")
        return bool(seen["drained"]) and seen["mail"]["state"] == "left"

    wait(tools, done, "the worker has not done what is queued")
    if (inbox := tools.inbox) is None:
        tools.clock.sleep(RELAY_ANSWERS_S)
        done()
        return "a job done; a mail handed to the relay"

    def arrived() -> bool:
        if any(token in text for text in inbox.subjects_to(address)):
            return True
        done()  # tells a relay that refuses meanwhile
        return False

    wait(tools, arrived, f"no mail with {token} in its subject reached the relay")
    return "a job done, a mail taken by the relay"


def decrypts(subject: DecidimSubject, tools: Toolbox) -> str:
    """What is encrypted can be read, with the key that the secrets server keeps."""
    told = runner(subject, tools, "decrypt_check", {})
    kept = tools.secrets.read(APPLICATION_PATH) or {}
    if not told["ok"]:
        refuse("encrypted columns cannot be read with the key in use")
    if not told["key_fingerprint"].startswith(kept["secret_key_base"].fingerprint):
        refuse("the key in use is not the one that the secrets server keeps")
    return f"{told['checked']} read with the kept key"


CHECKS: Mapping[str, Check[Decidim, DecidimRelease]] = {
    "health": health,
    "home page": home,
    "sign-in page": sign_in,
    "system pages": system_closed,
    "other names": stranger_refused,
    "programs": programs,
    "upload": upload,
    "mail and job": mail_and_job,
    "encryption": decrypts,
}


def accessibility(subject: DecidimSubject, tools: Toolbox) -> str:
    """The accessibility statement is there, with its contact and the state of conformity."""
    one = subject.instance.accessibility
    if one is None or not one.path:
        refuse("there is no statement on the site to look at")
    state = words_of(subject.instance.locales.default).conformity[one.state]
    return _shows(subject, tools, one.path, state, one.contact)


def guests_notice(subject: DecidimSubject, tools: Toolbox) -> str:
    """Guests are told who keeps their data, for how long, and who answers."""
    guests = subject.instance.features.guest_meeting_registration
    words = words_of(subject.instance.locales.default)
    contact = subject.tenant.data_protection.rights_contact
    kept = (words.lasts(guests.requests_kept), words.lasts(guests.accounts_kept))
    return _shows(subject, tools, f"/pages/{GUESTS}", contact, *kept)


def pages_shown(subject: DecidimSubject) -> Mapping[str, Check[Decidim, DecidimRelease]]:
    """Checks of the pages that this instance must show; those of a clone are masked."""
    if isinstance(subject.tenant.training, Cloned):
        return {}
    one = subject.instance.accessibility
    found: dict[str, Check[Decidim, DecidimRelease]] = {}
    if one is not None and one.path:
        found["accessibility statement"] = accessibility
    if subject.instance.features.guest_meeting_registration.enabled:
        found["notice for guests"] = guests_notice
    return found


def _shows(subject: DecidimSubject, tools: Toolbox, path: str, *texts: str) -> str:
    """A page answers and holds these texts. Raises NotAccepted."""
    answer = tools.web.request("GET", f"{subject.public_url}{path}")
    if answer.status != 200:
        refuse(f"{path} answers {answer.status}, not 200")
    said = " ".join(unescape(answer.body.decode(errors="replace")).split())
    if missing := [text for text in texts if text not in said]:
        refuse(f"{path} does not say {', '.join(missing)}")
    return f"{path} says {', '.join(texts)}"


def runner(subject: DecidimSubject, tools: Toolbox, name: str, asked: Mapping[str, Any]) -> Answer:
    """Run a script of ours inside the product; its answer. Raises NotAccepted."""
    command = ["bundle", "exec", "rails", "runner", f"{asking.RUNNERS}/{name}.rb"]
    return asking.script(tools, (subject.names.namespace, "deployment/web"), command, asked)
