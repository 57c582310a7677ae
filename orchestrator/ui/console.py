"""The terminal: results on stdout, everything said to people on stderr.

There is no method that reads markup: text from outside is shown as it is, square brackets and all,
and control characters in it are made visible, so that no name or log line can move the cursor.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from rich.console import Console as RichConsole
from rich.text import Text

PIPED_WIDTH = 10_000
_CONTROLS = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code not in (9, 10)
}


def clean(text: str) -> str:
    """The text with control characters written out; new lines and tabs stay."""
    return text.translate(_CONTROLS)


@dataclass(frozen=True)
class Manner:
    """How the person wants to be spoken to.

    `verbosity` is -1 quiet, 0 normal, 1 with tool commands, 2 with all that tools say; `plain`
    asks for one record a line and no moving lines; `automated` leaves next steps out.
    """

    verbosity: int = 0
    json: bool = False
    colour: bool = True
    plain: bool = False
    ask: bool = True
    automated: bool = False
    language: str = "en"


class Console:
    """Two streams with their rules."""

    def __init__(
        self,
        manner: Manner,
        *,
        out: TextIO | None = None,
        err: TextIO | None = None,
        width: int | None = None,
        terminal: bool | None = None,
    ) -> None:
        self.manner = manner
        self._out = _stream(out or sys.stdout, manner, width, terminal=terminal)
        self._err = _stream(err or sys.stderr, manner, width, terminal=terminal)

    @property
    def tabular(self) -> bool:
        """Whether results are laid out for eyes; else they are separated by tabs."""
        return self._out.is_terminal and not self.manner.plain

    @property
    def moving(self) -> bool:
        """Whether a line of progress may be redrawn."""
        return self._err.is_terminal and self._err.is_interactive and not self.manner.plain

    @property
    def people(self) -> RichConsole:
        """The stream for people, for what moves on it."""
        return self._err

    @property
    def someone_there(self) -> bool:
        """Whether a question would reach a person who can answer."""
        return (
            self.manner.ask
            and not os.environ.get("CI")
            and os.environ.get("TERM") != "dumb"
            and sys.stdin.isatty()
            and self._err.is_terminal
        )

    def result(self, text: str | Text) -> None:
        """Show a part of the result, on stdout."""
        _show(self._out, text)

    def record(self, cells: Sequence[str]) -> None:
        """Show one row for programs, on stdout: cells separated by tabs, nothing added."""
        row = "\t".join(clean(cell).replace("\t", " ").replace("\n", " ") for cell in cells)
        self._out.file.write(row + "\n")

    def document(self, body: Mapping[str, Any]) -> None:
        """Show the one JSON document that is the result."""
        self._out.file.write(json.dumps(body, indent=2, ensure_ascii=False) + "\n")

    def page(self, text: str) -> None:
        """Show a whole page as it is, on stdout; control characters are written out."""
        self._out.file.write(clean(text))

    def line(self, body: Mapping[str, Any]) -> None:
        """Show one JSON line of a stream of them, at once."""
        self._out.file.write(json.dumps(body, ensure_ascii=False) + "\n")
        self._out.file.flush()

    def say(self, text: str | Text) -> None:
        """Tell people, unless they want silence or a program listens (`--json`)."""
        if self.manner.verbosity >= 0 and not self.manner.json:
            _show(self._err, text)

    def whisper(self, text: str | Text) -> None:
        """Tell those who asked for more (`-v`)."""
        if self.manner.verbosity >= 1 and not self.manner.json:
            _show(self._err, text)

    def insist(self, text: str | Text) -> None:
        """Tell people whatever they wish: errors and questions."""
        _show(self._err, text)

    def insist_line(self, body: Mapping[str, Any]) -> None:
        """Tell a program, on stderr, in one line of JSON."""
        self._err.file.write(json.dumps(body, ensure_ascii=False) + "\n")

    def ask(self, question: str) -> str:
        """Ask on stderr and read one line; the empty string at the end of input."""
        self._err.file.write(clean(question) + " ")
        self._err.file.flush()
        return sys.stdin.readline().strip()


def _stream(
    file: TextIO, manner: Manner, width: int | None, *, terminal: bool | None
) -> RichConsole:
    seen_as = terminal if terminal is not None else None
    console = RichConsole(
        file=file,
        width=width,
        force_terminal=seen_as,
        color_system="auto" if manner.colour else None,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=True,
    )
    if width is None and not console.is_terminal:
        console.width = PIPED_WIDTH
    return console


def _show(console: RichConsole, text: str | Text) -> None:
    body = _cleaned(text) if isinstance(text, Text) else Text(clean(text))
    console.print(body, soft_wrap=True)


def _cleaned(text: Text) -> Text:
    if clean(text.plain) == text.plain:
        return text
    pieces = Text()
    for piece in text.divide(range(1, len(text.plain))):
        style = piece.spans[0].style if piece.spans else piece.style
        pieces.append(clean(piece.plain), style=style)
    return pieces
