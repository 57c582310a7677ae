"""Every trap and every disagreement, as data in tests/cases/tenant_faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from orchestrator import config
from orchestrator.errors.config import Fault, TenantFileFaultsError
from orchestrator.reading.text import SIZE_LIMIT
from orchestrator.settings import Settings

FOLDER = Path(__file__).parents[2] / "cases" / "tenant_faults"
CASES = [case for path in sorted(FOLDER.glob("*.yaml")) for case in YAML(typ="safe").load(path)]


def faults_of(project: Settings, slug: str = "saint-martin") -> tuple[Fault, ...]:
    with pytest.raises(TenantFileFaultsError) as caught:
        config.load_tenant(project, slug)
    return caught.value.faults


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_each_fault_is_named_where_it_is(
    case: dict[str, Any], project: Settings, right: str, write: Callable[..., Path]
) -> None:
    text = right
    for old, new in case["change"].items():
        assert old in text
        text = text.replace(old, new, 1)
    write(text)
    found = faults_of(project)
    assert len(found) == len(case["faults"])
    for wanted in case["faults"]:
        fault = next(one for one in found if one.key == wanted["key"])
        assert wanted["says"] in fault.message
        assert fault.nearest == wanted.get("nearest", "")
        assert fault.file == "tenants/saint-martin.yaml"
        if "on" in wanted:
            begin = text.index(wanted["on"]) + wanted["on"].startswith("\n")
            assert fault.line == text.count("\n", 0, begin) + 1


@pytest.mark.parametrize(
    ("body", "says", "line"),
    [
        (b"", "is empty", 0),
        (b"# nothing\n", "must be keys with values", 1),
        (b"- a\n- b\n", "must be keys with values", 1),
        (b"\xef\xbb\xbfversion: 1\n", "byte order mark", 1),
        (b"version: 1\nslug: \xe9t\xe9\n", "is not UTF-8", 2),
        (b"a: " + b"[" * (10 * 2**20), f"more than the {SIZE_LIMIT}", 0),
        (b"a: " + b"[" * 40 + b"]" * 40, "nested deeper than 32", 1),
        (b"".join(b" " * n + b"a:\n" for n in range(40)), "nested deeper than 32", 33),
    ],
    ids=["empty", "comment", "list", "bom", "latin", "huge", "deep-flow", "deep-block"],
)
def test_what_is_not_worth_reading(
    body: bytes, says: str, line: int, project: Settings, write: Callable[..., Path]
) -> None:
    write(body)
    (fault,) = faults_of(project)
    assert says in fault.message
    assert fault.line == line


def test_the_error_shows_place_key_and_words_aligned(
    project: Settings, right: str, write: Callable[..., Path]
) -> None:
    write(right.replace("size: demo", "size: dem").replace("kind: commune", "kind: comune"))
    with pytest.raises(TenantFileFaultsError) as caught:
        config.load_tenant(project, "saint-martin")
    assert caught.value.message == "1 fault in tenants/saint-martin.yaml"
    assert caught.value.details[0].startswith("tenants/saint-martin.yaml:7  organisation.kind  ")
    assert caught.value.exit_status == 2


def test_a_fault_of_the_defaults_is_placed_there(
    project: Settings, right: str, write: Callable[..., Path]
) -> None:
    write(right)
    write("backup:\n  kept: soon\n", "_defaults.yaml")
    found = {(one.file, one.key) for one in faults_of(project)}
    assert ("tenants/_defaults.yaml", "backup.kept") in found


def test_two_tenants_with_one_domain_are_both_told(
    project: Settings, right: str, write: Callable[..., Path]
) -> None:
    write(right)
    other = right.replace("slug: saint-martin", "slug: sainte-marie")
    path = write(other, "sainte-marie.yaml")
    line = other[: other.index("domain:")].count("\n") + 1
    (own,) = faults_of(project)
    assert own.key == "instances.decidim.domain"
    assert f"claimed by tenants/sainte-marie.yaml:{line}" in own.message
    survey = config.survey(project)
    assert {one.file for one in survey.faults} == {
        "tenants/saint-martin.yaml",
        "tenants/sainte-marie.yaml",
    }
    assert survey.tenants == ()
    path.write_text(other.replace("domain: participer.saint", "domain: participer.sainte"))
    assert len(config.load_all(project)) == 2


def test_slugs_whose_derived_names_are_one_are_both_told(
    project: Settings, right: str, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.model.names.fitted", lambda name: name[:8])
    write(right)
    write(
        right.replace("slug: saint-martin", "slug: saint-maurice").replace(
            "participer.saint-martin", "participer.saint-maurice"
        ),
        "saint-maurice.yaml",
    )
    (fault,) = faults_of(project)
    assert (fault.key, fault.line) == ("slug", 3)
    assert "`saint-maurice`" in fault.message
    assert len(config.survey(project).faults) == 2


def test_a_file_that_would_not_be_read_is_told(
    project: Settings, right: str, write: Callable[..., Path]
) -> None:
    write(right, "saint-martin.yml")
    (fault,) = config.survey(project).faults
    assert "name it `.yaml`" in fault.message


def test_faults_of_all_files_come_together(
    project: Settings, right: str, write: Callable[..., Path]
) -> None:
    write(right.replace("size: demo", "size: dem"))
    write("version: 9\n", "zz-top.yaml")
    with pytest.raises(TenantFileFaultsError) as caught:
        config.load_all(project)
    assert caught.value.message == "2 faults in 2 files"
