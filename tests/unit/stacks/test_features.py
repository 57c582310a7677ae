"""What a feature that is on adds to an instance of Decidim, and that nothing is there without."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from orchestrator.model.secret import Secret
from stacks.decidim import resources
from stacks.decidim.environment import credentials, settings
from stacks.decidim.order import DecidimOrder as Order
from stacks.network import NOT_PUBLIC
from tests.unit.stacks.conftest import MakeOrder

GUESTS = {"features": {"guest_meeting_registration": {"enabled": True, "accounts_kept": "2w"}}}
RANGES = ("203.0.113.7/32", "2001:db8:1::/48")
FEATURE = {
    "processor": "sous-traitant",
    "country": "FR",
    "legal_basis": "public_task",
    "categories": ["contributions"],
    "host": "modere.example.org",
    "path": "/v1/judge",
    "network": list(RANGES),
    "key": "vault:ai#moderation",
}
RELAY = {"sender": "a@example.org", "host": "relay.example.org", "port": 2587}


def bodies(order: Order, kind: str) -> dict[str, Mapping[str, Any]]:
    return {one.name: one.body["spec"] for one in resources(order) if one.kind.name == kind}


def openings(order: Order) -> list[tuple[str, int]]:
    """Every range that any pod may reach outside, with its port."""
    found = []
    for spec in bodies(order, "NetworkPolicy").values():
        for rule in spec.get("egress", []):
            ports = [port["port"] for port in rule["ports"]]
            blocks = [peer["ipBlock"]["cidr"] for peer in rule["to"] if "ipBlock" in peer]
            found += [(block, port) for block in blocks for port in ports]
    return sorted(found)


def test_purges_run_only_while_guests_are_let_in(make_order: MakeOrder) -> None:
    without = bodies(make_order(), "CronJob")
    found = bodies(make_order(GUESTS), "CronJob")
    assert set(found) - set(without) == {"purge-guest-requests", "purge-guest-accounts"}
    for name, kept in (("requests", 26 * 604_800), ("accounts", 2 * 604_800)):
        job = found[f"purge-guest-{name}"]
        assert job["concurrencyPolicy"] == "Forbid"
        (container,) = job["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        (*shell, line) = container["args"]
        assert shell == ["sh", "-ec"]
        question, _, command = line.partition(" | ")
        assert json.loads(question.removeprefix("echo ").strip("'")) == {"kept_s": kept}
        assert command.endswith(f"rails runner /orchestrator/runners/purge_guest_{name}.rb")


def test_forms_go_before_accounts(make_order: MakeOrder) -> None:
    found = bodies(make_order(GUESTS), "CronJob")
    hours = [
        found[f"purge-guest-{name}"]["schedule"].split()[1] for name in ("requests", "accounts")
    ]
    assert hours == sorted(hours)


def test_without_ai_the_network_is_shut_and_the_switch_is_off(make_order: MakeOrder) -> None:
    order = make_order()
    # 8200 is the way of the database to the key of its backups.
    assert {port for _, port in openings(order)} == {53, 8333, 2525, 8200}
    found = settings(order)
    assert found["DECIDIM_AI_ENABLED"] == "false"
    assert "DECIDIM_AI_ENDPOINT" not in found
    assert not {"DECIDIM_AI_SECRET", "DEEPL_API_KEY"} & set(credentials(order))


def test_moderation_opens_exactly_its_ranges(make_order: MakeOrder) -> None:
    values = {"vault:ai#moderation": Secret("a-key")}
    order = make_order({"ai": {"moderation": FEATURE}}, values=values)
    fresh = set(openings(order)) - set(openings(make_order()))
    assert fresh == {(network, 443) for network in RANGES}
    found = settings(order)
    assert found["DECIDIM_AI_ENABLED"] == "true"
    assert found["DECIDIM_AI_ENDPOINT"] == "https://modere.example.org/v1/judge"
    assert credentials(order)["DECIDIM_AI_SECRET"] == Secret("a-key")


def test_translation_is_switched_on_by_its_key_alone(make_order: MakeOrder) -> None:
    order = make_order({"ai": {"translation": {**FEATURE, "network": ["203.0.113.9/32"]}}})
    assert settings(order)["DECIDIM_AI_ENABLED"] == "false"
    assert "DEEPL_API_KEY" in credentials(order)
    assert ("203.0.113.9/32", 443) in openings(order)


@pytest.mark.parametrize("network", [*NOT_PUBLIC, "0.0.0.0/0", "::/0", "11.0.0.0/8", "8.0.0.0/7"])
def test_no_opening_leads_inside_or_everywhere(network: str, make_order: MakeOrder) -> None:
    with pytest.raises(ValueError, match=r"public addresses|too wide"):
        make_order({"ai": {"moderation": {**FEATURE, "network": [network]}}})


def test_mail_of_a_training_goes_to_the_sink_and_nowhere_else(make_order: MakeOrder) -> None:
    keys = {"training": {"until": "2026-12-31"}}
    platform = {
        "relay": {"host": "relay.platform.example", "port": 1587, "network": "198.51.100.1/32"},
        "sink": {"host": "sink.platform.example", "port": 3525, "network": "198.51.100.2/32"},
    }
    order = make_order({"mail": RELAY}, platform=platform, tenant_keys=keys)
    found = settings(order)
    assert (found["SMTP_ADDRESS"], found["SMTP_PORT"]) == ("sink.platform.example", "3525")
    assert "SMTP_USERNAME" not in found
    assert "SMTP_PASSWORD" not in credentials(order)
    assert found["DECIDIM_APPLICATION_NAME"] == "Commune de Saint-Martin (formation)"
    ports = {port: block for block, port in openings(order)}
    assert ports[3525] == "198.51.100.2/32"
    assert not {587, 1587, 2587} & set(ports)


def test_a_platform_without_a_sink_lets_no_mail_of_a_training_out(make_order: MakeOrder) -> None:
    keys = {"training": {"until": "2026-12-31"}}
    order = make_order(platform={"relay": {"host": "r.example"}}, tenant_keys=keys, connected=False)
    assert settings(order)["SMTP_ADDRESS"] == "192.0.2.1"


def test_a_training_is_shut_at_the_entrance_by_itself(make_order: MakeOrder) -> None:
    def doors(order: Order) -> list[str]:
        notes = (one.annotations for one in resources(order) if one.kind.name == "Ingress")
        prefix = "zalando.org/skipper-"
        return [one.get(f"{prefix}routes", "") for one in notes if "Rate" in one[f"{prefix}filter"]]

    ends = 'Ended: After("2027-01-01T00:00:00+00:00") && Weight(20) -> status(410)'
    training = doors(make_order(tenant_keys={"training": {"until": "2026-12-31"}}))
    assert training
    assert all(ends in routes for routes in training)
    assert not any("Ended" in routes for routes in doors(make_order()))


@pytest.mark.parametrize(
    ("today", "running"),
    [
        (None, True),
        (date(2026, 12, 30), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_after_the_last_day_of_a_training_nothing_runs(
    today: date | None, running: object, make_order: MakeOrder
) -> None:
    keys = {"training": {"until": "2026-12-31"}}
    order = make_order(size="large", tenant_keys=keys, today=today)
    found = bodies(order, "Deployment")
    for name, size in (("web", order.size.web), ("worker", order.size.worker)):
        assert found[name]["replicas"] == (size.replicas if running else 0)
    jobs = bodies(order, "CronJob").values()
    assert {job.get("suspend", False) for job in jobs} == {not running}
    assert bool(bodies(order, "PodDisruptionBudget")) == running
    assert bodies(order, "StatefulSet")["database"]["replicas"] == 1


def test_a_day_changes_nothing_for_others(make_order: MakeOrder) -> None:
    assert resources(make_order(today=date(2999, 1, 1))) == resources(make_order())
