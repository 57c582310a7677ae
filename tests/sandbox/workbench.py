"""A Grist that stands, and the ways to it: over the entrance, in its pod, in its database."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from orchestrator.model.names import InstanceNames, TenantNames, account_of
from orchestrator.model.secret import Secret
from orchestrator.ports import WebAnswer
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox
from orchestrator.products.trying import header
from orchestrator.settings import load
from orchestrator.tools.secretstore import VaultSecretStore
from orchestrator.tools.secretstore_client import operator_token
from orchestrator.tools.web import EntranceWeb
from orchestrator.wiring import case as cases
from orchestrator.wiring.toolbox import tools_of
from tests.sandbox.kubectl import Answer, Kubectl
from tests.sandbox.project import Project, Standing

PATIENCE_S = 90.0
SESSION = "grist_core"
WEB = "deployment/web"
PSQL = ("psql", "-X", "-A", "-t", "-q", "-h", "/run/postgresql", "-U", "postgres", "-d", "grist")


def instance(slug: str, **further: Any) -> dict[str, Any]:
    """What a tenant file says of it."""
    return {
        "release": "1.7.17",
        "domain": f"tableur.{slug}.localhost",
        "size": "demo",
        "administrator": {"name": "Service informatique", "email": f"tableur@{slug}.example"},
        **further,
    }


def store_of(standing: Standing, slug: str) -> VaultSecretStore:
    """The tenant's own part of the secrets server."""
    secrets = standing.connection.secrets
    token = operator_token(secrets.token_file)
    authority = standing.connection.authority
    return VaultSecretStore(secrets.address, token, authority, TenantNames(slug), "grist")


def wait_until(holds: Callable[[], bool], otherwise: str, patience_s: float = PATIENCE_S) -> None:
    """Ask until it holds."""
    until = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < until, otherwise
        time.sleep(0.3)


@dataclass
class Workbench:
    """One instance."""

    slug: str
    standing: Standing
    project: Project

    @property
    def names(self) -> InstanceNames:
        return InstanceNames(self.slug, "grist")

    @property
    def namespace(self) -> str:
        return self.names.namespace

    @property
    def administrator(self) -> str:
        return f"tableur@{self.slug}.example"

    @property
    def url(self) -> str:
        return f"https://tableur.{self.slug}.localhost:{self.standing.connection.entrance.port}"

    @cached_property
    def web(self) -> EntranceWeb:
        return self.standing.web

    @cached_property
    def kubectl(self) -> Kubectl:
        return Kubectl(self.standing.connection)

    def secret(self, path: str, key: str) -> Secret:
        kept = store_of(self.standing, self.slug).read(path)
        assert kept is not None, path
        return kept[key]

    def toolbox(self) -> tuple[AnySubject, Toolbox]:
        """What the acceptance step is given."""
        (case,) = cases.read(load(root=self.project.root), f"{self.slug}/grist")
        return case.subject, tools_of(case, self.project.root)[0]

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: Secret | None = None,
        cookie: str = "",
    ) -> WebAnswer:
        """Ask the site through the entrance."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if key:
            headers["Authorization"] = f"Bearer {key.reveal()}"
        if cookie:
            headers["Cookie"] = cookie
        content = None if body is None else json.dumps(body).encode()
        return self.web.request(method, f"{self.url}{path}", headers=headers, body=content)

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """What the API says to the administrator's kept key."""
        answer = self.ask(method, path, body, key=self.secret("grist/administrator", "key"))
        assert answer.status == 200, (method, path, answer.status, answer.body)
        return json.loads(answer.body)

    def inside(self, *command: str, stdin: str = "") -> Answer:
        return self.kubectl.inside(self.namespace, WEB, command, stdin=stdin)

    def database(self, statement: str) -> str:
        said = self.kubectl.inside(self.namespace, "statefulset/database", [*PSQL, "-c", statement])
        assert said.status == 0, said.err
        return said.out.strip()

    def variable(self, name: str) -> str:
        return self.inside("printenv", name).out.strip()

    def boot(self, key: str) -> str:
        """The status of the operator's door inside the pod; the key goes by standard input."""
        body = json.dumps({"bootKey": key, "adminEmail": self.administrator})
        words = ("-s", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@-")
        kind = ("-H", "Content-Type: application/json")
        url = "http://127.0.0.1:8484/boot/login"
        return self.inside("curl", *words, *kind, url, stdin=body).out

    def another(self, folder: str, variables: Mapping[str, str]) -> Answer:
        """One more server in the pod, with files of its own; ended after some seconds."""
        own = {
            "PORT": "18484",
            "GRIST_INST_DIR": f"/tmp/{folder}",  # noqa: S108 - in the pod
            "TYPEORM_TYPE": "sqlite",
            "TYPEORM_DATABASE": f"/tmp/{folder}/home.sqlite3",  # noqa: S108 - in the pod
            **variables,
        }
        words = [f"{name}={value}" for name, value in own.items()]
        kept = [f"PATH={self.variable('PATH')}"]
        start = f"mkdir -p /tmp/{folder} && cd /grist && timeout 6 ./sandbox/run.sh 2>&1"
        return self.inside("env", "-i", *kept, *words, "sh", "-c", start)

    def settled(self) -> None:
        """Wait until its server runs in its newest form and answers."""
        self.kubectl(
            *("rollout", "status", WEB, "-n", self.namespace, "--timeout=90s"), timeout_s=100
        )
        wait_until(
            lambda: self.ask("GET", "/status?ready=1").status == 200, "it does not come back"
        )

    def restart(self) -> None:
        self.kubectl("rollout", "restart", WEB, "-n", self.namespace)
        self.settled()

    @contextmanager
    def with_environment(self, **variables: str) -> Iterator[None]:
        """Give the server other variables for a while, as somebody's hand on the cluster would."""
        self._set([f"{name}={value}" for name, value in variables.items()])
        try:
            yield
        finally:
            self._set([f"{name}-" for name in variables])

    def _set(self, words: list[str]) -> None:
        done = self.kubectl("set", "env", WEB, "-n", self.namespace, *words)
        assert done.status == 0, done.err
        self.settled()

    def sign_in(self, email: str, password: Secret) -> str:
        """As a browser does it: to the provider, its page, and back; the cookie of the session."""
        begun = self.ask("GET", "/login")
        assert begun.status == 302, begun
        place = header(begun, "location")
        asked = dict(parse_qsl(urlsplit(place).query))
        issuer = self.secret("grist/login", "issuer").reveal()
        assert place.startswith(issuer.partition("/v1/")[0])
        mount = TenantNames(self.slug).people_mount
        page = f"{issuer.partition('/v1/')[0]}/v1/auth/{mount}/login/{account_of(email)}"
        word = json.dumps({"password": password.reveal()}).encode()
        opened = self.web.request("POST", page, body=word)
        assert opened.status == 200, opened.status
        token = json.loads(opened.body)["auth"]["client_token"]
        granted = self.web.request(
            "POST",
            f"{issuer}/authorize",
            headers={"X-Vault-Token": token},
            body=json.dumps(asked).encode(),
        )
        assert granted.status == 200, granted
        told = json.loads(granted.body)
        before = header(begun, "set-cookie").partition(";")[0]
        answer = self.ask(
            "GET", f"/oauth2/callback?code={told['code']}&state={told['state']}", cookie=before
        )
        assert answer.status == 302, answer
        terms = header(answer, "set-cookie")
        assert {"HttpOnly", "Secure"} <= set(terms.split("; ")), terms.partition(";")[2]
        return terms.partition(";")[0]

    def who(self, cookie: str) -> Any:
        """Whom the site takes the bearer of a cookie for."""
        return json.loads(self.ask("GET", "/api/profile/user", cookie=cookie).body)
