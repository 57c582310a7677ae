"""The traps of a deployment: each is one that a check has to find, not one that we remove."""

from __future__ import annotations

import base64
import signal
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from orchestrator.sandbox.standins.rudi import catalog_process, keys, settings, templates
from orchestrator.sandbox.standins.rudi.environment import Environment
from orchestrator.sandbox.standins.rudi.portal import NoCredentialsError, Portal
from orchestrator.sandbox.standins.rudi.store import UnreachableError
from tests.unit.sandbox.standins.rudi.dataset import catalog_token, listed, published
from tests.unit.sandbox.standins.rudi.node import TEMPLATES, Maker, Node

ALONE = {"ENABLE_STORAGE": "false", "ENABLE_MANAGER": "false"}
PUBLIC_PASSWORD = "rudi-node-admin"


def basic(name: str, password: str) -> dict[str, str]:
    words = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {words}"}


FORGE = {"user_id": 1, "user_name": "x", "group_name": "producer"}


def test_the_storage_comes_with_a_password_that_everybody_knows(node: Node) -> None:
    wanted = published(node)["available_formats"][0]["media_id"]
    known = basic("admin", PUBLIC_PASSWORD)
    assert node.ask("POST", "/storage/jwt/forge", FORGE, headers=known).status == 200
    assert node.ask("POST", "/storage/jwt/forge", FORGE, headers=basic("admin", "x")).status == 401
    assert node.ask("DELETE", f"/storage/delete/{wanted}", headers=known).status == 200
    assert node.ask("GET", f"/storage/download/{wanted}").status == 404


def test_an_empty_password_ends_the_login_by_password(make_node: Maker) -> None:
    node = make_node(ENABLE_CATALOG="false", ENABLE_MANAGER="false")
    template = node.path("INI_DIR") / "rudi-storage-conf.ini.am"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("$1$4002550d4872db1ef7b56f1dc21d7ded$", ""), encoding="utf-8")
    node.start(wait_for=("/storage/hash",))
    for password in (PUBLIC_PASSWORD, ""):
        known = basic("admin", password)
        assert node.ask("POST", "/storage/jwt/forge", FORGE, headers=known).status == 401


def test_settings_without_users_bring_the_public_password_back(make_node: Maker) -> None:
    node = make_node(ENABLE_CATALOG="false", ENABLE_MANAGER="false")
    template = node.path("INI_DIR") / "rudi-storage-conf.ini.am"
    text = template.read_text(encoding="utf-8").replace("system_users", "nobody")
    template.write_text(text, encoding="utf-8")
    node.start(wait_for=("/storage/hash",))
    known = basic("admin", PUBLIC_PASSWORD)
    assert node.ask("POST", "/storage/jwt/forge", FORGE, headers=known).status == 200


def test_whoever_places_a_key_gets_the_shipped_profile(node: Node, tmp_path: Path) -> None:
    keys.ensure("postman", tmp_path, tmp_path)
    token = catalog_token(node, profile="postman", key=str(tmp_path / "postman"))
    path = "/catalog/admin/db"
    assert node.ask("GET", path, None, token).status == 401
    (tmp_path / "postman.pub").rename(node.path("PUBKEY_DIR") / "postman.pub")
    assert node.ask("GET", path, None, token).status == 200


def test_profiles_of_ones_own_replace_it_and_name_their_routes(
    make_node: Maker, tmp_path: Path
) -> None:
    keys.ensure("probe", tmp_path, tmp_path)
    profiles = tmp_path / "profiles.ini"
    routes = "".join(f"routes[] = {each}\n" for each in ("prv_get_all", "prv_upsert_one"))
    text = f"[probe]\npub_key = {tmp_path}/probe.pub\n{routes}"
    profiles.write_text(text, encoding="utf-8")
    node = make_node(**ALONE, CATALOG_EXTERNAL_PROFILES=str(profiles))
    node.start(wait_for=("/catalog/version",))
    probe = catalog_token(node, profile="probe", key=str(tmp_path / "probe"))
    assert node.ask("GET", "/catalog/admin/contacts", None, probe).status == 200
    assert node.ask("DELETE", "/catalog/admin/db", None, probe).status == 403
    keys.ensure("postman", tmp_path, node.path("PUBKEY_DIR"))
    postman = catalog_token(node, profile="postman", key=str(tmp_path / "postman"))
    assert node.ask("GET", "/catalog/admin/contacts", None, postman).status == 401


def test_the_manager_may_remove_everything(make_node: Maker) -> None:
    node = make_node().start(wait_for=("/manager/conf",))
    wanted = published(node)
    assert listed(node) == [wanted["global_id"]]
    assert node.ask("DELETE", "/catalog/admin/db", None, catalog_token(node)).status == 200
    assert listed(node) == []


def test_a_lost_folder_of_keys_is_filled_with_others(make_node: Maker) -> None:
    node = make_node().start(wait_for=("/manager/conf",))
    before = catalog_token(node)
    assert (node.path("SAFE_DIR") / "store_mngr").stat().st_mode & 0o777 == 0o400
    node.stop()
    for path in node.path("SAFE_DIR").iterdir():
        path.unlink()
    node.start(wait_for=("/manager/conf",))
    assert node.ask("GET", "/catalog/admin/contacts", None, before).status == 401
    assert node.ask("GET", "/catalog/admin/contacts", None, catalog_token(node)).status == 200
    node.stop()
    kept = catalog_token(node)
    node.start(wait_for=("/manager/conf",))
    assert node.ask("GET", "/catalog/admin/contacts", None, kept).status == 200


def test_another_name_is_another_and_empty_database(make_node: Maker) -> None:
    node = make_node().start(wait_for=("/manager/conf",))
    assert published(node)["global_id"] in listed(node)
    node.stop()
    node.variables["CATALOG_DB_NAME"] = f"{node.variables['DB_PREFIX']}renamed"
    node.start(wait_for=("/catalog/version",))
    assert listed(node) == []
    assert "renamed" in node.said


def test_a_folder_of_keys_that_cannot_be_written_ends_the_start(make_node: Maker) -> None:
    node = make_node()
    node.path("SAFE_DIR").write_text("in the way", encoding="utf-8")
    assert node.start().process.wait(10) == 1  # type: ignore[union-attr]
    assert "Could not access or create" in node.said


def test_settings_hidden_by_a_mount_end_the_start(make_node: Maker) -> None:
    node = make_node(INI_DIR="")
    node.variables["INI_DIR"] = str(node.folder / "mounted")
    assert node.start().process.wait(10) == 1  # type: ignore[union-attr]
    assert "Could not find" in node.said


def test_the_storage_starts_without_its_database(make_node: Maker) -> None:
    node = make_node(ENABLE_CATALOG="false", ENABLE_MANAGER="false", MONGODB="mongodb://down")
    node.start(wait_for=("/storage/hash",))
    assert "no database" in node.said
    assert node.ask("GET", f"/storage/download/{uuid.uuid4()}").status == 500


def test_the_catalog_gives_up_after_five_attempts() -> None:
    pauses: list[float] = []

    def unreachable(_: str) -> Any:
        raise UnreachableError("no")

    assert catalog_process.opened("x", store=unreachable, sleep=pauses.append) is None
    assert pauses == [5.0] * 4


def test_one_dead_module_does_not_stop_the_container(make_node: Maker) -> None:
    node = make_node()
    (node.path("INI_DIR") / "rudi-catalog-portal.ini.am").write_text("[portal]\n", encoding="utf-8")
    node.start(wait_for=("/storage/hash", "/manager/api/open/test"))
    node.await_words("a module ended")
    assert "NoCredentialsError" in node.said
    assert node.ask("GET", "/storage/hash").status == 200
    assert node.process is not None
    assert node.process.poll() is None
    assert node.ask("GET", "/manager/conf").status == 500
    with pytest.raises(OSError, match="refused"):
        node.ask("GET", "/catalog/version")


def test_a_container_whose_only_module_died_ends_with_success(make_node: Maker) -> None:
    node = make_node(**ALONE)
    (node.path("INI_DIR") / "rudi-catalog-portal.ini.am").write_text("", encoding="utf-8")
    assert node.start().process.wait(10) == 0  # type: ignore[union-attr]


def test_a_portal_needs_credentials_even_where_there_is_none() -> None:
    with pytest.raises(NoCredentialsError):
        Portal({"portal": {"portal_url": "0"}})
    nowhere = Portal({"portal": {"portal_url": "0", "login": "0", "passw": "0"}})
    assert nowhere.url == ""
    there = {"portal_url": "https://portal.example/", "login": "node", "passw": "cA=="}
    assert Portal({"portal": there}).url == "https://portal.example"


def test_options_in_the_base_address_break_both_databases() -> None:
    base = "mongodb://u:p@mongo:27017/?authSource=admin"
    environment = Environment({"MONGODB": base})
    assert environment.text("CATALOG_DB_URI") == f"{base}/rudi_catalog"
    whole = "mongodb://u:p@mongo:27017/rudi_catalog?authSource=admin"
    given = Environment({"MONGODB": base, "CATALOG_DB_URI": whole})
    assert given.text("CATALOG_DB_URI") == whole
    with pytest.raises(templates.BrokenValueError):
        templates.replacement("MONGODB", "a b")


@pytest.mark.parametrize("value", ["a~b", "a b", "a\tb"])
def test_a_value_that_ends_the_editors_command_ends_the_start(make_node: Maker, value: str) -> None:
    node = make_node(TRUSTED_DOMAINS=value)
    assert node.start().process.wait(10) == 1  # type: ignore[union-attr]
    assert "sed" in node.said


def test_what_the_editor_makes_of_signs(tmp_path: Path) -> None:
    assert templates.replacement("MONGODB", "x?a=1&b=2") == "x?a=1@MONGODB@b=2"
    assert templates.replacement("MONGODB", r"a\&b") == "a&b"
    plain = settings.parse('[a]\nb = one;two\nc = "one;two"\nd[] = 1\nd[] = 2\ne = [1,\n 2]\n')
    assert plain["a"] == {"b": "one", "c": "one;two", "d": ["1", "2"], "e": [1, 2]}
    with pytest.raises(settings.UnreadableError):
        settings.parse("[a]\nb = {\n")
    (tmp_path / "x.ini").write_text("kept\n", encoding="utf-8")
    templates.expand(tmp_path / "x.ini", Environment({}))
    assert (tmp_path / "x.ini").read_text(encoding="utf-8") == "kept\n"


def test_every_name_in_the_templates_is_filled_in(tmp_path: Path) -> None:
    for template in TEMPLATES.glob("*.am"):
        path = tmp_path / template.stem
        (tmp_path / template.name).write_bytes(template.read_bytes())
        templates.expand(path, Environment({}))
        assert "@" not in path.read_text(encoding="utf-8"), path
    found = settings.read(tmp_path / "rudi-storage-conf.ini")
    assert found["auth"]["system_users"]["rudi_node_manager"][3] == "/data/keys/store_mngr.pub"


def test_defaults_and_names_of_the_environment() -> None:
    plain = Environment({})
    assert [plain.text(f"{each}_PORT") for each in ("CATALOG", "STORAGE", "MANAGER")] == [
        "3030",
        "3031",
        "3032",
    ]
    assert plain.modules == ("catalog", "storage", "manager")
    assert plain.enabled("DB")
    assert not plain.enabled("JWTAUTH")
    assert not Environment({"ENABLE_DB": "True"}).enabled("DB")
    assert plain.text("STORAGE_PUBLIC_URL") == "http://127.0.0.1:3031"
    moved = Environment({"NODE_BASE_PORT": "4000", "DB_PREFIX": "t_", "CATALOG_PREFIX": ""})
    assert moved.text("MANAGER_LOCAL_URL") == "http://localhost:4002"
    assert moved.text("STORAGE_DB_URI") == "mongodb://localhost:27017/t_rudi_storage"
    assert moved.text("CATALOG_PREFIX") == ""


def test_a_stop_writes_a_dump_and_a_start_reads_it(make_node: Maker) -> None:
    node = make_node(ENABLE_DB="true", DB_WAIT_MAX="0").start(wait_for=("/manager/conf",))
    wanted = published(node)
    assert node.stop(signal.SIGTERM) == 0
    saved = node.path("MEDIA_DIR") / "zone_db"
    dump = next(saved.glob("db_*.mongo"))
    with closing(sqlite3.connect(next(saved.glob("*rudi_manager.db")))) as users:
        assert users.execute("SELECT id FROM Users").fetchall() == [(0,)]
    kept, token = dump.read_bytes(), catalog_token(node)
    forced = saved / f"restore_{node.variables['DB_PREFIX']}.mongo"
    # A dump fills an empty database; one that is named so is loaded over whatever is there.
    for path, lost in ((dump, "/catalog/admin/db"), (forced, "/catalog/admin/resources")):
        node.start(wait_for=("/manager/conf",))
        assert node.ask("DELETE", lost, None, token).status == 200
        assert listed(node) == []
        node.stop()
        path.write_bytes(kept)
        node.start(wait_for=("/manager/conf",))
        assert listed(node) == [wanted["global_id"]]
        node.stop()


def test_a_database_of_ones_own_is_in_no_dump(make_node: Maker) -> None:
    node = make_node().start(wait_for=("/manager/conf",))
    node.stop(signal.SIGTERM)
    assert [each.name for each in (node.path("MEDIA_DIR") / "zone_db").iterdir()] == [
        f"{node.variables['DB_PREFIX']}rudi_manager.db"
    ]
