"""Programs of a tenant file: names, interfaces that take a credential, ways that lead there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestrator import config
from orchestrator.errors.config import TenantFileFaultsError
from orchestrator.settings import Settings
from tests.unit.config.test_links import SLUG, TEXT, THERE

NAME = "name: releve"
MORE = "purpose: Relever les compteurs, owner: si@essai.example, until: 2026-12-31"
GRIST, DECIDIM = "    title: Les tableaux", "    title: Les Trois Moulins participent"


def with_programs(before: str, *programs: str) -> str:
    lines = "".join(f"      - {{ {one} }}\n" for one in programs)
    bare = re.sub(r"    programs:\n(      .*\n)+", "", TEXT)
    if before == DECIDIM:  # a release whose interface shows what is public and nothing else
        bare = bare.replace('"0.31.5"', '"0.30.9"')
    return bare.replace(before, f"    programs:\n{lines}{before}", 1)


@pytest.mark.parametrize(
    ("before", "programs", "key", "says"),
    [
        (GRIST, [f"{NAME}, {MORE}"] * 2, "instances.grist.programs.1.name", "is named twice"),
        (
            GRIST,
            [f"{NAME}, {MORE}, from: rudi"],
            "instances.grist.programs.0.from",
            "no link leads from `rudi` to `grist`, so it would never get there",
        ),
        (DECIDIM, [f"{NAME}, {MORE}"], "instances.decidim.programs.0", "it takes none"),
        (GRIST, [f"name: Relevé, {MORE}"], "instances.grist.programs.0.name", "must look like"),
        (
            GRIST,
            [f"{NAME}, {MORE}, may: delete"],
            "instances.grist.programs.0.may",
            "`read` or `write`",
        ),
    ],
    ids=["twice", "unlinked", "public", "name", "may"],
)
def test_a_fault(
    project: Settings,
    write: Callable[..., Path],
    before: str,
    programs: list[str],
    key: str,
    says: str,
) -> None:
    write(with_programs(before, *programs), f"{SLUG}.yaml")
    with pytest.raises(TenantFileFaultsError) as caught:
        config.load_tenant(project, SLUG)
    (fault,) = caught.value.faults
    assert fault.key == key
    assert says in fault.message


def test_a_program_of_an_instance_that_a_link_leads_from(
    project: Settings, write: Callable[..., Path]
) -> None:
    assert THERE.startswith("  - { from: decidim, to: grist")
    write(with_programs(GRIST, f"{NAME}, {MORE}, from: decidim"), f"{SLUG}.yaml")
    (program,) = config.load_tenant(project, SLUG).instances.of()["grist"].programs
    assert (program.may, program.from_, program.until) == ("read", "decidim", date(2026, 12, 31))


def test_the_last_day_counts(project: Settings, write: Callable[..., Path]) -> None:
    write(with_programs(GRIST, f"{NAME}, {MORE}"), f"{SLUG}.yaml")
    (program,) = config.load_tenant(project, SLUG).instances.of()["grist"].programs
    assert not program.ended(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert program.ended(datetime(2027, 1, 1, tzinfo=UTC))
