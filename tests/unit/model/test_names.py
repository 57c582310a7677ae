"""Names derived from a tenant's short name."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.model.names import (
    LABEL_LIMIT,
    InstanceNames,
    TenantNames,
    account_of,
    fitted,
    minute_of_hour,
)

SLUGS = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,9}){0,7}", fullmatch=True).filter(
    lambda slug: 3 <= len(slug) <= LABEL_LIMIT
)
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


@given(SLUGS)
def test_every_name_of_an_instance_is_a_label(slug: str) -> None:
    names = InstanceNames(slug, "decidim")
    for name in (names.namespace, names.bucket, names.object_store_identity, names.lease):
        assert len(name) <= LABEL_LIMIT
        assert LABEL.fullmatch(name)


@given(SLUGS, SLUGS)
def test_two_tenants_never_share_a_name(one: str, other: str) -> None:
    if one == other:
        return
    assert InstanceNames(one, "decidim").namespace != InstanceNames(other, "decidim").namespace
    assert InstanceNames(one, "decidim").bucket != InstanceNames(other, "decidim").bucket


def test_a_short_name_stays_as_it_is() -> None:
    names = InstanceNames("saint-martin", "decidim")
    assert names.namespace == "saint-martin-decidim"
    assert names.bucket == "saint-martin-decidim-uploads"
    assert names.instance == "saint-martin/decidim"


def test_a_long_name_ends_in_a_digest_of_all_of_it() -> None:
    one, other = "a" * 70 + "b", "a" * 70 + "c"
    assert fitted(one)[:54] == fitted(other)[:54]
    assert fitted(one) != fitted(other)


def test_secrets_lie_below_the_tenant() -> None:
    names = TenantNames("saint-martin")
    assert names.secrets_mount == "tenants/saint-martin/kv"
    assert names.transit_mount == "tenants/saint-martin/transit"


@given(st.text(min_size=1), st.text(min_size=1))
def test_the_minute_is_stable_and_a_minute(tenant: str, task: str) -> None:
    minute = minute_of_hour(tenant, task)
    assert 0 <= minute < 60
    assert minute == minute_of_hour(tenant, task)


def test_one_account_for_every_spelling_of_an_address() -> None:
    written = "Zo\u00e9.Martin@Essai.example"
    apart = " zoe\u0301.MARTIN@essai.example\n"
    assert account_of(written) == account_of(apart)
    assert re.fullmatch("[0-9a-f]{64}", account_of(written))
    assert account_of(written) != account_of("zoe.martin@essai.example")


@given(SLUGS, SLUGS)
def test_the_people_of_two_tenants_never_meet(one: str, other: str) -> None:
    if one == other:
        return
    account = account_of("a@essai.example")
    here, there = TenantNames(one), TenantNames(other)
    assert here.people_mount != there.people_mount
    assert here.login_provider != there.login_provider
    assert here.login_objects != there.login_objects
    assert here.person_policy != there.person_policy
    assert here.person_entity(account) != there.person_entity(account)
