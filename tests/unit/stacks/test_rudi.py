"""A producer node as values: who may talk to whom, what is public, what each part is told."""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Mapping
from configparser import ConfigParser
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from orchestrator.model.connection import Connection
from orchestrator.model.names import InstanceNames
from orchestrator.model.platform import Platform
from orchestrator.model.secret import Secret
from orchestrator.products import keypair, registry
from orchestrator.products.releases import release
from orchestrator.products.rudi.secrets import SPECS
from orchestrator.products.secrets import Kind
from stacks import kind
from stacks.place import place_of
from stacks.resource import Resource, find, of_kind
from stacks.rudi import resources
from stacks.rudi.order import RudiOrder
from tests.unit.stacks.conftest import CONNECTION, PLATFORM, SIZES, TENANT

INSTANCE = {
    "release": "2.8.1",
    "domain": "donnees.saint-martin.example",
    "size": "demo",
    "administrator": {"name": "Mairie", "email": "mairie@saint-martin.example"},
    "contact": {"name": "Données ouvertes", "email": "donnees@saint-martin.example"},
}
PORTAL = {
    "url": "https://portail.example/rudi",
    "state": "live",
    "since": "2026-01-05",
    "owner": "dsi@saint-martin.example",
    "user": "vault:portal#user",
    "password": "vault:portal#password",
}
IMAGES = ("mongodb", "rudi", "oauth2-proxy", "keeper")
MODULES = ("catalog", "storage", "manager")
WORKLOADS = ("deployment/catalog", "statefulset/storage", "statefulset/manager")


def secrets(*, told: bool = True) -> Mapping[str, Secret]:
    found = {
        spec.name: Secret(
            keypair.generated() if spec.kind is Kind.ED25519 else f"value-of-{spec.name}"
        )
        for spec in SPECS
        if told or spec.kind is not Kind.TOLD
    }
    portal = {PORTAL["user"]: Secret("node-7"), PORTAL["password"]: Secret("p&w~d")}
    return {**found, **portal, "login_issuer": Secret("https://identity.example:8443/v1/x")}


def order(
    instance: Mapping[str, Any] | None = None,
    *,
    values: Mapping[str, Secret] | None = None,
    entrance: str = "skipper",
) -> RudiOrder:
    text = copy.deepcopy(TENANT)
    text["instances"] = {"rudi": {**INSTANCE, **(instance or {})}}
    text["data_protection"]["roles"] = {"rudi": "controller"}
    text["data_protection"]["register"] = {
        "rudi": text["data_protection"]["register"].pop("decidim")
    }
    tenant = registry.tenant_model().model_validate(text)
    found: Any = tenant.instances.of()["rudi"]
    from ruamel.yaml import YAML

    size = registry.size_model().model_validate(YAML(typ="safe").load(SIZES / "demo.yaml"))
    connection = copy.deepcopy(CONNECTION)
    connection["entrance"]["kind"] = entrance
    connection["identity"] = {
        "public": "https://identity.example:8443",
        "address": "10.66.0.2",
        "port": 8443,
    }
    return RudiOrder(
        tenant=tenant,
        instance=found,
        release=release("rudi", "2.8.1"),
        size=size.of("rudi"),
        place=place_of(
            Platform.model_validate(PLATFORM),
            Connection.model_validate(connection),
            IMAGES,
            "-----BEGIN CERTIFICATE-----\n",
        ),
        names=InstanceNames("saint-martin", "rudi"),
        public_url=f"https://{found.domain}",
        secrets=secrets() if values is None else values,
        runners=registry.product("rudi").runners(),
    )


@pytest.fixture(scope="module")
def found() -> tuple[Resource, ...]:
    return resources(order())


def template(item: Resource) -> dict[str, Any]:
    spec: dict[str, Any] = item.body["spec"]
    if item.kind == kind.CRON_JOB:
        spec = spec["jobTemplate"]["spec"]
    inner: dict[str, Any] = spec["template"]["spec"]
    return inner


def pods(found: tuple[Resource, ...]) -> dict[str, dict[str, Any]]:
    kinds = (kind.DEPLOYMENT, kind.STATEFUL_SET, kind.CRON_JOB)
    return {item.name: template(item) for each in kinds for item in of_kind(found, each)}


def environment(found: tuple[Resource, ...], module: str) -> dict[str, str]:
    data: dict[str, str] = find(found, f"configmap/{module}").body["data"]
    return data


def revealed(found: tuple[Resource, ...], key: str) -> dict[str, str]:
    return {name: value.reveal() for name, value in find(found, key).body["stringData"].items()}


def test_keys_are_unique_and_no_secret_stands_outside_a_secret(
    found: tuple[Resource, ...],
) -> None:
    keys = [item.key for item in found]
    assert len(set(keys)) == len(keys)
    assert not [item.key for item in found if item.secret and item.kind != kind.SECRET]


def test_each_module_runs_alone_in_one_copy_that_is_never_there_twice(
    found: tuple[Resource, ...],
) -> None:
    for name, key in zip(MODULES, WORKLOADS, strict=True):
        variables = environment(found, name)
        assert variables["ENABLE_DB"] == "false"
        ours = [each for each in MODULES if variables[f"ENABLE_{each.upper()}"] == "true"]
        assert ours == [name]
        spec = find(found, key).body["spec"]
        assert spec["replicas"] == 1
        assert spec.get("strategy", {"type": "Recreate"})["type"] == "Recreate"
    assert {item.key for item in of_kind(found, kind.STATEFUL_SET) if item.protected} == {
        "statefulset/database",
        "statefulset/storage",
        "statefulset/manager",
    }


def test_every_variable_is_in_the_table_and_is_ours_to_set(found: tuple[Resource, ...]) -> None:
    known = {one.name: one for one in release("rudi", "2.8.1").environment}
    for name in MODULES:
        for variable in environment(found, name):
            assert known[variable].set_by == "orchestrator"
            assert not known[variable].secret
        for variable in find(found, f"secret/{name}").body["stringData"]:
            assert known[variable].secret


def test_databases_and_files_have_explicit_names(found: tuple[Resource, ...]) -> None:
    for name in MODULES:
        variables = environment(found, name)
        assert variables["CATALOG_DB_NAME"] == "rudi_catalog"
        assert variables["STORAGE_DB_NAME"] == "rudi_storage"
        assert variables["MANAGER_DB_PATH"].endswith("/rudi_manager.db")


def test_each_user_of_the_database_has_one_database(found: tuple[Resource, ...]) -> None:
    container = pods(found)["database"]["containers"][0]
    users = {one["name"]: one["value"] for one in container["env"]}["MONGO_USERS"]
    assert users == "catalog:rudi_catalog storage:rudi_storage"
    catalog, storage = revealed(found, "secret/catalog"), revealed(found, "secret/storage")
    password = "value-of-database_catalog_password"
    uri = f"mongodb://catalog:{password}@database:27017/rudi_catalog"
    assert catalog["CATALOG_DB_URI"] == uri
    assert "MONGODB" not in catalog
    assert storage["MONGODB"].endswith("@database:27017")
    assert not any("mongodb" in text for text in revealed(found, "secret/manager").values())


def test_private_keys_are_with_the_manager_alone(found: tuple[Resource, ...]) -> None:
    assert set(revealed(found, "secret/catalog-keys")) == {"catalog_mngr.pub", "acceptance.pub"}
    assert set(revealed(found, "secret/storage-keys")) == {"store_mngr.pub", "acceptance.pub"}
    manager = revealed(found, "secret/manager-keys")
    assert set(manager) == {"catalog_mngr", "catalog_mngr.pub", "store_mngr", "store_mngr.pub"}
    public = keypair.public_half(manager["catalog_mngr"], "catalog_mngr")
    assert revealed(found, "secret/catalog-keys")["catalog_mngr.pub"] == public
    texts = [text for item in of_kind(found, kind.SECRET) for text in revealed(found, item.key)]
    assert "acceptance" not in texts


def test_the_first_start_has_an_account_that_is_nobodys() -> None:
    values = secrets(told=False)
    first = revealed(resources(order(values=values)), "secret/manager")["SU"]
    name, _, kept = base64.urlsafe_b64decode(first + "==").decode().partition(":")
    assert name == "orchestrator"
    assert re.fullmatch("[0-9a-f]{64}", kept)
    assert values["super_user_password"].reveal() not in kept
    other = {**values, "super_user_password": Secret("another")}
    assert revealed(resources(order(values=other)), "secret/manager")["SU"] != first
    locked = revealed(resources(order()), "secret/manager")["SU"]
    assert locked == "value-of-su"


def test_only_the_manager_starts_anew_when_it_is_locked_down() -> None:
    values = secrets()
    before = resources(order(values={k: v for k, v in values.items() if k != "su"}))
    after = resources(order(values=values))
    changed = {one.key for one in after if one.fingerprint != find(before, one.key).fingerprint}
    assert changed == {"secret/manager", "statefulset/manager"}


def test_own_templates_stand_in_place_of_the_shipped_ones(found: tuple[Resource, ...]) -> None:
    texts = find(found, "configmap/templates").body["data"]
    assert set(texts) == {"rudi-storage-conf.ini.am", "rudi-catalog-profiles.ini.am"}
    users = texts["rudi-storage-conf.ini.am"]
    assert "$1$" not in users
    assert re.findall(r'"(\w+)": \[\d+, "([^"]*)"', users) == [
        ("rudi_node_manager", ""),
        ("orchestrator", ""),
    ]
    profiles = texts["rudi-catalog-profiles.ini.am"]
    assert re.findall(r"^\[(\w+)\]", profiles, re.MULTILINE) == ["orchestrator"]
    assert '"all"' not in profiles


def test_a_program_has_a_profile_and_a_key_of_its_own_until_its_last_day() -> None:
    def one(name: str, until: str, may: str) -> dict[str, str]:
        words = {"purpose": "Publier les horaires", "owner": "dsi@saint-martin.example"}
        return {"name": name, "until": until, "may": may, **words}

    programs = [
        one("lecture", "2026-11-25", "read"),
        one("publication", "2027-06-30", "write"),
        one("ancien", "2026-11-24", "write"),
    ]
    wanted = order({"programs": programs})
    specs = [
        one for one in registry.product("rudi").secrets(wanted.instance) if "program" in one.name
    ]
    names = ["lecture", "publication", "ancien"]
    assert [one.path.removeprefix("rudi/program-keys/")[:-9] for one in specs] == names
    later = order({"programs": [{**programs[0], "until": "2027-11-25"}]})
    (renewed,) = [
        one for one in registry.product("rudi").secrets(later.instance) if "program" in one.name
    ]
    assert renewed.name == specs[0].name
    assert renewed.path != specs[0].path
    values = {**wanted.secrets, **{one.name: Secret(keypair.generated()) for one in specs}}
    found = resources(replace(wanted, secrets=values, today=date(2026, 11, 25)))
    texts = find(found, "configmap/templates").body["data"]
    profiles = ConfigParser(strict=False)
    profiles.read_string(texts["rudi-catalog-profiles.ini.am"])
    assert profiles.sections() == ["orchestrator", "program-lecture", "program-publication"]
    assert profiles["program-lecture"]["routes[]"] == '"prv_get_one"'
    users = texts["rudi-storage-conf.ini.am"].partition("system_users = ")[2].partition("\n }")[0]
    named = json.loads(f"{users}\n}}")
    assert named["program-publication"][1:3] == ["", ["producer", "auth"]]
    assert set(named) == {"rudi_node_manager", "orchestrator", "program-publication"}
    public = keypair.public_half(values[specs[1].name].reveal(), "program-publication")
    catalog, storage = (revealed(found, f"secret/{name}-keys") for name in ("catalog", "storage"))
    assert catalog["program-publication.pub"] == storage["program-publication.pub"] == public
    assert "program-lecture.pub" in catalog
    assert "program-lecture.pub" not in storage
    assert not [name for name in (*catalog, *storage) if "ancien" in name]
    without = {one.key: one.fingerprint for one in resources(wanted)}
    assert without["statefulset/database"] == find(found, "statefulset/database").fingerprint


def egress(found: tuple[Resource, ...], name: str) -> set[str]:
    rules = find(found, f"networkpolicy/{name}").body["spec"]["egress"]
    return {
        peer["podSelector"]["matchLabels"].get("app.kubernetes.io/name", "names")
        for rule in rules
        for peer in rule["to"]
        if "podSelector" in peer
    }


def ingress(found: tuple[Resource, ...], name: str) -> set[str]:
    rules = find(found, f"networkpolicy/{name}").body["spec"]["ingress"]
    return {
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
        if "podSelector" in peer
        else peer["ipBlock"]["cidr"]
        for rule in rules
        for peer in rule["from"]
    }


def test_who_may_talk_to_whom(found: tuple[Resource, ...]) -> None:
    entrance = "10.66.0.2/32"
    assert {name: ingress(found, name) for name in ("database", *MODULES, "gate")} == {
        "database": {"catalog", "storage", "purge-events", "keeper"},
        "catalog": {entrance, "manager"},
        "storage": {entrance, "manager"},
        "manager": {"gate"},
        "gate": {entrance},
    }
    assert {name: egress(found, name) for name in ("database", *MODULES, "gate")} == {
        "database": set(),
        "catalog": {"database", "names"},
        "storage": {"database", "names"},
        "manager": {"catalog", "storage", "names"},
        "gate": {"manager", "names"},
    }
    rules = find(found, "networkpolicy/gate").body["spec"]["egress"]
    away = [rule for rule in rules if rule["ports"][0]["port"] == 8443]
    assert [peer["ipBlock"]["cidr"] for peer in away[0]["to"]] == ["10.66.0.2/32"]
    assert ingress(found, "purge-events") == set()


def test_without_a_portal_the_catalog_is_given_none(found: tuple[Resource, ...]) -> None:
    for state in (None, {**PORTAL, "state": "requested"}, {**PORTAL, "state": "received"}):
        here = resources(order({"portal": state}))
        assert environment(here, "catalog")["PORTAL_URL"] == "0"
        for name in MODULES:
            assert revealed(here, f"secret/{name}").get("PORTAL_USER", "0") == "0"
        assert "deployment/relay" not in [item.key for item in here]


def test_a_live_portal_is_reached_through_what_looks_at_its_certificate() -> None:
    here = resources(order({"portal": PORTAL}))
    assert environment(here, "catalog")["PORTAL_URL"] == "http://relay:4180/rudi"
    given = revealed(here, "secret/catalog")
    assert given["PORTAL_USER"] == "node-7"
    assert base64.b64decode(given["PORTAL_PASS"]).decode() == "p&w~d"
    assert egress(here, "catalog") == {"database", "names", "relay"}
    assert ingress(here, "relay") == {"catalog"}
    variables = {one["name"]: one["value"] for one in pods(here)["relay"]["containers"][0]["env"]}
    assert variables["OAUTH2_PROXY_UPSTREAMS"] == "https://portail.example/"
    assert variables["OAUTH2_PROXY_SSL_UPSTREAM_INSECURE_SKIP_VERIFY"] == "false"
    assert environment(here, "manager")["PORTAL_URL"] == "0"


def gate_environment(found: tuple[Resource, ...]) -> dict[str, str]:
    container = pods(found)["gate"]["containers"][0]
    return {one["name"]: one["value"] for one in container["env"]}


def test_the_gate_lets_in_whom_the_tenant_file_names(found: tuple[Resource, ...]) -> None:
    variables = gate_environment(found)
    assert variables["OAUTH2_PROXY_PROVIDER"] == "oidc"
    assert variables["OAUTH2_PROXY_UPSTREAMS"] == "http://manager:3032/"
    assert "OAUTH2_PROXY_EMAIL_DOMAINS" not in variables
    assert not [name for name in variables if name.endswith(("AUTH_ROUTES", "AUTH_REGEX"))]
    insecure = {name: value for name, value in variables.items() if "INSECURE" in name}
    assert set(insecure.values()) == {"false"}
    data = find(found, "configmap/gate").body["data"]
    assert data["people"] == "mairie@saint-martin.example\n"
    assert data["authority.crt"].startswith("-----BEGIN")
    more = {"access": {"people": ["agent@ailleurs.example"], "domains": ["saint-martin.example"]}}
    wider = resources(order(more))
    assert "agent@ailleurs.example\n" in find(wider, "configmap/gate").body["data"]["people"]
    assert gate_environment(wider)["OAUTH2_PROXY_EMAIL_DOMAINS"] == "saint-martin.example"


def doors(found: tuple[Resource, ...]) -> dict[str, list[tuple[str, str]]]:
    return {
        item.name: [
            (path["path"], path["backend"]["service"]["name"])
            for path in item.body["spec"]["rules"][0]["http"]["paths"]
        ]
        for item in of_kind(found, kind.INGRESS)
    }


def test_no_door_leads_to_the_manager_and_none_to_all_of_a_module(
    found: tuple[Resource, ...],
) -> None:
    led = doors(found)
    assert all(service != "manager" for paths in led.values() for _, service in paths)
    assert ("/manager", "gate") in led["gate"]
    prefixes = {
        path["path"]
        for item in of_kind(found, kind.INGRESS)
        for path in item.body["spec"]["rules"][0]["http"]["paths"]
        if path["pathType"] == "Prefix"
    }
    assert not prefixes & {"/", "/catalog", "/storage"}
    shut = find(found, "ingress/refused")
    assert "status(403)" in shut.annotations["zalando.org/skipper-filter"]
    assert {path for path, _ in led["refused"]} >= {
        "/catalog/admin",
        "/manager/api/front/register",
        "/manager/api/open/hash",
        "/manager/api/open/hash-credentials",
    }


def test_the_gates_door_shuts_what_is_refused_in_any_case(found: tuple[Resource, ...]) -> None:
    routes = find(found, "ingress/gate").annotations["zalando.org/skipper-routes"]
    pattern = re.search(r'Shut: PathRegexp\("([^"]+)"\)', routes)
    assert pattern
    for path in ("/manager/api/open/HASH-jwt", "/manager/API/front/register"):
        assert re.search(pattern[1], path)
    assert not re.search(pattern[1], "/manager/api/front/login")


def test_reading_is_reading_and_uploads_are_for_our_own_pages(
    found: tuple[Resource, ...],
) -> None:
    for name in ("catalog", "storage"):
        notes = find(found, f"ingress/{name}").annotations
        assert notes["zalando.org/skipper-predicate"] == 'Methods("GET", "HEAD", "OPTIONS")'
    live = resources(order({"portal": PORTAL}))
    reports = find(live, "ingress/catalog").annotations["zalando.org/skipper-predicate"]
    assert '"PUT"' in reports
    uploads = find(found, "ingress/uploads").annotations["zalando.org/skipper-filter"]
    assert 'dropResponseHeader("Access-Control-Allow-Origin")' in uploads
    nginx = resources(order(entrance="nginx"))
    notes = find(nginx, "ingress/uploads").annotations
    prefix = "nginx.ingress.kubernetes.io"
    assert notes[f"{prefix}/cors-allow-origin"] == "https://donnees.saint-martin.example"
    assert f"{prefix}/denylist-source-range" in find(nginx, "ingress/refused").annotations


def test_events_are_purged_every_night_by_the_tenants_delay() -> None:
    here = resources(order({"events_kept": "2w"}))
    job = find(here, "cronjob/purge-events").body["spec"]
    assert re.fullmatch(r"\d+ 3 \* \* \*", job["schedule"])
    assert job["timeZone"] == "Europe/Paris"
    container = pods(here)["purge-events"]["containers"][0]
    variables = {one["name"]: one["value"] for one in container["env"]}
    assert variables["EVENTS_KEPT_S"] == str(14 * 86_400)
    assert variables["EVENTS_COLLECTION"] == "media_events"


def test_every_pod_is_closed_and_every_module_proves_that_it_works(
    found: tuple[Resource, ...],
) -> None:
    for name, spec in pods(found).items():
        assert spec["automountServiceAccountToken"] is False
        # Services named `catalog` would else set CATALOG_PORT.
        assert spec["enableServiceLinks"] is False
        for container in (*spec["containers"], *spec.get("initContainers", ())):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
            assert "@sha256:" in container["image"]
    ready = pods(found)["catalog"]["containers"][0]["readinessProbe"]["httpGet"]
    assert ready["path"] == "/catalog/v1/resources?limit=1"
    for name, path in (("storage", "/storage/hash"), ("manager", "/manager/conf")):
        assert pods(found)[name]["containers"][0]["readinessProbe"]["httpGet"]["path"] == path


def test_it_can_be_planned_before_there_is_any_secret() -> None:
    assert resources(order(values={}))
