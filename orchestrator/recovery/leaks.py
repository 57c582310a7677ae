"""Whether anything of the people of a live site is left in a copy.

`probes` remembers a sample of their addresses, names and telephone numbers; `leaks` looks for them
in the copy's dump and objects. What is remembered are salted hashes of words without case and
accents, for as long as the process lives: no list of people lies about anywhere.

Words are what counts, not what stands between them: `Jean.Dupont@Ville.fr` is found in
`jean dupont, ville.fr`, and within JSON, COPY, addresses of pages and HTML. What is compressed or
encoded as a whole (base64, hexadecimal) must be decoded first.
"""

from __future__ import annotations

import secrets
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b
from random import Random

from orchestrator.recovery.words import Reader, is_telephone, telephone, telephones, words

_SHORTEST = 5
"""Letters of a value of a single word: shorter ones stand in any text."""


class Kind(StrEnum):
    """What a probe was made from."""

    MAIL = "mail address"
    NAME = "name"
    TELEPHONE = "telephone number"


@dataclass(frozen=True)
class Probe:
    """One value as hashes: of its first word and of all; `words` is how many it has."""

    kind: Kind
    whole: bytes
    first: bytes
    words: int


@dataclass(frozen=True)
class Probes:
    """A sample. `passed_over` values were too short to be told from any other text."""

    sample: tuple[Probe, ...]
    passed_over: int
    salt: bytes = field(repr=False)

    def __len__(self) -> int:
        return len(self.sample)


@dataclass(frozen=True)
class Leak:
    """A probe that was found: in which chunk its end stood first, counted from 0."""

    kind: Kind
    chunk: int


def probes(
    values: Iterable[str], count: int = 1000, *, seed: int, public: Iterable[str] = ()
) -> Probes:
    """Sample `count` different values, each kind with its share as far as it goes.

    `public` is what stays in a copy on purpose, such as the town's name; values found in it are
    passed over. The same seed and values give the same sample, whatever the salt.
    """
    salt = secrets.token_bytes(16)
    chance = Random(seed)  # noqa: S311 - which are taken is no secret
    drawn: dict[Kind, list[Probe]] = {kind: [] for kind in Kind}
    seen: dict[Kind, set[bytes]] = {kind: set() for kind in Kind}
    passed_over = 0
    for value in values:
        probe = _probe(value, salt)
        if probe is None:
            passed_over += bool(value.strip())
        elif probe.whole not in seen[probe.kind]:
            seen[probe.kind].add(probe.whole)
            _draw(drawn[probe.kind], probe, len(seen[probe.kind]), count, chance)
    known = Probes(tuple(one for kind in Kind for one in drawn[kind]), passed_over, salt)
    stays = {one.whole for one, _ in _found(public, known)}
    for kind, held in drawn.items():
        drawn[kind] = [one for one in held if one.whole not in stays]
    return replace(known, sample=_shared(drawn, count), passed_over=passed_over + len(stays))


def leaks(chunks: Iterable[str], looked_for: Probes) -> list[Leak]:
    """Every probe that stands in a text, the earliest first, wherever the text is cut."""
    return [Leak(one.kind, chunk) for one, chunk in _found(chunks, looked_for)]


def decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """Bytes as text, wherever they are cut; what is no UTF-8 parts words."""
    reader = getincrementaldecoder("utf-8")("replace")
    for chunk in chunks:
        yield reader.decode(chunk)
    yield reader.decode(b"", final=True)


def _draw(held: list[Probe], probe: Probe, seen: int, count: int, chance: Random) -> None:
    """Each of those seen so far is held with the same probability."""
    if len(held) < count:
        held.append(probe)
    elif (place := chance.randrange(seen)) < count:
        held[place] = probe


def _shared(drawn: Mapping[Kind, list[Probe]], count: int) -> tuple[Probe, ...]:
    left = {kind: list(held) for kind, held in drawn.items()}
    taken: list[Probe] = []
    while len(taken) < count and any(left.values()):
        taken += [held.pop(0) for held in left.values() if held]
    return tuple(taken[:count])


def _probe(value: str, salt: bytes) -> Probe | None:
    digest = _digester(salt)
    if is_telephone(value):
        whole = digest(telephone(value))
        return Probe(Kind.TELEPHONE, whole, whole, 1)
    held = words(value)
    if not held or (len(held) == 1 and len(held[0]) < _SHORTEST):
        return None
    kind = Kind.MAIL if "@" in value else Kind.NAME
    return Probe(kind, digest(" ".join(held)), digest(held[0]), len(held))


def _found(chunks: Iterable[str], looked_for: Probes) -> list[tuple[Probe, int]]:
    digest = _digester(looked_for.salt)
    numbers = {one.whole: one for one in looked_for.sample if one.kind is Kind.TELEPHONE}
    texts = {one.whole: one for one in looked_for.sample if one.kind is not Kind.TELEPHONE}
    lengths: dict[bytes, set[int]] = {}
    for one in texts.values():
        lengths.setdefault(one.first, set()).add(one.words)
    found: dict[bytes, tuple[Probe, int]] = {}
    for chunk, held, digits in _pieces(
        chunks, max((one.words for one in texts.values()), default=1)
    ):
        for whole in _wholes(held, digest, lengths):
            if whole in texts:
                found.setdefault(whole, (texts[whole], chunk))
        dialled = {one for run in digits for one in telephones(run)} if numbers else ()
        for whole in map(digest, dialled):
            if whole in numbers:
                found.setdefault(whole, (numbers[whole], chunk))
    return sorted(found.values(), key=lambda one: one[1])


def _pieces(chunks: Iterable[str], longest: int) -> Iterator[tuple[int, list[str], set[str]]]:
    reader = Reader(longest)
    number = 0
    for number, chunk in enumerate(chunks):
        yield from ((number, *piece) for piece in reader.read(chunk))
    yield from ((number, *piece) for piece in reader.rest())


def _wholes(
    held: list[str], digest: Callable[[str], bytes], lengths: Mapping[bytes, set[int]]
) -> Iterator[bytes]:
    """Hashes of the words that may be a probe: only where one begins with the same word."""
    begins = {word: lengths[key] for word in set(held) if (key := digest(word)) in lengths}
    if begins:
        for place, word in enumerate(held):
            for length in begins.get(word, ()):
                if place + length <= len(held):
                    yield digest(" ".join(held[place : place + length]))


def _digester(salt: bytes) -> Callable[[str], bytes]:
    return lambda text: blake2b(text.encode("utf-8", "replace"), digest_size=16, key=salt).digest()
