"""Links of a tenant with several instances: circles and repetitions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator import config
from orchestrator.errors.config import TenantFileFaultsError
from orchestrator.settings import Settings

CLONE = Path(__file__).parents[3]
SLUG = "les-trois-moulins"
TEXT = (CLONE / "tenants" / f"{SLUG}.yaml").read_text(encoding="utf-8")
BEFORE = TEXT[: TEXT.index("links:")]
THERE = "  - { from: decidim, to: grist, purpose: Publier les données }\n"
BACK = "  - { from: grist, to: decidim, purpose: Reprendre les données }\n"


@pytest.mark.parametrize(
    ("links", "key", "says"),
    [
        (THERE + BACK, "links", "go in a circle, so that none could come first: "),
        (THERE + THERE, "links.1", "the link from decidim to grist is named twice"),
    ],
    ids=["circle", "twice"],
)
def test_a_fault(
    project: Settings, write: Callable[..., Path], links: str, key: str, says: str
) -> None:
    write(f"{BEFORE}links:\n{links}", f"{SLUG}.yaml")
    with pytest.raises(TenantFileFaultsError) as caught:
        config.load_tenant(project, SLUG)
    (fault,) = caught.value.faults
    assert fault.key == key
    assert fault.message.startswith(says)


def test_a_link_names_both_ends_and_what_it_is_for(
    project: Settings, write: Callable[..., Path]
) -> None:
    write(f"{BEFORE}links:\n{THERE}", f"{SLUG}.yaml")
    (link,) = config.load_tenant(project, SLUG).links
    assert (link.from_, link.to, link.purpose) == ("decidim", "grist", "Publier les données")
