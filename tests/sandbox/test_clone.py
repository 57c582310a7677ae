"""A Decidim cloned: used as the real one, and nobody of it can be recognised anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.sandbox import writing
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import Project, Standing

pytestmark = pytest.mark.sandbox

CLONE = "essai"
PEOPLE = 300
PERSON = """
with one as (select id from decidim_organizations limit 1),
person as (insert into decidim_users (email, name, nickname, extended_data, encrypted_password,
    decidim_organization_id, last_sign_in_ip)
    select '{mail}', '{name}', 'n{mark}', '{{"phone": "{phone}"}}', 'hash{mark}', id, '203.0.113.9'
    from one returning id),
page as (insert into decidim_static_pages (slug, title, content, decidim_organization_id)
    select 'page-{number}', '{{"fr": "{text}"}}', '{{"fr": "<p>{text}</p>"}}', id from one)
insert into decidim_authorizations (name, metadata, decidim_user_id)
    select 'register', '{{"tel": "{phone}"}}', id from person;
"""
UPLOAD = """
with blob as (insert into active_storage_blobs
    (key, filename, content_type, metadata, service_name, byte_size, checksum) values
    ('key{mark}', '{mark}.txt', '{kind}', '{{}}', 's3', {size}, '{md5}') returning id)
insert into active_storage_attachments (name, record_type, record_id, blob_id)
    select 'file', 'Planted', id, id from blob;
"""


@dataclass(frozen=True)
class Planted:
    """A tenant whose Decidim holds people; what can be looked for of each."""

    slug: str
    marks: tuple[str, ...]

    @property
    def namespace(self) -> str:
        """Where its clone lives."""
        return f"{self.slug}-decidim--{CLONE}"


@pytest.fixture(scope="module")
def planted(standing: Standing, project: Project) -> Iterator[Planted]:
    """A tenant with people who have names, addresses, numbers and opinions, and uploads.

    Of its own: no more than these are to be looked for, so that each of them is.
    """
    slug = f"clone-{secrets.token_hex(3)}"
    project.tenant(slug)
    project.succeed("onboard", slug, "--yes")
    marks = plant(standing, slug)
    project.succeed("backup", "run", f"{slug}/decidim", "--yes")
    yield Planted(slug, marks)
    Kubectl(standing.connection)("delete", "namespace", f"{slug}-decidim", "--wait=false")
    (project.root / "tenants" / f"{slug}.yaml").unlink()


@pytest.fixture(scope="module")
def cloned(project: Project, planted: Planted) -> str:
    """The clone of its newest point; its namespace."""
    said = project.succeed("clone", f"{planted.slug}/decidim", "--as", CLONE, "--yes").out
    assert f"{planted.slug}/decidim@{CLONE}, a masked copy of" in said
    return planted.namespace


def plant(standing: Standing, slug: str) -> tuple[str, ...]:
    """Write people straight into the database; every text by which one could be recognised."""
    marks, statements = [], []
    for number in range(PEOPLE):
        mark = f"q{secrets.token_hex(6)}"
        name, mail = f"Zoe{mark} Durand{mark}", f"{mark}.{number}@personne.example"
        phone = f"06{secrets.randbelow(10**8):08d}"
        text = f"opinion{mark} {phone}"
        marks += [mark, phone]
        statements.append(
            PERSON.format(number=number, mark=mark, name=name, mail=mail, phone=phone, text=text)
        )
    store, bucket = writing.objects(standing.connection), f"{slug}-decidim-uploads"
    for number, mark in enumerate(marks[:40:2]):
        content = f"the letter of {mark}".encode()
        store.put_object(Bucket=bucket, Key=f"key{mark}", Body=content)
        kind = ("image/png", "text/plain")[number % 2]
        size = len(content)
        statements.append(UPLOAD.format(mark=mark, kind=kind, size=size, md5=md5(content)))
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "/run/postgresql", "-U", "postgres"]
    script = "\n".join(("begin;", *statements, "commit;", "checkpoint;"))
    kubectl = Kubectl(standing.connection)
    place = (f"{slug}-decidim", "statefulset/database")
    done = kubectl.inside(*place, [*command, "-d", "decidim", "-f", "-"], script)
    assert done.status == 0, done.err
    return tuple(marks)


def md5(content: bytes) -> str:
    """As the product keeps it."""
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def found(standing: Standing, namespace: str, marks: tuple[str, ...], places: list[str]) -> str:
    """Files below some places of the database's pod in which any of the marks stands."""
    patterns = "\n".join(marks)
    command = ["sh", "-c", 'cat >/tmp/marks; grep -rlaiFf /tmp/marks "$@"; echo "ended $?"', "sh"]
    done = Kubectl(standing.connection).inside(
        namespace, "statefulset/database", [*command, *places], patterns
    )
    assert "ended " in done.out, done.err
    return done.out


def dumped(standing: Standing, namespace: str) -> str:
    """The whole database as text."""
    command = ["pg_dump", "-h", "/run/postgresql", "-U", "postgres", "decidim"]
    done = Kubectl(standing.connection).inside(namespace, "statefulset/database", command)
    assert done.status == 0, done.err
    return done.out


def test_what_was_planted_can_be_found_where_it_was(standing: Standing, planted: Planted) -> None:
    """Or the next tests would prove nothing."""
    source = f"{planted.slug}-decidim"
    dump = dumped(standing, source).lower()
    assert all(mark in dump for mark in planted.marks)
    volume = found(standing, source, planted.marks, ["/var/lib/postgresql/data"])
    assert "/base/" in volume
    assert "/pg_wal/" in volume


def test_nobody_is_in_a_dump_of_the_clone(
    standing: Standing, planted: Planted, cloned: str
) -> None:
    dump = dumped(standing, cloned).lower()
    assert not [mark for mark in planted.marks if mark in dump]
    rows = writing.asked(standing.connection, cloned, "select count(*) from decidim_users;")
    assert int(rows) >= PEOPLE


def test_nobody_is_in_a_file_of_its_volume(
    standing: Standing, planted: Planted, cloned: str
) -> None:
    volume = found(standing, cloned, planted.marks, ["/var/lib/postgresql/data"])
    assert volume.split() == ["ended", "1"], volume


def test_nobody_is_in_its_bucket(standing: Standing, planted: Planted, cloned: str) -> None:
    store, bucket = writing.objects(standing.connection), f"{cloned}-uploads"
    listed = store.list_object_versions(Bucket=bucket)
    held = {
        one["Key"]: store.get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])[
            "Body"
        ].read()
        for one in listed.get("Versions", ())
    }
    assert not [m for m in planted.marks for k, c in held.items() if m in k or m.encode() in c]
    named = json.loads(
        writing.asked(
            standing.connection,
            cloned,
            "select jsonb_object_agg(key, jsonb_build_array(byte_size, checksum, content_type))"
            " from active_storage_blobs join active_storage_attachments one"
            " on blob_id = active_storage_blobs.id where record_type = 'Planted';",
        )
    )
    assert len(named) == 20
    for key, (size, checksum, kind) in named.items():
        assert (size, checksum) == (len(held[key]), md5(held[key]))
        assert held[key].startswith(b"\x89PNG") is (kind == "image/png")


def test_it_answers_and_writes_to_nobody(standing: Standing, planted: Planted, cloned: str) -> None:
    port = standing.connection.entrance.port
    own = f"https://participer-{CLONE}.{planted.slug}.localhost:{port}/"
    assert standing.web.request("GET", own).status == 200
    settings = [
        one["data"]
        for one in Kubectl(standing.connection).get("configmaps", "-n", cloned)["items"]
        if one["metadata"]["name"].startswith("settings-")
    ]
    assert {one["SMTP_ADDRESS"] for one in settings} == {standing.connection.mail.address}


def test_it_shares_no_secret_with_the_instance(
    standing: Standing, planted: Planted, cloned: str
) -> None:
    theirs = values(standing, f"{planted.slug}-decidim")
    own = values(standing, cloned)
    assert len(theirs) > 5
    assert len(own) > 5
    assert not theirs & own


def values(standing: Standing, namespace: str) -> set[str]:
    """Every value of every Secret, but for what is no secret."""
    found = Kubectl(standing.connection).get("secrets", "-n", namespace)["items"]
    every = {text for one in found for text in one.get("data", {}).values()}
    return {text for text in every if len(base64.b64decode(text)) >= 16}


def test_told_again_it_is_the_same_and_no_copy_takes_its_name(
    project: Project, planted: Planted, cloned: str
) -> None:
    assert cloned
    instance = f"{planted.slug}/decidim"
    again = project.succeed("clone", instance, "--as", CLONE, "--yes", "--expect-no-changes")
    assert again.out.startswith("Already so:")
    points = project.succeed("backup", "list", instance, "--json").document["points"]
    asked = ("restore", instance, "--point", points[0]["id"], "--as", CLONE, "--yes")
    refused = project.call(*asked)
    assert (refused.status, "copy-taken" in refused.err) == (2, True), refused.err


def test_it_is_removed_without_a_trace(
    standing: Standing, project: Project, planted: Planted, cloned: str
) -> None:
    instance = f"{planted.slug}/decidim"
    (listed,) = project.succeed("copy", "list", planted.slug, "--json").document["copies"]
    assert (listed["name"], listed["masked"]) == (CLONE, True)
    project.succeed("copy", "remove", instance, CLONE, "--yes")
    assert project.succeed("copy", "list", planted.slug, "--json").document["copies"] == []
    assert Kubectl(standing.connection)("get", "namespace", cloned).status != 0
    store = writing.objects(standing.connection)
    assert f"{cloned}-uploads" not in {one["Name"] for one in store.list_buckets()["Buckets"]}
    project.succeed("onboard", planted.slug, "--yes", "--expect-no-changes")


def test_somebody_in_what_is_kept_keeps_it_shut(
    standing: Standing, project: Project, planted: Planted
) -> None:
    instance, namespace = f"{planted.slug}/decidim", f"{planted.slug}-decidim--fuite"
    writing.asked(
        standing.connection,
        f"{planted.slug}-decidim",
        "update decidim_static_pages set slug = (select email from decidim_users where email like"
        " '%.7@personne.example') where slug = 'page-7' returning 1;",
    )
    project.succeed("backup", "run", instance, "--yes")
    leaked = project.call("clone", instance, "--as", "fuite", "--yes")
    writing.asked(
        standing.connection,
        f"{planted.slug}-decidim",
        "update decidim_static_pages set slug = 'page-7' where slug like '%@%' returning 1;",
    )
    assert leaked.status == 5, leaked.err
    assert "clone-leaks" in leaked.err
    assert "the database: 1 × mail address" in leaked.err
    assert "personne.example" not in f"{leaked.out}{leaked.err}"
    record = (project.newest_run() / "events.jsonl").read_text("utf-8")
    assert "personne.example" not in record
    shut(standing, namespace)
    project.succeed("copy", "remove", instance, "fuite", "--yes")


def shut(standing: Standing, namespace: str) -> None:
    """Nothing leads to it, and nothing of the product runs."""
    kubectl = Kubectl(standing.connection)
    assert kubectl.get("ingresses", "-n", namespace)["items"] == []
    ways = kubectl.get("networkpolicies", "-n", namespace)["items"]
    assert {one["metadata"]["name"] for one in ways} == {"refuse"}
    assert set(kubectl.pods(namespace)) == {"database", "queue", "cache"}


def test_a_column_that_nobody_looked_at_ends_it_while_it_is_shut(
    standing: Standing, project: Project, planted: Planted
) -> None:
    instance, namespace = f"{planted.slug}/decidim", f"{planted.slug}-decidim--autre"
    writing.asked(
        standing.connection,
        f"{planted.slug}-decidim",
        "alter table decidim_users add column birthplace varchar; select 1;",
    )
    project.succeed("backup", "run", instance, "--yes")
    refused = project.call("clone", instance, "--as", "autre", "--yes")
    writing.asked(
        standing.connection,
        f"{planted.slug}-decidim",
        "alter table decidim_users drop column birthplace; select 1;",
    )
    assert refused.status == 5, refused.err
    assert "column-unlisted" in refused.err
    assert "decidim_users.birthplace" in refused.err
    shut(standing, namespace)
    # Nothing was changed: what came back is still what people wrote.
    assert planted.marks[0] in dumped(standing, namespace).lower()
    project.succeed("copy", "remove", instance, "autre", "--yes")
    assert Kubectl(standing.connection)("get", "namespace", namespace).status != 0
