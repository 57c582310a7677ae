"""The list of rules: every fault at once with its line, and the one that is shipped."""

from __future__ import annotations

import re

import pytest

from orchestrator.errors.masking import MaskingFileFaultsError
from orchestrator.products import registry
from orchestrator.recovery.masking_rules import Rule, parse
from orchestrator.sandbox.standins.decidim import migrate
from orchestrator.sandbox.standins.decidim.schema import MIGRATIONS

FILE = "masking.csv"
SHIPPED = registry.folders()["decidim"] / FILE
HEADER = "table,column,rule,why\n"
TABLE = re.compile(
    r"CREATE TABLE (?:IF NOT EXISTS )?(\w+) \((.*?)\);?\s*(?=CREATE|INSERT|\Z)", re.S
)
ADDED = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+)")
NO_COLUMN = {"UNIQUE", "PRIMARY", "CONSTRAINT", "CHECK", "FOREIGN"}


def made() -> set[tuple[str, str]]:
    """Every column that the stand-in's migrations make."""
    found: set[tuple[str, str]] = set()
    for sql in (migrate._BOOK, migrate._DATA_BOOK, *(one.sql for one in MIGRATIONS)):
        found |= set(ADDED.findall(sql))
        for table, body in TABLE.findall(sql):
            parts = re.split(r",(?![^(]*\))", body)
            names = [part.split()[0] for part in parts]
            found |= {(table, name) for name in names if name not in NO_COLUMN}
    return found


def test_the_migrations_are_read_whole() -> None:
    columns = made()
    assert len({table for table, _ in columns}) == 19
    assert ("decidim_users", "api_key") in columns
    assert ("data_migrations", "version") in columns
    assert ("decidim_organizations", "omnipresent_banner_short_description") in columns


def test_every_column_of_the_stand_in_is_listed() -> None:
    rules = parse(SHIPPED.read_text("utf-8"), FILE)
    assert [column for column in sorted(made()) if rules.rule(*column) is None] == []


@pytest.mark.parametrize(
    "column",
    [
        "decidim_organizations.smtp_settings",
        "decidim_organizations.omniauth_settings",
        "decidim_organizations.secondary_hosts",
        "decidim_users.encrypted_password",
        "decidim_users.invitation_token",
        "decidim_users.api_key",
        "decidim_users.extended_data",
        "decidim_users.current_sign_in_ip",
        "decidim_authorizations.metadata",
        "decidim_proposals_proposal_votes.decidim_author_id",
        "decidim_meetings_registrations.decidim_user_id",
        "versions.object_changes",
    ],
)
def test_what_opens_or_joins_the_live_site_is_dropped(column: str) -> None:
    rules = parse(SHIPPED.read_text("utf-8"), FILE)
    table, _, name = column.partition(".")
    assert rules.rule(table, name) is Rule.DROP


def test_every_fault_is_told_at_once_with_its_line() -> None:
    text = HEADER + (
        "a,id,keep,Key\n"
        "a,mail,maks,Address\n"
        "a,id,drop,Key\n"
        "\n"
        "a,name,mask,\n"
        "b,*,mask,Votes\n"
        "c,*,drop,Votes\n"
        "c,id,keep,Key\n"
        "d,id,keep\n"
        ",id,keep,Key\n"
    )
    with pytest.raises(MaskingFileFaultsError) as caught:
        parse(text, FILE)
    told = [(fault.line, fault.key, fault.sentence) for fault in caught.value.faults]
    assert told == [
        (3, "a.mail", "must be keep, mask, drop, not `maks`, did you mean `mask`?"),
        (4, "a.id", "is listed already in line 2"),
        (6, "a.name", "needs a reason"),
        (7, "b.*", "a whole table can only be dropped"),
        (9, "c.id", "is of a table that is dropped as a whole"),
        (10, "", "must have 4 values, not 3"),
        (11, ".id", "needs a table and a column"),
    ]


def test_a_list_begins_with_its_header() -> None:
    with pytest.raises(MaskingFileFaultsError, match="1 fault"):
        parse("a,id,keep,Key\n", FILE)


def test_what_is_not_listed_has_no_rule() -> None:
    rules = parse(HEADER + "a,id,keep,Key\nb,*,drop,Votes\n", FILE)
    assert rules.rule("a", "id") is Rule.KEEP
    assert rules.rule("a", "name") is None
    assert rules.rule("b", "anything") is Rule.DROP
    assert rules.rule("c", "id") is None
