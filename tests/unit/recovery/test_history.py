"""Objects as of a moment, against a bucket that is simulated step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.ports import ObjectVersion
from orchestrator.recovery.history import Choice, as_of, difference
from tests.unit.recovery.store import Store

BEGAN = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
BUCKET = "a-uploads"
GUARD = timedelta(seconds=60)
KEYS = ("a", "b", "c")
# What happens to a bucket: seconds that pass, then a key that is put (a content) or deleted (None).
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 90), st.sampled_from(KEYS), st.none() | st.sampled_from([b"1", b"22"])
    ),
    max_size=14,
)
NAMED = st.frozensets(st.sampled_from(KEYS))
MOMENTS = st.integers(0, 400)


class Bucket:
    """A bucket whose every state is remembered by the second that it began."""

    def __init__(self) -> None:
        self.passed = 0
        self.store = Store(lambda: BEGAN + timedelta(seconds=self.passed))
        self.store.buckets[BUCKET] = {}
        self.states: list[tuple[int, dict[str, bytes]]] = [(0, {})]

    def happens(self, events: list[tuple[int, str, bytes | None]]) -> None:
        for seconds, key, content in events:
            self.passed += seconds
            if content is None:
                self.store.delete(BUCKET, key)
            else:
                self.store.put(BUCKET, key, content)
            self.states.append((self.passed, self.store.content(BUCKET)))

    def state(self, moment: int) -> dict[str, bytes]:
        return [state for at, state in self.states if at <= moment][-1]

    @property
    def versions(self) -> list[ObjectVersion]:
        return list(self.store.versions(BUCKET))

    def chosen(self, moment: int, named: frozenset[str] = frozenset()) -> dict[str, Choice]:
        at = BEGAN + timedelta(seconds=moment)
        found = list(as_of(self.versions, at, GUARD, named))
        assert len({one.key for one in found}) == len(found), "one choice for a key"
        return {one.key: one for one in found}

    def content(self, choice: Choice) -> bytes | None:
        if not choice.version:
            return None
        return self.store.read(BUCKET, choice.key, choice.version)


def after(events: list[tuple[int, str, bytes | None]]) -> Bucket:
    bucket = Bucket()
    bucket.happens(events)
    return bucket


@given(EVENTS, MOMENTS)
def test_without_rows_it_is_what_a_reader_got(
    events: list[tuple[int, str, bytes | None]], moment: int
) -> None:
    bucket = after(events)
    chosen = {key: bucket.content(one) for key, one in bucket.chosen(moment).items()}
    there = {key: content for key, content in chosen.items() if content is not None}
    assert there == bucket.state(moment)
    assert not any(one.late or one.raised for one in bucket.chosen(moment).values())


@given(EVENTS, MOMENTS, NAMED)
def test_what_a_row_names_is_there_whenever_it_can_be(
    events: list[tuple[int, str, bytes | None]], moment: int, named: frozenset[str]
) -> None:
    bucket = after(events)
    state = bucket.state(moment)
    chosen = bucket.chosen(moment, named)
    for key in KEYS:
        found = bucket.content(chosen[key]) if key in chosen else None
        if key in state:
            assert found == state[key], "what was there is what counts"
            continue
        if key not in named:
            assert found is None
            continue
        before = [one for at, state in bucket.states if at <= moment for one in [state.get(key)]]
        hidden = [one for one in before if one is not None]
        if hidden:
            assert found == hidden[-1], "the newest that the mark hides"
            assert chosen[key].raised
            continue
        until = moment + int(GUARD.total_seconds())
        later = [state.get(key) for at, state in bucket.states if moment < at <= until]
        first = next((one for one in later if one is not None), None)
        if first is not None:
            # Several writes of one second: any of them came by then.
            assert found is not None
            assert chosen[key].late
        elif found is not None:
            assert chosen[key].late, "put and deleted again within one second"


@given(EVENTS, MOMENTS, NAMED)
def test_brought_back_the_bucket_is_as_chosen_and_nothing_is_lost(
    events: list[tuple[int, str, bytes | None]], moment: int, named: frozenset[str]
) -> None:
    bucket = after(events)
    before = bucket.versions
    chosen = bucket.chosen(moment, named)
    wanted = {key: bucket.content(one) for key, one in chosen.items() if one.version}
    bucket.passed += 1000
    for _ in range(2):
        needed = difference(chosen.values(), bucket.versions)
        bucket.store.bring(BUCKET, BUCKET, needed.bring, None)
        bucket.store.hide(BUCKET, needed.hide)
        assert bucket.store.content(BUCKET) == wanted
    assert needed.bring == ()
    assert needed.hide == ()
    kept = {(one.key, one.version) for one in bucket.versions}
    assert {(one.key, one.version) for one in before} <= kept


@given(EVENTS, MOMENTS, NAMED, st.integers(0, 3))
def test_cut_off_anywhere_the_rest_is_brought_by_the_next_try(
    events: list[tuple[int, str, bytes | None]], moment: int, named: frozenset[str], cut: int
) -> None:
    bucket = after(events)
    first = bucket.chosen(moment, named)
    wanted = {key: bucket.content(one) for key, one in first.items() if one.version}
    bucket.passed += 1000  # a restoration is never within the guard of its own moment
    needed = difference(first.values(), bucket.versions)
    bucket.store.bring(BUCKET, BUCKET, needed.bring[:cut], None)
    again = bucket.chosen(moment, named)
    assert again == first, "what was brought is of a later time, and changes no choice"
    rest = difference(again.values(), bucket.versions)
    bucket.store.bring(BUCKET, BUCKET, rest.bring, None)
    bucket.store.hide(BUCKET, rest.hide)
    assert bucket.store.content(BUCKET) == wanted


def test_an_object_that_came_20_s_after_its_row() -> None:
    bucket = after([(120, "a", b"1")])
    assert bucket.chosen(100)["a"].version == ""
    found = bucket.chosen(100, frozenset({"a"}))["a"]
    assert (found.late, found.size) == (True, 1)


def test_the_guard_ends_where_it_ends() -> None:
    bucket = after([(160, "a", b"1")])
    assert bucket.chosen(100, frozenset({"a"}))["a"].late
    assert bucket.chosen(99, frozenset({"a"}))["a"].version == ""


def test_of_several_late_ones_the_first_counts() -> None:
    bucket = after([(110, "a", b"1"), (10, "a", b"22")])
    assert bucket.content(bucket.chosen(100, frozenset({"a"}))["a"]) == b"1"


def test_a_version_of_the_moment_itself_was_there() -> None:
    bucket = after([(100, "a", b"1")])
    assert bucket.chosen(100)["a"].version
    assert bucket.chosen(99)["a"].version == ""


def test_the_same_content_is_not_brought_again() -> None:
    bucket = after([(10, "a", b"1"), (100, "a", b"22"), (100, "a", b"1")])
    chosen = bucket.chosen(50)
    assert difference(chosen.values(), bucket.versions).bring == ()
    other = [replace(one, etag="another") if one.newest else one for one in bucket.versions]
    assert difference(chosen.values(), other).bring == (("a", chosen["a"].version),)
