"""Each control of gate 1 passes and fails; waivers hold until their last day; refusal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestrator import config, settings
from orchestrator.errors.policy import PolicyFileFaultsError, PolicyRefusedError
from orchestrator.model.ai import AiFeature
from orchestrator.model.platform import Sink
from orchestrator.model.protection import Homologation, Transfer
from orchestrator.model.tenant import Training
from orchestrator.policy import Facts, Finding, Verdict, evaluate, gate_tenant, refuse
from orchestrator.policy.checks import CHECKS
from orchestrator.policy.files import Waiver, catalogue
from orchestrator.products.grist.instance import Grist

CLONE = Path(__file__).parents[3]
TODAY = date(2026, 11, 25)
LATER, EARLIER = date(2027, 1, 1), date(2026, 11, 24)
CERTIFICATE = {"scheme": "secnumcloud", "number": "SNC-1", "expires": LATER}


def changed(model: Any, path: str, value: Any) -> Any:
    """A copy with another value at a dotted path; nothing is validated, on purpose."""
    head, _, rest = path.partition(".")
    if isinstance(model, dict):
        return {**model, head: changed(model[head], rest, value) if rest else value}
    if isinstance(model, tuple):
        items = list(model)
        items[int(head)] = changed(items[int(head)], rest, value) if rest else value
        return tuple(items)
    return model.model_copy(
        update={head: changed(getattr(model, head), rest, value) if rest else value}
    )


@pytest.fixture(scope="module")
def clone() -> settings.Settings:
    return settings.load(CLONE)


@pytest.fixture(scope="module")
def good(clone: settings.Settings) -> Facts:
    """A tenant on a provider's platform that says everything."""
    path = CLONE / "tenants" / "_examples" / "val-des-ormes.yaml"
    platform = config.load_platform(clone, "ovhcloud")
    for key in ("address", "contact", "contract"):
        platform = changed(platform, f"sub_processors.0.{key}", "in the contract")
    tenant = config.load_file(clone, path)
    return Facts(tenant, platform, TODAY)


def facts_with(good: Facts, changes: dict[str, Any]) -> Facts:
    tenant, platform = good.tenant, good.platform
    for place, value in changes.items():
        side, _, path = place.partition(":")
        if side == "platform":
            platform = changed(platform, path, value)
        else:
            tenant = changed(tenant, path, value)
    return Facts(tenant, platform, good.today)


def verdict(clone: settings.Settings, facts: Facts, control: str) -> Finding:
    found = evaluate([one for one in catalogue(clone) if one.id == control], facts, ())
    (finding,) = found
    return finding


PROTECTION = "tenant:data_protection"
ENTRY = f"{PROTECTION}.register_.decidim"
DECIDIM = "tenant:instances.decidim"
CLUSTER = "platform:cluster"
HAS_GRIST = {"tenant:instances.grist": Grist.model_construct()}
GUESTS = f"{DECIDIM}.features.guest_meeting_registration"
MODERATION = f"{DECIDIM}.ai.moderation"
FAILS = [
    ("GOV-01", {"tenant:organisation.legal_representative": "À compléter"}, "representative"),
    ("GOV-01", {"tenant:organisation.siren": "999000120"}, "no SIREN"),
    ("GOV-02", {"tenant:organisation.contacts.data_protection_officer.name": " "}, "officer"),
    ("GOV-03", {"platform:security_officer.name": "TBD"}, "security officer"),
    ("REG-01", {f"{PROTECTION}.register_": {}}, "no entry for decidim"),
    ("REG-02", {f"{ENTRY}.purposes": ("à compléter",)}, "no purpose"),
    ("REG-02", {f"{ENTRY}.legal_basis": "legitimate_interests"}, "public body"),
    ("REG-02", {f"{ENTRY}.categories.0.special": True}, "article 9(2)"),
    ("REG-03", {f"{ENTRY}.categories.0.data": ("?",)}, "not said"),
    ("REG-03", {f"{PROTECTION}.screening.criteria": ("sensitive_data",)}, "marked special"),
    ("REG-04", {f"{ENTRY}.recipients": ("service",)}, "ovhcloud"),
    ("REG-05", {"platform:sub_processors.0.country": "US"}, "US"),
    ("REG-06", {f"{ENTRY}.categories": ()}, "no category"),
    ("DPA-01", {f"{PROTECTION}.agreement.expires": EARLIER}, "ended"),
    ("DPA-01", {f"{PROTECTION}.agreement.signed": LATER}, "to come"),
    ("DPA-01", {f"{PROTECTION}.agreement.sha256": "0" * 64}, "no document"),
    ("DPA-01", {f"{PROTECTION}.agreement.signatories": ("À compléter", "x")}, "two signatories"),
    ("DPA-02", {f"{PROTECTION}.agreement.clauses": ()}, "audit"),
    ("DPA-04", {f"{PROTECTION}.sub_processors.authorised": ()}, "not agreed to: ovhcloud"),
    ("DPA-05", {"platform:sub_processors.0.contract": "À compléter"}, "contract"),
    ("LOC-01", {"platform:location.country": "US"}, "outside"),
    ("LOC-02", {"platform:location.headquarters": "CH"}, "seat in CH"),
    ("LOC-11", {"tenant:sensitivity": "secnumcloud"}, "does not hold"),
    ("RSK-01", {f"{PROTECTION}.screening.made": LATER}, "to come"),
    ("RSK-01", {f"{PROTECTION}.screening.criteria": ("scoring", "matching")}, "2 criteria"),
    ("RSK-03", {f"{PROTECTION}.homologation": None}, "no homologation"),
    ("RSK-03", {f"{PROTECTION}.homologation.expires": EARLIER}, "ended"),
    ("RSK-03", {f"{PROTECTION}.homologation.decided": LATER}, "to come"),
    ("RET-01", {f"{ENTRY}.categories.0.trigger": "à compléter"}, "no trigger"),
    ("BCK-02", {"tenant:backup.recovery_point": "60d"}, "is more than"),
    ("REG-07", {f"{ENTRY}.categories.3.covers": ("guest_requests",)}, "guest accounts are in no"),
    ("REG-07", {f"{ENTRY}.categories.3.kept": "27w"}, "kept 26w, the register says 27w"),
    ("REG-07", {f"{ENTRY}.categories.3.then": "archive"}, "then archive"),
    ("REG-07", {f"{GUESTS}.accounts_kept": "1y"}, "guest accounts are kept 1y"),
    ("REG-07", {f"{PROTECTION}.register_": {}}, "guest requests are in no category"),
]
AI = AiFeature(
    processor="sous-traitant",
    country="FR",
    legal_basis="public_task",
    categories=("contributions",),
    host="modere.example",
    network=("203.0.113.7/32",),
)
LET_IN = {f"{ENTRY}.recipients": ("service", "ovhcloud", "sous-traitant")}
US = AI.model_copy(update={"country": "US"})
TRAINING = Training(until=TODAY)
SINK = {"platform:sink": Sink(host="sink.example")}
FEATURES = [
    ("ACC-01", {}, Verdict.PASS, "partial, /pages/accessibility"),
    ("ACC-01", {f"{DECIDIM}.accessibility": None}, Verdict.FAIL, "no accessibility statement"),
    ("ACC-01", {f"{DECIDIM}.accessibility.audited": None}, Verdict.FAIL, "names no audit"),
    ("ACC-01", {f"{DECIDIM}.accessibility.audited": LATER}, Verdict.FAIL, "still to come"),
    ("ACC-01", {f"{DECIDIM}.accessibility.contact": "?"}, Verdict.FAIL, "no contact"),
    ("REG-07", {f"{GUESTS}.enabled": False}, Verdict.NOT_APPLICABLE, "no feature"),
    ("AI-01", {}, Verdict.NOT_APPLICABLE, "shut"),
    ("AI-01", {**LET_IN, MODERATION: AI}, Verdict.PASS, "moderation by sous-traitant in FR"),
    ("AI-01", {MODERATION: AI}, Verdict.FAIL, "not among the recipients"),
    ("AI-01", {**LET_IN, MODERATION: US}, Verdict.FAIL, "US is outside the economic area"),
    (
        "AI-01",
        {
            **LET_IN,
            MODERATION: US,
            f"{ENTRY}.transfers": (
                Transfer(country="US", instrument="adequacy", assessment="TIA-1"),
            ),
        },
        Verdict.PASS,
        "in US",
    ),
    (
        "AI-01",
        {**LET_IN, MODERATION: AI.model_copy(update={"categories": ("humeurs",)})},
        Verdict.FAIL,
        "no category of the register: humeurs",
    ),
    (
        "AI-01",
        {**LET_IN, MODERATION: AI.model_copy(update={"network": ()})},
        Verdict.FAIL,
        "no range",
    ),
    (
        "AI-01",
        {
            f"{ENTRY}.recipients": ("à compléter",),
            MODERATION: AI.model_copy(update={"processor": "à compléter"}),
        },
        Verdict.FAIL,
        "not said: processor",
    ),
    ("AI-01", {f"{PROTECTION}.register_": {}, MODERATION: AI}, Verdict.FAIL, "no entry"),
    ("TRN-01", {}, Verdict.NOT_APPLICABLE, "not a training"),
    ("TRN-01", {**SINK, "tenant:training": TRAINING}, Verdict.PASS, "until 2026-11-25"),
    ("TRN-01", {"tenant:training": TRAINING}, Verdict.FAIL, "no mail sink"),
    (
        "TRN-01",
        {**SINK, "tenant:training": Training(until=EARLIER)},
        Verdict.FAIL,
        "last day was 2026-11-24",
    ),
    (
        "TRN-01",
        {**SINK, "tenant:training": TRAINING, f"{DECIDIM}.mail.host": "relay.example"},
        Verdict.FAIL,
        "would write to people",
    ),
]
FEATURES += [
    ("GRI-01", {}, Verdict.NOT_APPLICABLE, "nobody writes formulas"),
    (
        "GRI-01",
        {**HAS_GRIST, f"{CLUSTER}.formula_sandbox": "gvisor"},
        Verdict.PASS,
        "formulas run in gvisor",
    ),
    (
        "GRI-01",
        {**HAS_GRIST, f"{CLUSTER}.kind": "sandbox"},
        Verdict.MANUAL,
        "reads every document, key and secret of the instance",
    ),
    (
        "GRI-01",
        HAS_GRIST,
        Verdict.FAIL,
        "platform ovhcloud has no sandbox for formulas",
    ),
]
BLOCKING = {"ACC-01": False, "REG-07": True, "AI-01": True, "TRN-01": True, "GRI-01": True}


@pytest.mark.parametrize(("control", "changes", "wanted", "says"), FEATURES)
def test_controls_of_features_judge_what_is_on(
    control: str,
    changes: dict[str, Any],
    wanted: Verdict,
    says: str,
    clone: settings.Settings,
    good: Facts,
) -> None:
    found = verdict(clone, facts_with(good, changes), control)
    assert (found.verdict, says in found.message) == (wanted, True), found.message
    assert found.blocking == (wanted is Verdict.FAIL and BLOCKING[control])


@pytest.mark.parametrize(("control", "changes", "says"), FAILS, ids=lambda one: str(one)[:60])
def test_each_control_fails_on_its_fault_and_passes_without(
    control: str, changes: dict[str, Any], says: str, clone: settings.Settings, good: Facts
) -> None:
    found = verdict(clone, facts_with(good, changes), control)
    assert found.verdict is Verdict.FAIL
    assert says in found.message
    assert found.blocking
    without = verdict(clone, good, control).verdict
    assert without is (Verdict.UNKNOWN if control == "LOC-02" else Verdict.PASS)


def test_every_control_but_those_of_certificates_and_waivers_is_tried() -> None:
    tried = {control for control, *_ in (*FAILS, *FEATURES)}
    files = {path.stem for path in (CLONE / "policies" / "catalogue").glob("*.yaml")}
    assert files - tried == {"LOC-12", "WAV-01"}


def test_every_check_is_called_by_one_control(clone: settings.Settings) -> None:
    called = [one.check for one in catalogue(clone) if one.check != "waivers"]
    assert sorted(called) == sorted(CHECKS)


@pytest.mark.parametrize(
    ("certificate", "proven", "level"),
    [
        (CERTIFICATE, Verdict.MANUAL, Verdict.PASS),
        ({**CERTIFICATE, "expires": TODAY}, Verdict.MANUAL, Verdict.PASS),
        ({**CERTIFICATE, "expires": EARLIER}, Verdict.FAIL, Verdict.FAIL),
        ({**CERTIFICATE, "number": "à compléter"}, Verdict.FAIL, Verdict.FAIL),
    ],
)
def test_a_certificate_counts_with_number_until_its_last_day(
    certificate: dict[str, Any],
    proven: Verdict,
    level: Verdict,
    clone: settings.Settings,
    good: Facts,
) -> None:
    from orchestrator.model.platform import Certificate

    changes = {
        "platform:certificates": (Certificate(**certificate),),
        "tenant:sensitivity": "secnumcloud",
    }
    facts = facts_with(good, changes)
    assert verdict(clone, facts, "LOC-12").verdict is proven
    assert verdict(clone, facts, "LOC-11").verdict is level


def test_an_adequate_country_counts_when_the_register_names_it(
    clone: settings.Settings, good: Facts
) -> None:
    told = (Transfer(country="CH", instrument="adequacy", assessment="TIA-1"),)
    facts = facts_with(good, {"platform:location.country": "CH", f"{ENTRY}.transfers": told})
    assert verdict(clone, facts, "LOC-01").verdict is Verdict.PASS


@pytest.mark.parametrize("slug", ["saint-martin", "pays-de-brenne"])
def test_demo_tenants_are_let_through_on_any_day(slug: str, clone: settings.Settings) -> None:
    tenant = config.load_tenant(clone, slug)
    platform = config.load_platform(clone, "sandbox")
    for day in (TODAY, date(2040, 1, 1)):
        found = gate_tenant(clone, tenant, platform, today=day)
        refuse(found)
        aside = {one.control for one in found if one.verdict is Verdict.NOT_APPLICABLE}
        off = {"AI-01", "TRN-01", "GRI-01"} | ({"REG-07"} if slug == "pays-de-brenne" else set())
        assert aside == off | {"LOC-01", "LOC-02", "LOC-11", "LOC-12", "RSK-03"}
        assert {one.verdict for one in found} == {Verdict.PASS, Verdict.NOT_APPLICABLE}


def test_the_sandbox_is_no_qualified_platform(clone: settings.Settings, good: Facts) -> None:
    facts = facts_with(good, {"tenant:sensitivity": "hds", "platform:cluster.kind": "sandbox"})
    assert verdict(clone, facts, "LOC-11").verdict is Verdict.FAIL


WAIVER = Waiver(
    control="RSK-03",
    tenant="val-des-ormes",
    reason="Open to invited testers only",
    approver="Directeur général des services",
    expires=TODAY,
)


@pytest.mark.parametrize(("expires", "waived"), [(TODAY, True), (EARLIER, False)])
def test_a_waiver_holds_until_its_last_day_and_is_then_a_finding(
    expires: date, waived: object, clone: settings.Settings, good: Facts
) -> None:
    facts = facts_with(
        good,
        {
            f"{PROTECTION}.homologation": Homologation(
                authority="x y", decided=date(2020, 1, 1), expires=EARLIER
            )
        },
    )
    waiver = WAIVER.model_copy(update={"expires": expires})
    found = {one.control: one for one in evaluate(catalogue(clone), facts, [waiver])}
    assert (found["RSK-03"].verdict is Verdict.WAIVED) == waived
    assert (found["WAV-01"].verdict is Verdict.PASS) == waived
    if waived:
        refuse(found.values())
        assert "Directeur général des services until 2026-11-25" in found["RSK-03"].message
    else:
        with pytest.raises(PolicyRefusedError) as caught:
            refuse(found.values())
        assert caught.value.exit_status == 5
        assert [one.control for one in caught.value.refusals] == ["RSK-03"]


def test_a_pass_is_never_turned_into_waived(clone: settings.Settings, good: Facts) -> None:
    found = {one.control: one for one in evaluate(catalogue(clone), good, [WAIVER])}
    assert found["RSK-03"].verdict is Verdict.PASS


def test_unknown_neither_passes_nor_refuses(clone: settings.Settings, good: Facts) -> None:
    found = verdict(clone, good, "LOC-02")
    assert found.verdict is Verdict.UNKNOWN
    refuse([found])


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (
            "control: RSK-99\ntenant: abc\nreason: as it is so\napprover: DGS\nexpires: 2027-01-01",
            "control",
        ),
        ("control: RSK-03\ntenant: abc\nreason: because it is\napprover: DGS", "expires"),
        ("control: RSK-03\ntenant: abc\nreason: no\napprover: DGS\nexpires: 2027-01-01", "reason"),
        (
            (
                "control: RSK-03\ntenant: abc\ntenant: abcd\nreason: as it is so\napprover: DGS\n"
                "expires: 2027-01-01"
            ),
            "tenant",
        ),
        ("words", ""),
    ],
)
def test_a_bad_waiver_stops_the_gate(body: str, key: str, tmp_path: Path, good: Facts) -> None:
    (tmp_path / "tenants").mkdir()
    folder = tmp_path / "policies" / "waivers"
    folder.mkdir(parents=True)
    (folder / "one.yaml").write_text(body)
    with pytest.raises(PolicyFileFaultsError) as caught:
        gate_tenant(settings.load(tmp_path), good.tenant, good.platform, today=TODAY)
    (fault,) = caught.value.faults
    assert fault.key == key
    assert fault.line > 0


def test_a_project_reads_its_own_waivers_and_controls(
    tmp_path: Path, good: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tenants").mkdir()
    (tmp_path / "policies" / "catalogue").mkdir(parents=True)
    (tmp_path / "policies" / "waivers").mkdir()
    shipped = (CLONE / "policies" / "catalogue" / "RSK-03.yaml").read_text(encoding="utf-8")
    own = tmp_path / "policies" / "catalogue" / "RSK-03.yaml"
    own.write_text(shipped.replace("severity: high", "severity: low"), encoding="utf-8")
    facts = facts_with(good, {f"{PROTECTION}.homologation": None})
    judge: Callable[[], tuple[Finding, ...]] = lambda: gate_tenant(  # noqa: E731
        settings.load(tmp_path), facts.tenant, facts.platform, today=TODAY
    )
    found = {one.control: one for one in judge()}
    assert len(found) == len(list((CLONE / "policies" / "catalogue").glob("*.yaml")))
    assert (found["RSK-03"].verdict, found["RSK-03"].blocking) == (Verdict.FAIL, False)
    (tmp_path / "policies" / "waivers" / "rsk.yaml").write_text(
        "control: RSK-03\ntenant: val-des-ormes\nreason: invited testers only\n"
        "approver: DGS\nexpires: 2027-01-01\n"
    )
    assert {one.control: one.verdict for one in judge()}["RSK-03"] is Verdict.WAIVED
    monkeypatch.setenv("ORCHESTRATOR_LANG", "fr")
    assert {one.control: one.title for one in judge()}["DPA-02"] == "Huit clauses obligatoires"


def test_the_flag_for_french_reaches_what_stops_the_work(good: Facts) -> None:
    french = settings.load(CLONE, language="fr")
    assert french.values[-1] == settings.Value("language", "fr", "--lang")
    facts = facts_with(good, {f"{PROTECTION}.agreement.reference": ""})
    findings = gate_tenant(french, facts.tenant, facts.platform, today=TODAY)
    with pytest.raises(PolicyRefusedError) as caught:
        refuse(findings)
    said = "\n".join(caught.value.details)
    assert "DPA-01  critical: Contrat de sous-traitance signé et en cours" in said
    assert "Faire signer l'avenant" in said
