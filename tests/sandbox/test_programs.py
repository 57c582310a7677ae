"""A program of a Decidim: its account is made, ended by the night's job, made anew, withdrawn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import TENANTS, Done, Project, Standing
from tests.sandbox.workbench import store_of

pytestmark = pytest.mark.sandbox

SLUG = TENANTS[1]
NAMESPACE = f"{SLUG}-decidim"
PATH = "decidim/programs/bilan"
PROGRAMS = f"""    programs:
      - name: bilan
        purpose: Verser le bilan des concertations
        owner: dsi@{SLUG}.example
        may: write
        until: 2999-12-31
      - name: ancien
        purpose: Lire les propositions de l'an passé
        owner: dsi@{SLUG}.example
        until: 2020-12-31
"""
PSQL = ("psql", "-X", "-A", "-t", "-h", "/run/postgresql", "-U", "postgres", "-d", "decidim", "-c")
OURS = "SELECT name, admin FROM decidim_users WHERE type = 'Decidim::Api::ApiUser'"


@dataclass(frozen=True)
class Site:
    """The tenant's site, and the ways to it."""

    standing: Standing
    project: Project
    kubectl: Kubectl

    @property
    def credential(self) -> dict[str, str]:
        kept = store_of(self.standing, SLUG).read(PATH)
        assert kept is not None
        return {name: kept[name].reveal() for name in ("key", "secret")}

    def signs_in(self, credential: dict[str, str]) -> str:
        """The token for a credential; nothing when it is refused."""
        port = self.standing.connection.entrance.port
        answer = self.standing.web.request(
            "POST",
            f"https://participer.{SLUG}.localhost:{port}/api/sign_in",
            headers={"Content-Type": "application/json"},
            body=json.dumps({"api_user": credential}).encode(),
        )
        assert answer.status in {200, 401}, answer
        return str(json.loads(answer.body)["jwt_token"] or "")

    def database(self, statement: str) -> list[str]:
        said = self.kubectl.inside(NAMESPACE, "statefulset/database", [*PSQL, statement])
        assert said.status == 0, said.err
        return said.out.split("\n")[:-1]


@pytest.fixture
def site(standing: Standing, project: Project, onboarded: dict[str, Done]) -> Iterator[Site]:
    """The site with two programs in its file, one of which has ended."""
    assert onboarded
    file = project.root / "tenants" / f"{SLUG}.yaml"
    before = file.read_text(encoding="utf-8")
    assert before.count("    size: ") == 1
    file.write_text(before.replace("    size: ", f"{PROGRAMS}    size: "), encoding="utf-8")
    yield Site(standing, project, Kubectl(standing.connection))
    file.write_text(before, encoding="utf-8")
    project.succeed("onboard", SLUG, "--yes")


def test_a_program_is_let_in_until_its_day_and_while_it_is_named(site: Site) -> None:
    site.project.succeed("onboard", SLUG, "--yes")
    first = site.credential
    assert site.signs_in(first)
    assert not site.signs_in({**first, "secret": "another"})
    assert site.database(OURS) == ["bilan (program)|t"]
    site.project.succeed("onboard", SLUG, "--yes", "--expect-no-changes")
    # Its last day is over: the night's job removes it, and only then somebody renews the day.
    ends = "jsonb_set(extended_data, '{orchestrator_ends}', '\"2020-01-01T00:00:00+00:00\"')"
    site.database(
        f"UPDATE decidim_users SET extended_data = {ends} WHERE type = 'Decidim::Api::ApiUser'"  # noqa: S608
    )
    job = ("job", "end-now", "-n", NAMESPACE)
    site.kubectl("create", *job, "--from=cronjob/end-programs")
    wait = ("wait", "job/end-now", "-n", NAMESPACE, "--for=condition=complete", "--timeout=60s")
    assert site.kubectl(*wait, timeout_s=70).status == 0
    site.kubectl("delete", *job)
    assert site.database(OURS) == []
    assert not site.signs_in(first)
    planned = site.project.succeed("plan", SLUG, "--json").document["changes"]
    told = {one["target"]: one["detail"] for one in planned}
    assert told == {"program/bilan": "what is kept opens nothing"}
    site.project.succeed("onboard", SLUG, "--yes")
    assert site.credential != first
    assert site.signs_in(site.credential)
    # Without its line it is withdrawn, and so is the job that there is no use for.
    file = site.project.root / "tenants" / f"{SLUG}.yaml"
    file.write_text(file.read_text("utf-8").replace(PROGRAMS, ""), encoding="utf-8")
    site.project.succeed("onboard", SLUG, "--yes")
    assert site.database(OURS) == []
    assert not site.signs_in(site.credential)
    assert site.kubectl("get", "cronjob/end-programs", "-n", NAMESPACE).status == 1
    site.project.succeed("onboard", SLUG, "--yes", "--expect-no-changes")
