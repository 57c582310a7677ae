"""What is looked for in a clone, and what lies there where an upload was."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.recovery.columns import Column
from orchestrator.recovery.masked_database import DUMP, MaskedDatabase
from orchestrator.recovery.masking_rules import Rule, Rules
from orchestrator.recovery.placeholders import placeholder
from orchestrator.recovery.probed import probed

TEXT = Column("people", "email")


def asked(*columns: Column, rule: Rule = Rule.MASK) -> tuple[str, ...]:
    of = {(one.table, one.name): rule for one in columns}
    return probed(Rules("masking.csv", of), columns)


@pytest.mark.parametrize("name", ["email", "name", "nickname", "unconfirmed_email", "phone_number"])
def test_addresses_and_names_are_taken_whole(name: str) -> None:
    (statement,) = asked(replace(TEXT, name=name))
    assert f'"{name}"::text AS value FROM "people"' in statement
    assert "regexp" not in statement


@pytest.mark.parametrize("name", ["about", "filename", "rename_count"])
def test_in_other_texts_addresses_and_numbers_are_found(name: str) -> None:
    for one in (replace(TEXT, name=name), Column("people", name, "jsonb", "U")):
        mail, number = asked(one)
        assert f'regexp_matches("{name}"::text, \'(' in mail
        assert "@" in mail
        assert "@" not in number


def test_what_is_kept_and_what_is_no_text_tells_nothing() -> None:
    assert asked(TEXT, rule=Rule.KEEP) == ()
    assert asked(Column("people", "id", "int8", "N"), Column("people", "at", "date", "D")) == ()
    assert asked(replace(TEXT, kind="m")) == ()


def test_names_in_a_table_that_is_dropped_are_words_of_the_code() -> None:
    rules = Rules("masking.csv", {("votes", "*"): Rule.DROP})
    columns = [Column("votes", "name"), Column("votes", "email")]
    told = probed(rules, columns)
    assert [one for one in told if 'SELECT "name"' in one] == []
    assert [one for one in told if 'SELECT "email"' in one] != []


@pytest.mark.parametrize(
    ("kind", "begin"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n"),
        ("IMAGE/GIF; x=y", b"GIF89a"),
        ("application/pdf", b"%PDF-"),
        ("application/zip", b"PK\x05\x06"),
        ("image/svg+xml", b"<svg "),
        ("text/plain", b"\n"),
        ("", b"\n"),
    ],
)
def test_a_placeholder_is_a_small_file_of_the_type(kind: str, begin: bytes) -> None:
    content = placeholder(kind)
    assert content.startswith(begin)
    assert 0 < len(content) < 400


def test_the_picture_is_whole() -> None:
    content = placeholder("image/png")
    place = 8
    kinds = []
    while place < len(content):
        size = int.from_bytes(content[place : place + 4], "big")
        body = content[place + 4 : place + 8 + size]
        told = int.from_bytes(content[place + 8 + size : place + 12 + size], "big")
        assert zlib.crc32(body) == told
        kinds.append(body[:4])
        place += 12 + size
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


class _Pod:
    """Remembers what is run in it."""

    def __init__(self) -> None:
        self.ran: list[tuple[list[str], str]] = []

    def execute(
        self, _namespace: str, _workload: str, command: Sequence[str], stdin: Any, _timeout: float
    ) -> str:
        self.ran.append((list(command), stdin or ""))
        if command[0] == "pg_dump":
            raise OSError
        return "[]"


def test_no_message_of_server_or_client_tells_a_value() -> None:
    pod = _Pod()
    database = MaskedDatabase(pod, "a--b", "decidim")  # type: ignore[arg-type]
    database.mask(["UPDATE people"])
    ((command, script),) = pod.ran
    assert "VERBOSITY=sqlstate" in command
    assert "UPDATE" not in " ".join(command)
    first, *rest = script.split("\n")
    assert first == "set log_min_messages = panic; set log_min_error_statement = panic;"
    assert rest == ["begin;", "UPDATE people;", "commit;"]


def test_each_cleaning_statement_runs_on_its_own() -> None:
    pod = _Pod()
    MaskedDatabase(pod, "a--b", "decidim").clean()  # type: ignore[arg-type]
    ((_, script),) = pod.ran
    assert "begin" not in script
    assert "VACUUM FULL ANALYZE;" in script


def test_a_dump_that_breaks_off_is_removed() -> None:
    pod = _Pod()
    with pytest.raises(OSError):  # noqa: PT011 - the very one
        list(MaskedDatabase(pod, "a--b", "decidim").dump())  # type: ignore[arg-type]
    assert pod.ran[-1][0] == ["rm", "-f", DUMP]
