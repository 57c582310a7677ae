"""The full reader: YAML to data that remembers its lines, and every trap by its name.

It walks over the events of ruamel.yaml instead of using its constructor, because what we refuse
(anchors, tags, duplicate keys, depth) is visible there before anything is built from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from orchestrator.errors.config import Fault
from orchestrator.reading.places import DEPTH_LIMIT, Mark, Path, Tree, dotted
from orchestrator.reading.scalars import plain, trap


def read(text: str, name: str) -> Tree:
    """Read one document; a fault leaves the rest standing where that is possible."""
    tree = Tree()
    try:
        _Walk(tree, name, iter(YAML(typ="safe", pure=True).parse(text))).document()
    except MarkedYAMLError as error:
        tree.faults.append(_syntax(error, name))
    except YAMLError as error:
        tree.faults.append(Fault(name, 0, "", f"is not YAML: {str(error).splitlines()[0]}"))
    except _TooDeepError as error:
        message = f"is nested deeper than {DEPTH_LIMIT} levels"
        tree.faults.append(Fault(name, error.line, "", message))
    return tree


class _TooDeepError(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Walk:
    """One pass over the events."""

    def __init__(self, tree: Tree, name: str, events: Iterator[Any]) -> None:
        self.tree = tree
        self.name = name
        self.events = events
        self.documents = 0

    def document(self) -> None:
        """The first document; more than one is a fault."""
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    self._fault(event, (), "begins a second document: one file, one document")
                    self.tree.data = None
                    return
                if event.version or event.tags:
                    self._fault(event, (), "`%` directives are not read: remove them")
            elif isinstance(event, MappingStartEvent | SequenceStartEvent | ScalarEvent):
                self.tree.data = self._node(event, ())
            elif isinstance(event, AliasEvent):
                self._node(event, ())

    def _node(self, event: Any, path: Path) -> Any:
        if len(path) >= DEPTH_LIMIT:
            raise _TooDeepError(_line(event))
        self.tree.marks.setdefault(path, Mark(_line(event), getattr(event, "value", "") or ""))
        if isinstance(event, AliasEvent):
            self._fault(event, path, f"`*{event.anchor}` repeats another part: write it out")
            return None
        if event.anchor:
            self._fault(event, path, f"the anchor `&{event.anchor}` is not read: write parts out")
        if event.tag and str(event.tag) != "!":
            self._fault(event, path, f"the tag `{event.tag}` is not read: remove it")
        if isinstance(event, MappingStartEvent):
            return self._map(path)
        if isinstance(event, SequenceStartEvent):
            return self._list(path)
        return self._scalar(event, path)

    def _map(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                self._fault(event, path, "a key must be one word")
                self._node(event, (*path, "?"))
                self._node(next(self.events), (*path, "?"))
                continue
            key, below = event.value, (*path, event.value)
            if key in found:
                first = self.tree.marks[below].line
                self._fault(event, below, f"stands here a second time, first on line {first}")
                self._node(next(self.events), (*path, f"{key}?"))
                continue
            if event.anchor or (event.tag and str(event.tag) != "!"):
                self._fault(event, below, "anchors and tags are not read: remove it")
            value = next(self.events)
            self.tree.marks[below] = Mark(_line(event), getattr(value, "value", "") or "")
            found[key] = self._node(value, below)
        return found

    def _list(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            found.append(self._node(event, (*path, len(found))))
        return found

    def _scalar(self, event: Any, path: Path) -> Any:
        if event.style in ("'", '"', "|", ">"):
            return event.value
        if reason := trap(event.value):
            self._fault(event, path, reason)
            return event.value
        return plain(event.value)

    def _fault(self, event: Any, path: Path, message: str) -> None:
        self.tree.faults.append(Fault(self.name, _line(event), dotted(path), message))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _syntax(error: MarkedYAMLError, name: str) -> Fault:
    mark = error.problem_mark or error.context_mark
    problem = (error.problem or error.context or "cannot be read").strip()
    if "\\t" in problem:
        problem = "a tab stands where only spaces may: use spaces"
    elif "mapping values are not allowed" in problem:
        problem = "a second `: ` stands in the line: put the text in quotes"
    return Fault(name, mark.line + 1 if mark else 0, "", f"is not YAML: {problem}")
