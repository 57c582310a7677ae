"""A plan as people read it: risk first, what stays as it is counted and not listed."""

from __future__ import annotations

from collections import Counter

from rich.text import Text

from orchestrator.model.change import Change, Operation, Plan, Risk

_MARKS = {
    Operation.REPLACE: ("!", "bold red"),
    Operation.DELETE: ("-", "red"),
    Operation.UPDATE: ("~", "yellow"),
    Operation.CREATE: ("+", "green"),
    Operation.RUN: (">", "cyan"),
}
_ORDER = tuple(_MARKS)
_RISKS = {
    Risk.INTERRUPTS: "This interrupts the service.",
    Risk.DESTROYS: "This destroys data.",
}


def view(plan: Plan, *, fields: bool = False) -> Text:
    """The whole plan; with `fields`, the paths that differ below each change."""
    text = Text()
    if plan.risk is Risk.DESTROYS:
        text.append("DANGER: this plan destroys data\n\n", style="bold red")
    text.append(f"Plan for {_kind(plan)} {plan.subject} · {plan.verb} · plan {plan.digest[:6]}\n\n")
    for number, instance in enumerate(_instances(plan)):
        if instance:
            text.append("\n" if number else "")
            text.append(f"{instance}\n", style="bold")
        changes = [change for change in plan.changes if change.instance == instance]
        for change in sorted(changes, key=lambda change: -change.risk):
            _one(text, change, _widest(plan), fields=fields)
    if plan.changes:
        text.append("\n")
    text.append(f"  {_count(plan)}")
    if plan.unknown:
        text.append(
            f"\n  Not looked at yet: {', '.join(plan.unknown)} "
            "(an earlier step makes what they look at)"
        )
    if plan.risk in _RISKS:
        text.append(f"\n  {_RISKS[plan.risk]}", style="bold")
    return text


def _kind(plan: Plan) -> str:
    return "instance" if "/" in plan.subject else "tenant"


def _instances(plan: Plan) -> tuple[str, ...]:
    """Those that change, in the plan's order; a plan of one instance does not name it."""
    return tuple(dict.fromkeys(change.instance for change in plan.changes))


def _widest(plan: Plan) -> int:
    return max(len(change.target) for change in plan.changes)


def _one(text: Text, change: Change, width: int, *, fields: bool) -> None:
    mark, style = _MARKS[change.operation]
    text.append(f"  {mark} {change.operation.value:<7}", style=style)
    detail = change.detail
    if change.fields and not fields:
        count = f"{len(change.fields)} field{'' if len(change.fields) == 1 else 's'}"
        detail = f"{detail}, {count}" if detail else count
    text.append(f"  {change.target:<{width}}  {detail}".rstrip() + "\n")
    if fields:
        for path in change.fields:
            text.append(f"              {path}\n", style="dim")


def _count(plan: Plan) -> str:
    if not plan.changes:
        return f"Nothing to change: {plan.unchanged} unchanged"
    counts = Counter(change.operation for change in plan.changes)
    parts = [f"{counts[operation]} to {operation.value}" for operation in _ORDER]
    told = [part for part in parts if not part.startswith("0 ")]
    kept = [f"{plan.unchanged} unchanged"] if plan.unchanged else []
    return ", ".join([*told, *kept])
