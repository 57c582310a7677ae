"""The manager: the superuser, users and their roles, and the way to the other modules."""

from __future__ import annotations

import json
import re
import uuid

import pytest

from orchestrator.sandbox.standins.rudi import passwords
from tests.unit.sandbox.standins.rudi.dataset import description, listed, published, sent
from tests.unit.sandbox.standins.rudi.node import Maker, Node

LOGIN = "/manager/api/front/login"
USERS = "/manager/api/secu/users"
ROOT = {"username": "chief", "password": "long enough"}


@pytest.fixture(scope="module")
def credentials() -> str:
    return passwords.credentials(ROOT["username"], ROOT["password"])


@pytest.fixture
def managed(make_node: Maker, credentials: str) -> Node:
    return make_node(SU=credentials).start(wait_for=("/manager/conf",))


def test_without_a_superuser_a_password_stands_in_the_log(node: Node) -> None:
    found = [each for each in node.said.splitlines() if "No super user" in each]
    assert len(found) == 1
    words = re.search(r"Generated: (.+) / (.+)$", json.loads(found[0])["message"])
    assert words is not None
    given = {"username": words[1], "password": words[2]}
    assert node.ask("POST", LOGIN, given).json["id"] == 0


def test_anybody_may_have_credentials_hashed(node: Node) -> None:
    path = "/manager/api/open/hash-credentials"
    found = node.ask("POST", path, ROOT).body.decode()
    name, kept = passwords.super_user(found)
    assert name == "chief"
    assert passwords.fits("long enough", kept)
    assert not passwords.fits("other", kept)
    assert node.ask("POST", path, {"username": "x"}).status == 400
    assert node.ask("POST", path.replace("/manager", ""), ROOT).status in {404, 405}


def test_a_login_works_by_either_cookie_and_as_a_bearer(managed: Node) -> None:
    answer = managed.ask("POST", LOGIN, ROOT)
    cookies = dict(
        each.partition(";")[0].split("=", 1) for each in answer.headers.get_all("Set-Cookie", [])
    )
    assert cookies.keys() == {"pmFrontToken", "consoleToken"}
    for name, token in cookies.items():
        assert managed.ask("GET", USERS, headers={"Cookie": f"{name}={token}"}).status == 200
        assert managed.ask("GET", USERS, token=token).status == 200
        head, body, signature = token.split(".")
        forged = f"{head}.{body}.{signature[::-1]}"
        assert managed.ask("GET", USERS, token=forged).status == 401
    wrong = {**ROOT, "password": "wrong"}
    assert managed.ask("POST", LOGIN, wrong).status == 401


def test_whoever_registers_can_log_in_and_nothing_more(managed: Node) -> None:
    given = {"username": "visitor", "password": "p", "email": "v@example.org"}
    assert managed.ask("POST", "/manager/api/front/register", given).status == 200
    assert managed.ask("POST", "/manager/api/front/register", given).status == 400
    found = managed.ask("POST", LOGIN, given).json
    assert found["roles"] == []
    assert managed.ask("GET", "/manager/api/data/resources", token=found["token"]).status == 403
    assert managed.ask("GET", USERS, token=found["token"]).status == 403
    root = managed.ask("POST", LOGIN, ROOT).json["token"]
    path = f"{USERS}/{found['id']}"
    assert managed.ask("PUT", path, {"roles": ["Lecteur"]}, root).status == 200
    read = managed.ask("GET", "/manager/api/data/resources", token=found["token"])
    assert read.json == []
    contact = {"contact_id": str(uuid.uuid4()), "contact_name": "A", "email": "a@v.example"}
    write = managed.ask("PUT", "/manager/api/data/contacts", contact, found["token"])
    assert write.status == 403
    assert managed.ask("DELETE", path, None, root).status == 200
    assert managed.ask("GET", "/manager/api/data/resources", token=found["token"]).status == 401


def test_an_administrator_makes_no_superuser(managed: Node) -> None:
    root = managed.ask("POST", LOGIN, ROOT).json["token"]
    admin = {"username": "admin", "password": "p", "roles": ["Admin"]}
    assert managed.ask("POST", USERS, admin, root).status == 200
    token = managed.ask("POST", LOGIN, admin).json["token"]
    wanted = {"username": "b", "password": "p", "roles": ["SuperAdmin"]}
    assert managed.ask("POST", USERS, wanted, token).status == 403
    assert managed.ask("PUT", f"{USERS}/0", {"roles": []}, token).status == 403
    assert managed.ask("POST", USERS, {**wanted, "roles": ["King"]}, root).status == 400
    assert "Moniteur" not in managed.ask("GET", "/manager/api/secu/roles", token=root).json


def test_the_catalog_is_reached_through_the_manager(managed: Node) -> None:
    wanted = published(managed)
    root = managed.ask("POST", LOGIN, ROOT).json["token"]
    for way in ("data", "catalog"):
        path = f"/manager/api/{way}/resources/{wanted['global_id']}"
        assert managed.ask("GET", path, token=root).json["resource_title"] == "Bancs publics"
    assert managed.ask("GET", "/manager/api/data/resources?limit=0", token=root).json == []
    assert managed.ask("GET", "/manager/api/catalog/resources/count", token=root).json == 1
    path = f"/manager/api/data/resources/{wanted['global_id']}"
    assert managed.ask("DELETE", path, None, root).status == 200
    assert managed.ask("GET", path, token=root).status == 404


def test_a_file_is_published_through_the_manager_alone(managed: Node) -> None:
    conf = managed.ask("GET", "/manager/conf").json
    assert (conf["managerPath"], conf["backPath"]) == ("/manager", "/manager/api")
    assert conf["storagePubUrl"].endswith(str(managed.port + 1))
    root = managed.ask("POST", LOGIN, ROOT).json["token"]
    upload = managed.ask("GET", "/manager/api/storage/jwt", token=root).json["token"]
    wanted = description(managed)
    media = wanted["available_formats"][0]
    posted = sent(managed, media, upload)
    commit = {**posted, "media_id": media["media_id"]}
    # Before any description of it, as the product's own client does.
    assert managed.ask("PUT", "/manager/api/catalog/media", media, root).status == 200
    assert managed.ask("POST", "/manager/api/media/commit", commit, root).status == 200
    assert managed.ask("POST", "/manager/api/media/commit", commit, root).status == 404
    assert listed(managed) == []
    assert managed.ask("PUT", "/manager/api/catalog/resources", wanted, root).status == 200
    assert listed(managed) == [wanted["global_id"]]


def test_the_superuser_is_what_the_environment_says_at_every_start(managed: Node) -> None:
    managed.stop()
    managed.variables["SU"] = passwords.credentials("chief", "another")
    managed.start(wait_for=("/manager/api/open/test",))
    assert managed.ask("POST", LOGIN, ROOT).status == 401
    assert managed.ask("POST", LOGIN, {**ROOT, "password": "another"}).status == 200


def test_credentials_that_are_none_end_the_manager(make_node: Maker) -> None:
    node = make_node(SU="bm90aGluZw", ENABLE_CATALOG="false", ENABLE_STORAGE="false")
    assert node.start().process.wait(10) == 0  # type: ignore[union-attr]
    assert "BadSuperUserError" in node.said


def test_it_answers_before_its_neighbours_and_says_so(make_node: Maker) -> None:
    node = make_node(ENABLE_CATALOG="false", ENABLE_STORAGE="false")
    node.start(wait_for=("/manager/api/open/test",))
    assert node.ask("GET", "/manager/conf").status == 500
