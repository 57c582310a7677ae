"""The time zone of an instance: any of the IANA database, and nothing else of its folder."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from orchestrator.model.instance import TimeZone
from orchestrator.model.part import Part
from orchestrator.model.platform import Platform
from orchestrator.model.tenant import Tenant
from orchestrator.products.decidim.instance import Decidim, Features

ZONES = TypeAdapter(TimeZone)


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Argentina/Buenos_Aires", "UTC"])
def test_zones(zone: str) -> None:
    assert ZONES.validate_python(zone) == zone


@pytest.mark.parametrize(
    "word", ["", "Paris", "Europe", "posix/Europe/Paris", "localtime", "../../etc/passwd", "a\0b"]
)
def test_no_zones(word: str) -> None:
    with pytest.raises(ValidationError, match="IANA"):
        ZONES.validate_python(word)


def test_defaults_that_are_parts_are_what_their_reader_would_make() -> None:
    for model in (Decidim, Features, Platform, Tenant):
        for name, field in model.model_fields.items():
            if isinstance(field.default, Part):
                assert field.default == type(field.default).model_validate({}), name
