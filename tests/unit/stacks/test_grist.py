"""A workbench as values: what its server is told, who reaches it, and what it may reach."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from orchestrator.model.secret import Secret
from orchestrator.products.releases import release
from stacks import kind
from stacks.grist import resources
from stacks.grist.entrance import OPERATORS
from stacks.grist.environment import credentials, settings
from stacks.grist.order import GristOrder
from stacks.network import NOT_PUBLIC
from stacks.resource import Resource, find, of_kind
from tests.unit.stacks.grist_orders import OWN_PROVIDER, RELEASE, order, secrets

# What an administrator's panel can change (grist-rudi.md A2), and stands nowhere else.
PANEL = {
    *("APP_HOME_URL", "GRIST_FORCE_LOGIN", "GRIST_LOGIN_SYSTEM_TYPE", "GRIST_ORG_CREATION_ANYONE"),
    *("GRIST_PERSONAL_ORGS", "GRIST_SANDBOX_FLAVOR", "GRIST_SERVER_EDITION", "GRIST_ADMIN_EMAIL"),
    *("GRIST_ANON_PLAYGROUND", "GRIST_IN_SERVICE", "GRIST_GETGRISTCOM_SECRET", "GRIST_BOOT_KEY"),
}
# The first is sign-in by a provider that is not the one we name. The second would sign the operator
# in: the play removes it, a probe looks for it, and its door is shut.
LEFT_TO_THE_PANEL = {"GRIST_GETGRISTCOM_SECRET", "GRIST_BOOT_KEY"}
FROM_ELSEWHERE = {
    "GRIST_WIDGET_LIST_URL": "",
    "PERMITTED_CUSTOM_WIDGETS": "",
    "GRIST_EXT_FULL_EDITION_BASE_URL": "",
    "GRIST_TELEMETRY_LEVEL": "off",
    "GRIST_ALLOW_AUTOMATIC_VERSION_CHECKING": "false",
    "ALLOWED_WEBHOOK_DOMAINS": "",
    "GRIST_SERVER_EDITION": "community",
}
OWN_SECRET = {OWN_PROVIDER["client_secret"]: Secret("value-of-their-secret")}
NEEDS_OWN = {"login": OWN_PROVIDER}
ORDERS = {
    "first start": {"values": secrets(told=False)},
    "locked down": {},
    "own provider": {"instance": NEEDS_OWN, "values": secrets() | OWN_SECRET},
    "on gvisor": {"platform": {"cluster": {"kind": "kubeconfig", "formula_sandbox": "gvisor"}}},
    "chosen": {"instance": {"settings": {"GVISOR_LIMIT_NPROC": 4, "GRIST_HELP_CENTER": "/aide"}}},
}


def variables(one: GristOrder) -> dict[str, str]:
    """The whole environment of the server, secrets in clear."""
    return settings(one) | {name: each.reveal() for name, each in credentials(one).items()}


def pod(found: tuple[Resource, ...]) -> dict[str, Any]:
    spec: dict[str, Any] = find(found, "deployment/web").body["spec"]["template"]["spec"]
    return spec


def openings(one: GristOrder) -> set[tuple[str, int]]:
    """Every range that any pod may reach outside, with its port."""
    found = set()
    for each in of_kind(resources(one), kind.NETWORK_POLICY):
        for rule in each.body["spec"].get("egress", []):
            blocks = [peer["ipBlock"]["cidr"] for peer in rule["to"] if "ipBlock" in peer]
            found |= {(block, port["port"]) for block in blocks for port in rule["ports"]}
    return found


def test_keys_are_unique_and_the_list_repeats() -> None:
    found = resources(order())
    keys = [one.key for one in found]
    assert len(set(keys)) == len(keys)
    assert resources(order()) == found
    space, *others = found
    assert space.kind.name == "Namespace"
    assert {one.namespace for one in others} == {space.name}


@pytest.mark.parametrize("name", ORDERS)
def test_nothing_is_set_that_the_table_does_not_give_us(name: str) -> None:
    one = order(**ORDERS[name])  # type: ignore[arg-type]
    table = {each.name: each for each in release("grist", RELEASE).environment}
    told = variables(one)
    assert set(told) <= set(table)
    wrong = {each for each in told if table[each].set_by == "nobody"}
    assert not wrong
    theirs = {each for each in told if table[each].set_by == "tenant"}
    assert theirs == set(one.instance.settings)


def test_whatever_the_table_calls_ours_is_set() -> None:
    table = release("grist", RELEASE).environment
    ours = {each.name for each in table if each.set_by == "orchestrator"}
    assert ours == set(variables(order(values=secrets(told=False))))


def test_a_setting_that_is_ours_is_never_the_tenants() -> None:
    chosen = {"GRIST_FORCE_LOGIN": False, "GRIST_LOG_HTTP_BODY": True, "GVISOR_LIMIT_NPROC": 4}
    one = order({"settings": chosen})
    assert settings(one) == settings(order()) | {"GVISOR_LIMIT_NPROC": "4"}


@pytest.mark.parametrize("name", ORDERS)
def test_secrets_stand_in_secrets_alone(name: str) -> None:
    one = order(**ORDERS[name])  # type: ignore[arg-type]
    # The issuer and our name there are kept with the secret, and are none.
    hidden = [
        value.reveal()
        for key, value in one.secrets.items()
        if key not in {"login_issuer", "login_client_id"}
    ]
    for each in resources(one):
        if each.kind == kind.SECRET:
            continue
        assert not each.secret, each.key
        text = json.dumps(each.manifest(Secret.reveal))
        assert not [value for value in hidden if value in text], each.key
    table = {each.name: each for each in release("grist", RELEASE).environment}
    assert {each for each in settings(one) if table[each].secret} == set()
    assert {each for each in credentials(one) if not table[each].secret} == set()


def test_a_first_start_lasts_until_the_key_is_kept() -> None:
    first, locked = (variables(order(values=secrets(told=told))) for told in (False, True))
    assert first["GRIST_BOOT_KEY"] == "value-of-boot_key"
    assert first["GRIST_PERSONAL_ORGS"] == "true"
    assert "GRIST_BOOT_KEY" not in locked
    assert locked["GRIST_PERSONAL_ORGS"] == "false"
    changed = {name for name in first if first[name] != locked.get(name)}
    assert changed == {"GRIST_BOOT_KEY", "GRIST_PERSONAL_ORGS"}
    # Even at the first start nobody makes sites, and the gate of the setup is open.
    assert first["GRIST_ORG_CREATION_ANYONE"] == "false"
    assert first["GRIST_IN_SERVICE"] == "true"


def test_another_form_of_the_environment_is_another_pod() -> None:
    first, locked = (resources(order(values=secrets(told=told))) for told in (False, True))
    assert pod(first)["containers"][0]["envFrom"] != pod(locked)["containers"][0]["envFrom"]


def test_the_panel_can_change_nothing_that_is_ours() -> None:
    told = variables(order())
    # An empty value counts as none, and would leave the panel's in force.
    assert PANEL - {name for name, value in told.items() if value} == LEFT_TO_THE_PANEL
    assert told["GRIST_LOGIN_SYSTEM_TYPE"] == "oidc"


def test_there_is_one_server_and_never_two() -> None:
    found = resources(order())
    spec = find(found, "deployment/web").body["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}
    assert pod(found)["terminationGracePeriodSeconds"] == 60
    assert not of_kind(found, kind.POD_DISRUPTION_BUDGET)


def test_it_counts_as_ready_when_its_services_are() -> None:
    (container,) = pod(resources(order()))["containers"]
    path = container["readinessProbe"]["httpGet"]["path"]
    assert set(path.partition("?")[2].split("&")) == {"ready=1", "db=1", "redis=1"}
    # A database that is away for a moment is no reason to end the server and its open documents.
    assert "httpGet" not in container["livenessProbe"]


@pytest.mark.parametrize("entrance", ["skipper", "nginx"])
@pytest.mark.parametrize("team", ["", "mairie"])
def test_the_operators_doors_are_shut(entrance: str, team: str) -> None:
    found = find(resources(order({"team": team}, entrance=entrance)), "ingress/boot")
    (rule,) = found.body["spec"]["rules"]
    site = team or "saint-martin"
    shut = [one["path"] for one in rule["http"]["paths"]]
    assert {"/boot", f"/o/{site}/boot", "/metrics", "/internal"} <= set(shut)
    assert {one["pathType"] for one in rule["http"]["paths"]} == {"Prefix"}
    terms = " ".join(found.annotations.values())
    assert ("status(403)" if entrance == "skipper" else "0.0.0.0/0,::/0") in terms


@pytest.mark.parametrize("path", ["/BOOT/login", "/o/x/boot", "/o/x/Boot/login", "/Metrics"])
def test_the_operators_door_is_shut_at_every_sites_name(path: str) -> None:
    routes = find(resources(order()), "ingress/web").annotations["zalando.org/skipper-routes"]
    assert f'PathRegexp("{OPERATORS}")' in routes
    assert re.search(OPERATORS, path)
    assert not re.search(OPERATORS, "/o/x/boots/boot")
    assert not re.search(OPERATORS, "/api/boot")


def test_every_door_is_shut_at_every_name() -> None:
    found = of_kind(
        resources(order({"further_domains": ["grist.saint-martin.example"]})), kind.INGRESS
    )
    hosts = [{rule["host"] for rule in one.body["spec"]["rules"]} for one in found]
    assert hosts == [{"tableur.saint-martin.example", "grist.saint-martin.example"}] * 2


def test_it_reaches_nothing_but_what_it_needs() -> None:
    ours = {("10.66.0.1/32", 8333), ("10.66.0.2/32", 9443)}
    backups = {("10.96.0.1/32", 8200)}
    names = {("10.68.0.10/32", 53), ("10.66.0.2/32", 53)}
    assert openings(order()) == ours | backups | names
    found = of_kind(resources(order()), kind.NETWORK_POLICY)
    assert {one.name for one in found} == {
        *("refuse", "application", "web", "database", "queue"),
        *("keeper", "backup-database", "copier"),
    }
    refusal = find(found, "networkpolicy/refuse").body["spec"]
    assert refusal == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    inside = set()
    for rule in find(found, "networkpolicy/application").body["spec"]["egress"]:
        for peer in rule["to"]:
            labels = peer.get("podSelector", {}).get("matchLabels", {})
            inside |= {(labels.get("app.kubernetes.io/name"), p["port"]) for p in rule["ports"]}
    assert {("database", 5432), ("queue", 6379)} <= inside


def test_a_provider_of_their_own() -> None:
    one = order(NEEDS_OWN, values=secrets() | OWN_SECRET)
    told = variables(one)
    assert told["GRIST_OIDC_IDP_ISSUER"] == OWN_PROVIDER["issuer"]
    assert told["GRIST_OIDC_IDP_CLIENT_ID"] == "tableur"
    assert told["GRIST_OIDC_IDP_CLIENT_SECRET"] == "value-of-their-secret"
    assert told["GRIST_OIDC_IDP_SKIP_END_SESSION_ENDPOINT"] == "false"
    assert ("203.0.113.7/32", 8443) in openings(one)
    assert ("10.66.0.2/32", 9443) not in openings(one)


def test_a_provider_whose_place_nobody_said_is_never_a_private_address() -> None:
    login: Mapping[str, str] = {**OWN_PROVIDER, "network": ""}
    one = order({"login": login}, values=secrets() | OWN_SECRET)
    rules = find(resources(one), "networkpolicy/application").body["spec"]["egress"]
    (wide,) = [
        peer["ipBlock"]
        for rule in rules
        for peer in rule["to"]
        if peer.get("ipBlock", {}).get("cidr") == "0.0.0.0/0"
    ]
    assert {each for each in NOT_PUBLIC if ":" not in each} <= set(wide["except"])


def test_snapshots_are_capped_in_every_span() -> None:
    cap = json.loads(settings(order())["GRIST_SNAPSHOT_TIME_CAP"])
    assert cap == {"hour": 24, "day": 30, "isoWeek": 8, "month": 12, "year": 1}
    changed = order({"snapshots": {"hour": 2, "day": 3, "week": 0, "month": 0, "year": 0}})
    cap = json.loads(settings(changed)["GRIST_SNAPSHOT_TIME_CAP"])
    assert cap == {"hour": 2, "day": 3, "isoWeek": 0, "month": 0, "year": 0}


def test_nothing_is_fetched_from_elsewhere() -> None:
    told = settings(order())
    assert {name: told[name] for name in FROM_ELSEWHERE} == FROM_ELSEWHERE


@pytest.mark.parametrize("flavour", ["gvisor", "unsandboxed"])
def test_the_sandbox_of_formulas_is_always_named(flavour: str) -> None:
    platform = {"cluster": {"kind": "kubeconfig", "formula_sandbox": flavour}}
    assert settings(order(platform=platform))["GRIST_SANDBOX_FLAVOR"] == flavour


def test_documents_are_public_only_when_the_tenant_says_so() -> None:
    assert settings(order())["GRIST_FORCE_LOGIN"] == "true"
    assert settings(order({"public_documents": True}))["GRIST_FORCE_LOGIN"] == "false"


def test_the_password_of_the_queue_may_hold_any_letter() -> None:
    one = order(values=secrets() | {"queue_password": Secret("p@ss/w:rd")})
    assert variables(one)["REDIS_URL"] == "redis://:p%40ss%2Fw%3Ard@queue:6379/0"
