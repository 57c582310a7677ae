"""The API that the acceptance of the product goes through, and who may use it."""

from __future__ import annotations

import io
import socket
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pytest

PROBES = [
    *("home-url", "health-check", "system-user", "boot-key", "host-header", "sandboxing"),
    *("authentication", "websockets", "session-secret", "admins", "service-status", "backups"),
    *("sandbox-providers", "persist-data", "outgoing-requests"),
]


@pytest.fixture(scope="module")
def path(server: Any, key: str) -> str:
    return str(server.document(key))


def test_each_answer_says_that_it_is_a_stand_in(server: Any) -> None:
    for each in ("/", "/status", "/boot", "/admin", "/nowhere"):
        answer = server.ask("GET", each)
        assert "Stand-in for Grist 1.7.17" in answer.headers["x-stand-in"]
        assert b"Stand-in for Grist" in answer.body


def test_status_looks_only_at_what_it_is_asked(server: Any) -> None:
    assert server.ask("GET", "/status").status == 200
    assert server.ask("GET", "/status?db=1&docWorkerRegistered=1").status == 200
    assert server.ask("GET", "/status?redis=1").status == 500
    assert server.ask("GET", "/status?redis=0").status == 200


def test_records_are_added_found_changed_and_removed(server: Any, key: str, path: str) -> None:
    table = f"{path}/tables/People/records"
    found = server.ask("GET", f'{table}?filter={{"name":["b"]}}', key=key).json["records"]
    assert found == [{"id": 2, "fields": {"name": "b", "age": 2, "twice": 4}}]
    upsert = {"records": [{"require": {"name": "c"}, "fields": {"age": 7}}]}
    for _ in range(2):
        assert server.ask("PUT", table, upsert, key=key).status == 200
    change = {"records": [{"id": 3, "fields": {"age": 8}}]}
    assert server.ask("PATCH", table, change, key=key).status == 200
    sorted_ = server.ask("GET", f"{table}?sort=-age&limit=1", key=key).json["records"]
    assert [each["fields"]["twice"] for each in sorted_] == [16]
    assert server.ask("POST", f"{path}/tables/People/data/delete", [3], key=key).status == 200
    assert len(server.ask("GET", table, key=key).json["records"]) == 2
    unknown = {"records": [{"fields": {"nothing": 1}}]}
    assert server.ask("POST", table, unknown, key=key).status == 400
    computed = {"records": [{"fields": {"twice": 1}}]}
    assert server.ask("POST", table, computed, key=key).status == 400


def test_sql_asks_and_never_changes(server: Any, key: str, path: str) -> None:
    told = server.ask("GET", f"{path}/sql?q=select%20name%20from%20People", key=key).json
    assert [each["fields"]["name"] for each in told["records"]] == ["a", "b"]
    bound = {"sql": "select twice from People where age > ?", "args": [1]}
    assert server.ask("POST", f"{path}/sql", bound, key=key).json["records"] == [
        {"fields": {"twice": 4}}
    ]
    for each in (
        "delete from People",
        "with x as (select 1) delete from People",
        "select 1; drop table People",
        "pragma writable_schema=1",
        "select load_extension('x')",
        "select file from pragma_database_list",
        "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
    ):
        assert server.ask("POST", f"{path}/sql", {"sql": each}, key=key).status == 400, each


def test_exports(server: Any, key: str, path: str, tmp_path: Path) -> None:
    text = server.ask("GET", f"{path}/download/csv?tableId=People", key=key).body
    assert text == b"Name,age,twice\na,1,2\nb,2,4\n"
    sheets = zipfile.ZipFile(io.BytesIO(server.ask("GET", f"{path}/download/xlsx", key=key).body))
    assert b"<v>4</v>" in sheets.read("xl/worksheets/sheet1.xml")
    file = tmp_path / "copy.grist"
    file.write_bytes(server.ask("GET", f"{path}/download", key=key).body)
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT count(*) FROM People").fetchone() == (2,)
    connection.close()


def test_strangers_read_nothing(server: Any, path: str, key: str) -> None:
    for each in (path, f"{path}/tables", f"{path}/download", f"{path}/sql?q=select%201"):
        assert server.ask("GET", each).status == 403, each
    assert server.ask("GET", "/api/orgs").json == []
    assert server.ask("GET", path, key="0" * 40).status == 401
    assert server.ask("POST", "/api/profile/apikey", {}).status == 401
    plain = {"Content-Type": "text/plain"}
    assert server.ask("DELETE", path, headers=plain).status == 401
    elsewhere = {"Cookie": server.boot().cookie, "Origin": "https://other.example"}
    assert server.ask("DELETE", path, headers={**plain, **elsewhere}).status == 403
    assert server.ask("GET", path, key=key).status == 200


def test_roles_are_given_inherited_and_capped(server: Any, key: str, path: str) -> None:
    users = {"users": {"reader@town.example": "viewers"}}
    assert server.ask("PATCH", "/api/orgs/current/access", {"delta": users}, key=key).status == 200
    query = {"userName": "reader@town.example"}
    listed = server.ask("GET", "/api/orgs/current/access", key=key).json["users"]
    assert query["userName"] in [each["email"] for each in listed]
    shared = server.ask("GET", f"{path}/access", key=key).json["users"]
    roles = {each["email"]: each["parentAccess"] for each in shared}
    assert roles["reader@town.example"] == "viewers"
    none = {"delta": {"maxInheritedRole": None}}
    assert server.ask("PATCH", f"{path}/access", none, key=key).status == 200
    shared = server.ask("GET", f"{path}/access", key=key).json["users"]
    assert "reader@town.example" not in [each["email"] for each in shared]


def test_a_service_account_has_its_own_key(server: Any, key: str, path: str) -> None:
    asked = {"label": "bot", "description": "", "expiresAt": "2999-01-01T00:00:00Z"}
    made = server.ask("POST", "/api/service-accounts", asked, key=key).json
    assert server.ask("GET", path, key=made["key"]).status == 403
    delta = {"delta": {"users": {made["login"]: "editors"}}}
    assert server.ask("PATCH", f"{path}/access", delta, key=key).status == 200
    assert server.ask("GET", path, key=made["key"]).status == 200
    expired = {**asked, "expiresAt": "2001-01-01T00:00:00Z"}
    late = server.ask("POST", "/api/service-accounts", expired, key=key).json
    assert server.ask("GET", "/api/profile/user", key=late["key"]).status == 401


def test_scim_is_for_the_administrator_and_one_account(server: Any, key: str) -> None:
    users = "/api/scim/v2/Users"
    keys = {}
    for name in ("machine", "other"):
        user = {"userName": f"{name}@town.example", "emails": [{"value": f"{name}@town.example"}]}
        made = server.ask("POST", users, user, key=key)
        assert made.status == 201
        with sqlite3.connect(server.folder / "home.sqlite3") as home:
            # Keys lie in the home database in clear: whoever can write there can set one.
            keys[name] = name[0] * 40
            values = (keys[name], made.json["id"])
            home.execute("UPDATE users SET api_key = ? WHERE id = ?", values)
        home.close()
    assert server.ask("GET", users).status == 403
    # The name in the help pages is not the one that is read.
    assert server.ask("GET", users, key=keys["other"]).status == 403
    listed = server.ask("GET", users, key=keys["machine"]).json["Resources"]
    assert "admin@town.example" in [each["userName"] for each in listed]
    number = next(each["id"] for each in listed if each["userName"] == "other@town.example")
    assert server.ask("DELETE", f"/api/users/{number}", {"name": "other"}, key=key).status == 403
    assert server.ask("DELETE", f"{users}/{number}", key=key).status == 204
    assert server.ask("GET", f"{users}/{number}", key=key).status == 404
    assert server.ask("GET", "/api/orgs", key=keys["other"]).status == 401


def test_the_home_database_holds_the_keys_in_clear(server: Any, key: str) -> None:
    home = sqlite3.connect(server.folder / "home.sqlite3")
    found = home.execute("SELECT 1 FROM users WHERE api_key = ?", (key,)).fetchone()
    home.close()
    assert found == (1,)


def test_the_probes_are_all_there_for_the_administrator(server: Any, key: str) -> None:
    assert server.ask("GET", "/api/probes").status == 403
    listed = server.ask("GET", "/api/probes", key=key).json["probes"]
    assert [each["id"] for each in listed] == PROBES
    found = {each: server.ask("GET", f"/api/probes/{each}", key=key).json for each in PROBES}
    assert {each["status"] for each in found.values()} <= {"success", "warning", "fault"}
    assert found["sandboxing"]["details"]["flavor"] == "unsandboxed"
    assert found["sandboxing"]["status"] == "warning"
    assert found["session-secret"]["status"] == "success"
    assert found["backups"]["status"] == "warning"


def test_a_formula_without_a_sandbox_sees_the_server(server: Any, key: str, path: str) -> None:
    formula = "import glob; glob.glob('/etc/pass*')"
    column = {"columns": [{"id": "seen", "fields": {"isFormula": True, "formula": formula}}]}
    columns, table = f"{path}/tables/People/columns", f"{path}/tables/People/records"
    assert server.ask("POST", columns, column, key=key).status == 200
    seen = server.ask("GET", table, key=key).json["records"][0]["fields"]["seen"]
    assert seen[0] == "L"
    assert "/etc/passwd" in seen
    assert server.ask("DELETE", f"{columns}/seen", key=key).status == 200


def test_a_site_in_the_address_is_the_one_of_the_instance(server: Any, key: str) -> None:
    assert server.ask("GET", "/o/town/api/orgs/current", key=key).json["domain"] == "town"


def test_a_form_brings_attachments(server: Any, key: str, path: str) -> None:
    head = '--x\r\nContent-Disposition: form-data; name="upload"; filename="a.txt"\r\n'
    body = f"{head}Content-Type: text/plain\r\n\r\nhello\r\n--x--\r\n".encode()
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    numbers = server.ask("POST", f"{path}/attachments", body, key=key, headers=kind).json
    got = server.ask("GET", f"{path}/attachments/{numbers[0]}/download", key=key)
    assert got.body == b"hello"


def test_a_suspended_document_is_shut(server: Any, key: str) -> None:
    path = server.document(key)
    assert server.ask("POST", f"{path}/disable", {}, key=key).status == 200
    users = {"delta": {"users": {"everyone@getgrist.com": "viewers"}}}
    server.ask("PATCH", f"{path}/access", users, key=key)
    assert server.ask("GET", path).status == 403
    assert server.ask("POST", f"{path}/enable", {}, key=key).status == 200
    assert server.ask("GET", path).status == 200
    assert server.ask("DELETE", path, key=key).status == 200
    assert server.ask("GET", path, key=key).status == 404


def test_no_host_is_allowed_to_be_told_of_changes(server: Any, key: str, path: str) -> None:
    hook = {"fields": {"url": "https://town.example/hook", "tableId": "People"}}
    refused = server.ask("POST", f"{path}/webhooks", {"webhooks": [hook]}, key=key)
    assert refused.status == 403
    assert server.ask("GET", f"{path}/webhooks", key=key).json == {"webhooks": []}
    assert server.ask("GET", "/api/widgets").json == []


def test_a_web_socket_is_opened_and_says_what_it_is(server: Any) -> None:
    head = (
        "GET /o/town?clientId=0 HTTP/1.1\r\nHost: town.example\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(head.encode())
        told = b"".join(iter(lambda: line.recv(4096), b""))
    assert told.startswith(b"HTTP/1.1 101 ")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in told
    assert b"Stand-in for Grist" in told.partition(b"\r\n\r\n")[2]
    assert told.endswith(b"\x88\x02\x03\xe9")


def test_people_are_suspended_and_close_their_own_accounts(server: Any, key: str) -> None:
    email = "leaving@town.example"
    delta = {"delta": {"users": {email: "viewers"}}}
    assert server.ask("PATCH", "/api/orgs/current/access", delta, key=key).status == 200
    own = {"Cookie": server.boot(email=email).cookie}
    # Whoever shows the boot key is let in, but the environment names the administrator.
    assert server.ask("GET", "/api/probes", headers=own).status == 403
    number = server.ask("GET", "/api/profile/user", headers=own).json["id"]
    assert server.ask("POST", f"/api/users/{number}/disable", {}, key=key).status == 200
    assert server.ask("GET", "/api/orgs", headers=own).status == 403
    assert server.ask("POST", f"/api/users/{number}/enable", {}, key=key).status == 200
    assert server.ask("DELETE", "/api/doom/account", headers=own).status == 400
    gone = {"delta": {"users": {email: None}}}
    assert server.ask("PATCH", "/api/orgs/current/access", gone, key=key).status == 200
    assert server.ask("DELETE", "/api/doom/account", headers=own).status == 204
    assert server.ask("GET", f"/api/scim/v2/Users/{number}", key=key).status == 404
    assert server.ask("GET", "/api/profile/user", headers=own).json["anonymous"]
