"""What a site must do before it is called live, tried as its visitors and its people would.

Each check is a function that returns what was seen, or raises `NotAccepted` with what was not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets as chance
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from orchestrator.errors.process import ToolFailedError
from orchestrator.flows.subject import Subject, Toolbox
from orchestrator.ports import WebAnswer
from orchestrator.products.decidim.secrets import APPLICATION_PATH

RUNNERS = "/orchestrator/runners"
RUNNER_TIMEOUT_S = 180.0
WAIT_S = 90.0
EVERY_S = 0.5
RELAY_ANSWERS_S = 6.0  # the product's own limit is five
STRANGER = "stranger.example"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFUSALS = frozenset({400, 403, 404, 421})

Check = Callable[[Subject, Toolbox], str]


class NotAccepted(Exception):  # noqa: N818 - a verdict rather than a fault
    """A check did not pass; its text says what was seen instead."""


class Answer(dict[str, Any]):
    """What a script said; what it should have said and did not is a verdict as well."""

    def __init__(self, script: str, said: Mapping[str, Any]) -> None:
        super().__init__(said)
        self._script = script

    def __missing__(self, key: str) -> NoReturn:
        """Refuse: the product and our scripts are not of the same release."""
        _refuse(f"script {self._script} does not say `{key}`")


def health(subject: Subject, tools: Toolbox) -> str:
    """The site says that it is well: its code and its schema agree."""
    return _expect(subject, tools, subject.release.probe.readiness, 200)


def home(subject: Subject, tools: Toolbox) -> str:
    """The home page is there, or asks to sign in where the tenant wants that."""
    if subject.instance.features.force_authentication:
        return _expect(subject, tools, "/", 302)
    return _expect(subject, tools, "/", 200)


def sign_in(subject: Subject, tools: Toolbox) -> str:
    """People can sign in."""
    return _expect(subject, tools, "/users/sign_in", 200)


def system_closed(subject: Subject, tools: Toolbox) -> str:
    """The system pages are shut, or open only to whom the tenant file names."""
    path = "/system/admins/sign_in"
    if not subject.instance.system_access:
        return _expect(subject, tools, path, 403)
    return _expect(subject, tools, path, 200, 403)


def stranger_refused(subject: Subject, tools: Toolbox) -> str:
    """A name that is not the site's gets nothing of it."""
    answer = tools.web.request("GET", f"{subject.public_url}/", headers={"Host": STRANGER})
    if answer.status not in _REFUSALS:
        _refuse(f"asked for as {STRANGER}, it answers {answer.status}")
    return f"{answer.status} for another name"


def upload(subject: Subject, tools: Toolbox) -> str:
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
        _refuse(f"the bucket answers {put.status} to an upload")
    fetched = tools.web.request("GET", f"{subject.public_url}{told['blob_url']}")
    if fetched.status in _REDIRECTS:
        fetched = tools.web.request("GET", _header(fetched, "location"))
    if fetched.status != 200 or fetched.body != content:
        _refuse(f"the upload came back as {fetched.status}, {len(fetched.body)} bytes")
    return f"{len(content)} bytes up and back"


def mail_and_job(subject: Subject, tools: Toolbox) -> str:
    """One mail passes worker and relay, and one job is done."""
    address = subject.tenant.organisation.contacts.technical.email
    token = chance.token_hex(6)
    told = runner(subject, tools, "enqueue_probe", {"email": address, "token": token})
    asked = {"job": told["job"], "mail": told["mail"]}

    def done() -> bool:
        seen = runner(subject, tools, "enqueue_probe", asked)
        if seen["mail"]["state"] == "refused":
            _refuse(f"the mail relay does not take a mail to {address}: {seen['mail']['reason']}")
        return bool(seen["drained"]) and seen["mail"]["state"] == "left"

    _wait(tools, done, "the worker has not done what is queued")
    if (inbox := tools.inbox) is None:
        tools.clock.sleep(RELAY_ANSWERS_S)
        done()
        return "a job done; a mail handed to the relay"

    def arrived() -> bool:
        if any(token in text for text in inbox.subjects_to(address)):
            return True
        done()  # tells a relay that refuses meanwhile
        return False

    _wait(tools, arrived, f"no mail with {token} in its subject reached the relay")
    return "a job done, a mail taken by the relay"


def decrypts(subject: Subject, tools: Toolbox) -> str:
    """What is encrypted can be read, with the key that the secrets server keeps."""
    told = runner(subject, tools, "decrypt_check", {})
    kept = tools.secrets.read(APPLICATION_PATH) or {}
    if not told["ok"]:
        _refuse("encrypted columns cannot be read with the key in use")
    if not told["key_fingerprint"].startswith(kept["secret_key_base"].fingerprint):
        _refuse("the key in use is not the one that the secrets server keeps")
    return f"{told['checked']} read with the kept key"


CHECKS: Mapping[str, Check] = {
    "health": health,
    "home page": home,
    "sign-in page": sign_in,
    "system pages": system_closed,
    "other names": stranger_refused,
    "upload": upload,
    "mail and job": mail_and_job,
    "encryption": decrypts,
}


def runner(subject: Subject, tools: Toolbox, name: str, asked: Mapping[str, Any]) -> Answer:
    """Run a script of ours inside the product; its answer. Raises NotAccepted."""
    command = ["bundle", "exec", "rails", "runner", f"{RUNNERS}/{name}.rb"]
    try:
        said = tools.cluster.execute(
            subject.names.namespace, "deployment/web", command, json.dumps(asked), RUNNER_TIMEOUT_S
        )
    except ToolFailedError as error:
        # Our scripts end with 1 after a fault, and say which in their answer all the same.
        answer = _answer(error.details)
        if "error" in answer:
            _refuse(f"script {name}: {answer.get('reason', answer['error'])}", error)
        raise
    answer = _answer(said.splitlines())
    if not answer:
        _refuse(f"script {name} gave no answer")
    return Answer(name, answer)


def _answer(lines: Sequence[str]) -> dict[str, Any]:
    """The newest line that is a JSON object; the product may log around it."""
    for line in reversed(lines):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return {}


def _refuse(why: str, cause: Exception | None = None) -> NoReturn:
    raise NotAccepted(why) from cause


def _expect(subject: Subject, tools: Toolbox, path: str, *wanted: int) -> str:
    answer = tools.web.request("GET", f"{subject.public_url}{path}")
    if answer.status not in wanted:
        expected = " or ".join(str(status) for status in wanted)
        _refuse(f"{path} answers {answer.status}, not {expected}")
    return f"{path} answers {answer.status}"


def _header(answer: WebAnswer, name: str) -> str:
    return {key.lower(): value for key, value in answer.headers.items()}.get(name, "")


def _wait(tools: Toolbox, holds: Callable[[], bool], otherwise: str) -> None:
    until = tools.clock.monotonic() + WAIT_S
    while not holds():
        if tools.clock.monotonic() > until:
            _refuse(f"{otherwise} after {WAIT_S:.0f} s")
        tools.clock.sleep(EVERY_S)
