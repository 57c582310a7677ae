"""Where ports meet their adapters: the only layer that knows both.

Everything is imported when it is asked for, so that a command pays for what it uses alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.engine.events import Listener
    from orchestrator.engine.stop import StopRequest
    from orchestrator.flows.steps.base_backup import Take
    from orchestrator.model.check import Check
    from orchestrator.model.erasure import Entry
    from orchestrator.model.point import RecoveryPoint
    from orchestrator.model.restoration import Wish
    from orchestrator.model.run import Run
    from orchestrator.model.standing import Standing
    from orchestrator.model.tenant import Tenant
    from orchestrator.recovery.evidence import Line
    from orchestrator.recovery.opening import KeysOf
    from orchestrator.recovery.points import Listed
    from orchestrator.recovery.proof import Proof
    from orchestrator.recovery.retention import Item
    from orchestrator.report.drills import DrillReport
    from orchestrator.sandbox.sandbox import Sandbox
    from orchestrator.settings import Settings
    from orchestrator.tools.acts import FileActs
    from orchestrator.wiring.case import Case
    from orchestrator.wiring.copies import Copy
    from orchestrator.wiring.drilling import Choice, Drilled
    from orchestrator.wiring.undertaking import Undertaking


def sandbox(settings: Settings, name: str) -> Sandbox:
    """The sandbox of that name on this machine."""
    from orchestrator.wiring.place import sandbox_of

    return sandbox_of(settings, name)


def open_onboarding(settings: Settings, subject: str, listener: Listener) -> Undertaking:
    """The onboarding of a tenant's instances; raises the faults of its files."""
    from orchestrator.wiring.onboarding import opened

    return opened(settings, subject, listener)


def open_backup(
    settings: Settings, subject: str, listener: Listener, take: Take | None
) -> Undertaking:
    """A backup of a tenant's instances now; raises the faults of its files."""
    from orchestrator.wiring.backups import back_up

    return back_up(settings, subject, listener, take)


def open_pruning(settings: Settings, subject: str, listener: Listener) -> Undertaking:
    """What of a tenant's backups has had its time, taken away; raises the faults of its files."""
    from orchestrator.wiring.backups import prune

    return prune(settings, subject, listener)


def open_restoration(settings: Settings, wish: Wish, listener: Listener) -> Undertaking:
    """A restoration of one instance into a copy, or of one or all of a tenant's in their place."""
    from orchestrator.wiring.backups import bring_back
    from orchestrator.wiring.copies import set_beside
    from orchestrator.wiring.together import bring_back as bring_all_back

    if wish.copy:
        return set_beside(settings, wish, listener)
    return (bring_back if "/" in wish.subject else bring_all_back)(settings, wish, listener)


def open_erasure(
    settings: Settings, instance: str, person: str, reference: str, listener: Listener
) -> Undertaking:
    """The erasure of one person from an instance; raises ErasureImpossibleError."""
    from orchestrator.wiring.erasures import erasing

    return erasing(settings, instance, person, reference, listener)


def erased_people(settings: Settings, instance: str) -> tuple[Entry, ...]:
    """Who was erased from an instance, the oldest first; raises ErasuresBrokenError."""
    from orchestrator.wiring.erasures import listed

    return listed(settings, instance)


def open_clone(settings: Settings, wish: Wish, listener: Listener) -> Undertaking:
    """A copy of one instance in which nobody can be recognised."""
    from orchestrator.wiring.clones import opened

    return opened(settings, wish, listener)


def recovery_points(settings: Settings, subject: str) -> dict[str, tuple[Listed, ...]]:
    """The recovery points of a tenant's instances, by the instance, each newest first."""
    from orchestrator.wiring.kept import points

    return points(settings, subject)


def recovery_point(settings: Settings, instance: str, point_id: str) -> RecoveryPoint:
    """One recovery point, believed."""
    from orchestrator.wiring.kept import point

    return point(settings, instance, point_id)


def verified(
    settings: Settings, subject: str, point_id: str, say: Callable[[str], None]
) -> list[Proof]:
    """The newest recovery point of each instance, or a named one, read whole."""
    from orchestrator.wiring import kept

    return kept.verified(settings, subject, point_id, say)


def retention(settings: Settings, subject: str) -> dict[str, tuple[Item, ...]]:
    """What is kept of a tenant's instances, held against what its file promises."""
    from orchestrator.wiring import kept

    return kept.retention(settings, subject)


def open_removal(settings: Settings, instance: str, name: str, listener: Listener) -> Undertaking:
    """The removal of a copy; raises CopyUnknownError."""
    from orchestrator.wiring.copies import removal

    return removal(settings, instance, name, listener)


def standing_copies(settings: Settings, slug: str | None) -> list[Copy]:
    """The copies that stand."""
    from orchestrator.wiring.copies import listed

    return listed(settings, slug)


def to_drill(settings: Settings, choice: Choice) -> tuple[Case, ...]:
    """The instances to drill, as chosen."""
    from orchestrator.wiring.drilling import chosen

    return chosen(settings, choice)


def drill(
    wanted: Sequence[Case],
    listener: Listener,
    stop: StopRequest,
    say: Callable[[str], None],
    at_once: int = 1,
) -> Iterator[Drilled]:
    """Drill so many at once; raises DrillsStoppedError when a stop was asked for."""
    from orchestrator.wiring.drilling import carried_out

    return carried_out(wanted, listener, stop, say, at_once)


def drill_lines(settings: Settings, slug: str | None) -> tuple[Line, ...]:
    """How the instances of a tenant stand with their drills, or those of every tenant."""
    from orchestrator.wiring.drilling import lines

    return lines(settings, slug)


def drill_report(settings: Settings, slug: str | None) -> DrillReport:
    """The report on drills of a tenant, or of every tenant."""
    from orchestrator.wiring.drilling import report

    return report(settings, slug)


def drill_records(settings: Settings) -> list[tuple[str, bytes]]:
    """Name and content of every file where records of drills lie."""
    from orchestrator.wiring.proofs import kept

    return kept(settings)


def public_keys(settings: Settings, slug: str) -> Mapping[str, str]:
    """The keys that verify a tenant's records, PEM by name, asked from its secrets server."""
    from orchestrator.wiring import proofs

    return proofs.public_keys(settings, slug)


def keys_of(settings: Settings) -> KeysOf:
    """Asks for the public keys of each tenant once."""
    from orchestrator.wiring import proofs

    return proofs.keys_of(settings)


def reopen(settings: Settings, run: Run, listener: Listener) -> Undertaking:
    """A run again, as it was asked for; raises the faults of its files."""
    from orchestrator.wiring.resuming import reopened

    return reopened(settings, run, listener)


def standings(settings: Settings, slug: str | None) -> list[Standing]:
    """How the instances of a tenant stand, or those of every tenant."""
    from orchestrator.wiring.standing import look

    return look(settings, slug)


def tenant_at(settings: Settings, slug: str, revision: str) -> Tenant:
    """A tenant as its file was at a git revision."""
    from orchestrator.config import load_text
    from orchestrator.tools.revisions import text_at

    file = settings.tenants / f"{slug}.yaml"
    return load_text(settings, f"{revision}:{file.name}", text_at(revision, file))


def all_checks(settings: Settings) -> list[Check]:
    """What `doctor` finds."""
    from orchestrator.wiring.checks import look

    return look(settings)


def acts(settings: Settings) -> FileActs:
    """The journal of acts of a project."""
    from orchestrator.wiring import acting

    return acting.acts(settings)
