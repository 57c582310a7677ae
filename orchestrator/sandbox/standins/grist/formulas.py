"""Formulas of a simple kind: sums of columns and calls of a few functions, never a whole language.

In the product a formula is Python; without a sandbox it is the server's. Nothing of that sort is
run here, but what everybody tries first, listing files, is answered as the product answers it.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many,
}


def _numbers(values: tuple[Any, ...]) -> list[float]:
    flat = [each for one in values for each in (one if isinstance(one, list) else [one])]
    return [each for each in flat if isinstance(each, int | float)]


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": abs,
    "bool": bool,
    "float": float,
    "int": int,
    "len": len,
    "max": max,
    "min": min,
    "round": round,
    "str": str,
    "sum": sum,
    "ROUND": round,
    "LEN": len,
    "ABS": abs,
    "SUM": lambda *values: sum(_numbers(values)),
    "AVERAGE": lambda *values: sum(_numbers(values)) / len(_numbers(values)),
    "MAX": lambda *values: max(_numbers(values)),
    "MIN": lambda *values: min(_numbers(values)),
    "IF": lambda test, yes, no=None: yes if test else no,
    "CONCATENATE": lambda *values: "".join(str(each) for each in values),
    "UPPER": lambda text: str(text).upper(),
    "LOWER": lambda text: str(text).lower(),
}
_METHODS = frozenset({"endswith", "lower", "split", "startswith", "strip", "title", "upper"})
_COLUMN = re.compile(r"\$([A-Za-z_]\w*)")
_LONGEST = 2000
_LONGEST_TEXT = 100_000


def evaluate(formula: str, record: Mapping[str, Any], *, sandboxed: bool) -> Any:
    """The value of a formula in a record; raises whatever Python would raise."""
    if len(formula) > _LONGEST:
        raise SyntaxError("The stand-in knows short formulas only")
    if not formula.strip():
        return None
    *before, last = ast.parse(_COLUMN.sub(r"rec.\1", formula)).body
    modules = {"glob"} if any(_imports_glob(each) for each in before) else set()
    if len(before) != len(modules) or not isinstance(last, ast.Expr | ast.Return):
        raise SyntaxError("The stand-in knows formulas of one expression only")
    worker = _Worker(record, modules, sandboxed=sandboxed)
    return worker.value(last.value) if last.value is not None else None


def _imports_glob(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import) and [each.name for each in statement.names] == ["glob"]


class _Worker:
    def __init__(self, record: Mapping[str, Any], modules: set[str], *, sandboxed: bool) -> None:
        self._record = record
        self._modules = modules
        self._sandboxed = sandboxed

    def value(self, node: ast.expr) -> Any:
        """The value of an expression."""
        handler = getattr(self, f"_{type(node).__name__.lower()}", None)
        if handler is None:
            raise SyntaxError("The stand-in does not know this kind of formula")
        return handler(node)

    def _constant(self, node: ast.Constant) -> Any:
        return node.value

    def _name(self, node: ast.Name) -> Any:
        raise NameError(f"name '{node.id}' is not defined")  # noqa: EM102

    def _attribute(self, node: ast.Attribute) -> Any:
        if not isinstance(node.value, ast.Name) or node.value.id != "rec":
            raise AttributeError(node.attr)
        if node.attr not in self._record:
            raise AttributeError(f"Table has no column '{node.attr}'")  # noqa: EM102
        return self._record[node.attr]

    def _list(self, node: ast.List) -> list[Any]:
        return [self.value(each) for each in node.elts]

    def _ifexp(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def _boolop(self, node: ast.BoolOp) -> Any:
        wanted = isinstance(node.op, ast.Or)
        found: Any = None
        for each in node.values:
            found = self.value(each)
            if bool(found) is wanted:
                break
        return found

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        return _OPERATORS[type(node.op)](self.value(node.operand))

    def _binop(self, node: ast.BinOp) -> Any:
        one, other = self.value(node.left), self.value(node.right)
        # Of texts, these two could become as long as the memory.
        risky = isinstance(node.op, ast.Mult | ast.Mod) and not _all_numbers(one, other)
        if risky or type(node.op) not in _OPERATORS:
            raise TypeError("unsupported operand type(s)")
        return _short(_OPERATORS[type(node.op)](one, other))

    def _compare(self, node: ast.Compare) -> bool:
        left = self.value(node.left)
        for kind, each in zip(node.ops, node.comparators, strict=True):
            right = self.value(each)
            if not _OPERATORS[type(kind)](left, right):
                return False
            left = right
        return True

    def _call(self, node: ast.Call) -> Any:
        values = [self.value(each) for each in node.args]
        match node.func:
            case ast.Name(id=name) if name in _FUNCTIONS:
                return _short(_FUNCTIONS[name](*values))
            case ast.Name(id=name):
                raise NameError(f"name '{name}' is not defined")  # noqa: EM102
            case ast.Attribute(value=ast.Name(id="glob"), attr="glob") if "glob" in self._modules:
                return self._listed(str(values[0]))
            case ast.Attribute(value=owner, attr=method) if method in _METHODS:
                return _short(getattr(str(self.value(owner)), method)(*values))
            case _:
                raise SyntaxError("The stand-in does not know this function")

    def _listed(self, pattern: str) -> list[str]:
        """Names of the server's files, which a sandbox does not have."""
        if self._sandboxed:
            return []
        return sorted(str(path) for path in Path("/").glob(pattern.lstrip("/")))


def _all_numbers(*values: Any) -> bool:
    return all(isinstance(each, int | float) for each in values)


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        raise MemoryError
    return value
