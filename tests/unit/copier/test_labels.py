"""Names of kept copies sort by time, and tell what they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.copier.labels import Label, parsed

AT = datetime(2026, 11, 26, 1, 59, 0, 120000, tzinfo=UTC)


@pytest.mark.parametrize("of", ["docs/a.grist", "a", "a/b/", "20261126T0159-x/é &+%-v-"])
@pytest.mark.parametrize("version", ["0f3a", "null", "3/L4k-q_J.x"])
@pytest.mark.parametrize("deleted", [True, False])
def test_a_name_is_read_again(of: str, version: str, *, deleted: bool) -> None:
    label = Label(AT, 7, deleted, version.replace("/", "_"))
    assert parsed(label.key(of)) == (of, label)


def test_names_sort_as_their_times() -> None:
    labels = [
        Label(AT + timedelta(seconds=seconds), number, number == 1, version)
        for seconds, number, version in [(0, 0, "z"), (0, 1, "a"), (0, 11, "b"), (1, 0, "0")]
    ]
    assert [one.text for one in labels] == sorted(one.text for one in labels)
    assert labels == sorted(labels)


@pytest.mark.parametrize(
    "key", ["objects/a", "objects/a/x", "objects/a/20261126T015900000000Z-0-q-v", "objects//x"]
)
def test_what_is_no_copy_is_not_taken_for_one(key: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - what it says is for nobody
        parsed(key)
