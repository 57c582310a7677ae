"""What belongs to a moment, against a bucket that is only a list of what happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.ports import ObjectVersion
from orchestrator.recovery.history import Choice, as_of, difference

START = datetime(2026, 3, 1, tzinfo=UTC)
KEYS = ("a", "b", "c", "d")
GUARD = 5


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


@dataclass(frozen=True)
class Event:
    """At a second, an object gets a content, or None: is deleted."""

    second: int
    key: str
    content: str | None


class Bucket:
    """A versioned bucket, in the simplest way."""

    def __init__(self, events: Iterable[Event] = (), name: str = "v") -> None:
        self.events = list(events)
        self.name = name

    def state(self, second: int | None = None) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for event in self.events:
            if second is not None and event.second > second:
                break
            found.pop(event.key, None)
            if event.content is not None:
                found[event.key] = event.content
        return found

    def versions(self) -> Iterator[ObjectVersion]:
        for key in sorted({event.key for event in self.events}):
            several = [
                (number, event) for number, event in enumerate(self.events) if event.key == key
            ]
            for place, (number, event) in enumerate(reversed(several)):
                yield ObjectVersion(
                    key=key,
                    version=f"{self.name}{number}",
                    written=at(event.second),
                    size=len(event.content or ""),
                    etag=f"etag of {event.content}" if event.content is not None else "",
                    marker=event.content is None,
                    newest=place == 0,
                )

    def content(self, version: str) -> str | None:
        return self.events[int(version.removeprefix(self.name))].content

    def apply(self, bring: Iterable[tuple[str, str | None]], hide: Iterable[str]) -> None:
        self.events += [Event(10_000, key, content) for key, content in bring]
        self.events += [Event(10_000, key, None) for key in hide]


histories = st.lists(
    st.builds(
        Event,
        second=st.integers(0, 30),
        key=st.sampled_from(KEYS),
        content=st.one_of(st.none(), st.sampled_from(["x", "y", "zz"])),
    ),
    max_size=40,
).map(lambda events: sorted(events, key=lambda event: event.second))
seconds = st.integers(-1, 32)
names = st.sets(st.sampled_from([*KEYS, "never"]))


def chosen(bucket: Bucket, second: int, needed: Iterable[str]) -> dict[str, Choice]:
    found = list(as_of(bucket.versions(), at(second), timedelta(seconds=GUARD), set(needed)))
    assert len({choice.key for choice in found}) == len(found)
    return {choice.key: choice for choice in found}


def wanted(bucket: Bucket, second: int, key: str) -> tuple[str | None, bool, bool]:
    """What a needed object should be, by going through what happened: content, late, raised."""
    content, deleted = None, False
    for event in bucket.events:
        if event.key != key:
            continue
        if event.second <= second:
            content, deleted = event.content or content, event.content is None
        elif content is None and event.content is not None and event.second <= second + GUARD:
            return event.content, True, False
    return content, False, content is not None and deleted


@given(histories, seconds)
def test_without_rows_it_is_the_state_of_the_moment(events: list[Event], second: int) -> None:
    bucket = Bucket(events)
    found = chosen(bucket, second, ())
    state = {key: bucket.content(choice.version or "") for key, choice in found.items()}
    assert state == bucket.state(second)
    assert not any(choice.late or choice.raised for choice in found.values())


@given(histories, seconds, names)
def test_rows_find_what_is_late_or_deleted(
    events: list[Event], second: int, needed: set[str]
) -> None:
    bucket = Bucket(events)
    found = chosen(bucket, second, needed)
    for key in needed:
        choice = found[key]
        content = bucket.content(choice.version) if choice.version else None
        assert (content, choice.late, choice.raised) == wanted(bucket, second, key)
        if choice.version:
            assert choice.written is not None
            assert choice.written <= at(second + GUARD)
            assert (choice.size, choice.etag) == (len(content or ""), f"etag of {content}")
    others = {key for key in found if key not in needed}
    assert others == set(bucket.state(second)) - needed


@given(histories, seconds, names, st.sampled_from(["here", "elsewhere"]))
def test_a_bucket_becomes_as_it_was_and_nothing_right_is_touched(
    events: list[Event], second: int, needed: set[str], where: str
) -> None:
    source = Bucket(events)
    target = (
        Bucket([Event(0, "a", "x"), Event(0, "other", "x")], "w")
        if where == "elsewhere"
        else source
    )
    found = chosen(source, second, needed)
    before = target.state()
    todo = difference(found.values(), target.versions())
    for key, version in todo.bring:
        assert before.get(key) != source.content(version)
    target.apply([(key, source.content(version)) for key, version in todo.bring], todo.hide)
    after = target.state()
    goal = {key: source.content(one.version) for key, one in found.items() if one.version}
    lost = {key for key, one in found.items() if one.version is None}
    assert {key: after[key] for key in after if key not in lost} == goal
    assert {key: after.get(key) for key in lost} == {key: before.get(key) for key in lost}
    assert todo.right == len(goal) - len(todo.bring)
    again = difference(found.values(), target.versions())
    assert (again.bring, again.hide, again.right) == ((), (), len(goal))


@pytest.mark.parametrize(
    ("events", "second", "expected"),
    [
        ([(1, "x"), (5, "y")], 5, ("y", False, False)),
        ([(1, "x"), (5, "y")], 4, ("x", False, False)),
        ([(6, "x"), (7, "y")], 5, ("x", True, False)),
        ([(5 + GUARD, "x")], 5, ("x", True, False)),
        ([(6 + GUARD, "x")], 5, (None, False, False)),
        ([(1, "x"), (3, None), (6, "y")], 5, ("x", False, True)),
        ([(1, "x"), (3, None), (4, None)], 5, ("x", False, True)),
        ([(1, "x"), (6, None)], 5, ("x", False, False)),
        ([(3, None), (6, "y")], 5, ("y", True, False)),
        ([(6, None), (7, "y")], 5, ("y", True, False)),
        ([], 5, (None, False, False)),
    ],
)
def test_a_row_names_it(
    events: list[tuple[int, str | None]], second: int, expected: tuple[str | None, bool, bool]
) -> None:
    bucket = Bucket([Event(when, "a", content) for when, content in events])
    choice = chosen(bucket, second, {"a"})["a"]
    content = bucket.content(choice.version) if choice.version else None
    assert (content, choice.late, choice.raised) == expected
    assert wanted(bucket, second, "a") == expected


def test_objects_without_versions_are_compared_by_content() -> None:
    bucket = Bucket([Event(1, "a", "x")])
    (then,) = (replace(one, version="null") for one in bucket.versions())
    choices = list(as_of([then], at(2), timedelta(), ()))
    assert difference(choices, [then]).right == 1
    now = replace(then, etag="etag of y")
    assert difference(choices, [now]).bring == (("a", "null"),)
