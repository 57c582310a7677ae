"""A Decidim brought back beside itself: whole, shut in, and removed without a trace."""

from __future__ import annotations

import json
import time

import pytest

from tests.sandbox import writing
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import Project, Standing
from tests.sandbox.writing import Writer

pytestmark = pytest.mark.sandbox

COPY = "lundi"


@pytest.fixture(scope="module")
def source(standing: Standing, project: Project, kept: str) -> str:
    """A tenant with a Decidim that somebody has written to."""
    with Writer(standing.connection, kept) as writer:
        while len(writer.ledger.uploads) < 5:
            time.sleep(0.1)
    project.succeed("backup", "run", f"{kept}/decidim", "--yes")
    return kept


@pytest.fixture(scope="module")
def copied(project: Project, source: str) -> str:
    """The newest point of it, brought back beside it; its namespace."""
    point = points(project, source)[0]
    said = project.succeed(
        *("restore", f"{source}/decidim", "--point", point, "--as", COPY, "--yes")
    ).out
    assert f"{source}/decidim@{COPY} stands beside {source}/decidim" in said
    return f"{source}-decidim--{COPY}"


def points(project: Project, slug: str) -> list[str]:
    """Names of its recovery points, the newest first."""
    found = project.succeed("backup", "list", f"{slug}/decidim", "--json").document["points"]
    return [one["id"] for one in found]


def test_it_holds_what_the_instance_held(
    standing: Standing, project: Project, source: str, copied: str
) -> None:
    theirs = writing.rows(standing.connection, source)
    assert theirs
    assert writing.rows(standing.connection, source, copied) == theirs
    named = writing.uploads(standing.connection, source, copied)
    store = writing.objects(standing.connection)
    keys = {
        one["Key"] for one in store.list_objects_v2(Bucket=f"{copied}-uploads").get("Contents", ())
    }
    assert named <= keys


def test_it_answers_at_its_own_address_and_says_what_it_is(
    standing: Standing, source: str, copied: str
) -> None:
    port = standing.connection.entrance.port
    own = f"https://participer-{COPY}.{source}.localhost:{port}/"
    assert standing.web.request("GET", own).status == 200
    theirs = f"https://participer.{source}.localhost:{port}/"
    assert standing.web.request("GET", theirs).status == 200


def test_it_keeps_no_backups_and_has_no_way_to_them(
    standing: Standing, source: str, copied: str
) -> None:
    kubectl = Kubectl(standing.connection)
    names = {
        one["metadata"]["name"] for one in kubectl.get("networkpolicies", "-n", copied)["items"]
    }
    assert "keeper" not in names
    secrets_there = [
        one["metadata"]["name"] for one in kubectl.get("secrets", "-n", copied)["items"]
    ]
    assert not [name for name in secrets_there if name.startswith("backups")]
    asked = ["psql", "-XAtq", "-h", "/run/postgresql", "-U", "postgres", "-c", "show archive_mode"]
    assert kubectl.inside(copied, "statefulset/database", asked).out.strip() == "off"
    reach = ["timeout", "3", "bash", "-c", "</dev/tcp/{}/8334"]
    host = standing.connection.objects.secure.partition("//")[2].partition(":")[0]
    reach[-1] = reach[-1].format(host)
    assert kubectl.inside(copied, "statefulset/database", reach).status != 0


def test_it_writes_to_nobody(standing: Standing, source: str, copied: str) -> None:
    kubectl = Kubectl(standing.connection)
    settings = [
        one["data"]
        for one in kubectl.get("configmaps", "-n", copied)["items"]
        if one["metadata"]["name"].startswith("settings-")
    ]
    assert {one["SMTP_ADDRESS"] for one in settings} == {standing.connection.mail.address}
    found = writing.asked(
        standing.connection,
        copied,
        "select jsonb_agg(smtp_settings) || jsonb_agg(omniauth_settings) "
        "from decidim_organizations;",
    )
    assert json.loads(found) == [None, None]


def test_told_again_it_is_the_same_copy(project: Project, source: str, copied: str) -> None:
    point = points(project, source)[0]
    asked = ("restore", f"{source}/decidim", "--point", point, "--as", COPY, "--yes")
    assert project.succeed(*asked, "--expect-no-changes").out.startswith("Already so:")
    other = points(project, source)[-1]
    refused = project.call("restore", f"{source}/decidim", "--point", other, "--as", COPY, "--yes")
    assert refused.status == 2
    assert "copy-taken" in refused.err


def test_it_is_removed_without_a_trace(
    standing: Standing, project: Project, source: str, copied: str
) -> None:
    listed = project.succeed("copy", "list", source, "--json").document["copies"]
    assert [(one["instance"], one["name"]) for one in listed] == [(f"{source}/decidim", COPY)]
    project.succeed("copy", "remove", f"{source}/decidim", COPY, "--yes")
    assert project.succeed("copy", "list", source, "--json").document["copies"] == []
    kubectl = Kubectl(standing.connection)
    assert kubectl("get", "namespace", copied).status != 0
    store = writing.objects(standing.connection)
    buckets = {one["Name"] for one in store.list_buckets()["Buckets"]}
    assert f"{copied}-uploads" not in buckets
    assert f"{source}-decidim-uploads" in buckets
    again = project.call("copy", "remove", f"{source}/decidim", COPY, "--yes")
    assert again.status == 6, again.err
    project.succeed("onboard", source, "--yes", "--expect-no-changes")


def test_a_drill_leaves_a_signed_record_and_nothing_else(
    standing: Standing, project: Project, source: str
) -> None:
    drilled = project.call("drill", "run", f"{source}/decidim", "--json")
    assert drilled.status == 0, f"{drilled.out}\n{drilled.err}"
    (record,) = json.loads(drilled.out)["drills"]
    assert record["verdict"] == "green"
    assert record["copy_removed"]
    assert 0 <= record["rpo_s"] < 75
    assert {"repository", "database", "objects", "compared", "acceptance"} <= {
        one["name"] for one in record["assertions"]
    }
    assert project.succeed("copy", "list", source, "--json").document["copies"] == []
    # Of others, whose tenant is gone, nobody has the keys any more.
    files = project.call("drill", "verify", "--json").document["files"]
    (own,) = (one for one in files if record["id"] in one["file"])
    assert own["state"] == "verified"
