"""A text as the words and telephone numbers in it, wherever it is cut into chunks."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

_WORD = re.compile(r"[^\W_]+")
_PARTED = {code: " " for code in range(128) if not chr(code).isalnum()}
_OPEN = re.compile(r"[\w\\%&#;]*\Z")
"""What may go on in the next chunk: a word, or an escape that stands for one of its letters."""
_ESCAPE = re.compile(r"\\+(?:u([0-9a-f]{4})|[bfnrtv])")
_HALVES = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile(r"[\\%&]")
_GROUPS = re.compile(r"[0-9]+(?:[ ().+/-]{1,3}[0-9]+)*")
_DIALLED = re.compile(r"(?:00)?[0-9]{0,3}0?(?P<own>[0-9]{9})")
_DIGITS = re.compile("[0-9]+")
_SHORTEST_DIALLED, _LONGEST_DIALLED = 9, 15
_TAIL = 64
"""Characters of the longest telephone number with everything between its digits, and some more."""


def plain(text: str) -> str:
    """Without case, accents and other ways to write a letter; each letter for itself."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text).casefold()
    letters = unicodedata.normalize("NFKD", folded)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """Letters and digits that stand together, in plain form."""
    return _words(plain(text))


def _words(text: str) -> list[str]:
    # The same by either way; most of a dump is ASCII, and this one is five times as fast.
    return text.translate(_PARTED).split() if text.isascii() else _WORD.findall(text)


def is_telephone(value: str) -> bool:
    """Whether a value is nothing but a telephone number with at least nine digits."""
    text = plain(value).strip().lstrip("+(")
    digits = "".join(_DIGITS.findall(text))
    return bool(_GROUPS.fullmatch(text) and _DIALLED.fullmatch(digits))


def telephone(value: str) -> str:
    """The last nine digits, which are the same with and without the country's."""
    return "".join(_DIGITS.findall(plain(value)))[-9:]


def runs(text: str) -> set[str]:
    """Digits of a plain text with what stands between the parts of one number, if long enough."""
    return {run for run in _GROUPS.findall(text) if len(run) >= _SHORTEST_DIALLED}


def telephones(run: str) -> Iterator[str]:
    """What may be a telephone number in a run, each as its last nine digits."""
    groups = _DIGITS.findall(run)
    for start in range(len(groups)):
        digits = ""
        for group in groups[start:]:
            digits += group
            if len(digits) > _LONGEST_DIALLED:
                break
            if len(digits) >= _SHORTEST_DIALLED and (match := _DIALLED.fullmatch(digits)):
                yield match["own"]


def unescaped(text: str) -> str:
    """A plain text as it reads once the escapes of JSON, COPY, addresses and HTML are undone."""
    if not _ESCAPED.search(text):
        return text
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else " ", text)
    if _HALVES.search(text):  # JSON writes what is beyond 16 bits as two halves
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return plain(html.unescape(unquote(text)))


class Reader:
    """Reads a text chunk by chunk, as it stands and with its escapes undone.

    `longest` is how many words may belong together: so many less one come again with the next.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._open = ""
        self._before: tuple[list[str], list[str]] = ([], [])
        self._tails = ("", "")

    def read(self, chunk: str) -> Iterator[tuple[list[str], set[str]]]:
        """The words that are whole by now, and the runs in which telephone numbers may stand."""
        text = self._open + plain(chunk)
        end = _open_from(text)
        self._open = text[end:]
        return self._seen(text[:end])

    def rest(self) -> Iterator[tuple[list[str], set[str]]]:
        """What was left open at the end of the text."""
        text, self._open = self._open, ""
        return self._seen(text)

    def _seen(self, text: str) -> Iterator[tuple[list[str], set[str]]]:
        views = text, unescaped(text)
        held = [before + _words(view) for before, view in zip(self._before, views, strict=True)]
        numbers = [tail + view for tail, view in zip(self._tails, views, strict=True)]
        keep = self._longest - 1
        self._before = (held[0][-keep:], held[1][-keep:]) if keep else ([], [])
        self._tails = numbers[0][-_TAIL:], numbers[1][-_TAIL:]
        found = runs(numbers[0])
        yield held[0], found
        if held[1] != held[0] or numbers[1] != numbers[0]:
            yield held[1], runs(numbers[1]) - found


def _open_from(text: str) -> int:
    """Where the part begins that may go on; a search from the left would be slow."""
    end = len(text)
    step = 256
    while True:
        start = max(0, end - step)
        match = _OPEN.search(text, start)
        found = match.start() if match else end
        if found > start or start == 0:
            return found
        step *= 4
