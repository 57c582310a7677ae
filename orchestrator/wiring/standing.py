"""How instances stand: looked at now, with the newest run about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from orchestrator.config import load_all, load_tenant
from orchestrator.engine.journal import read_runs
from orchestrator.errors.root import OrchestratorError
from orchestrator.flows.steps import programs
from orchestrator.flows.steps.acceptance import NOTE
from orchestrator.model.organisation import Contacts
from orchestrator.model.program import Program
from orchestrator.model.run import Run
from orchestrator.model.standing import BackupStanding, ProgramStanding, Standing, State, Told
from orchestrator.ports import Cluster
from orchestrator.products import registry
from orchestrator.products.programs import program_path
from orchestrator.settings import Settings
from orchestrator.tools.clock import SystemClock
from orchestrator.wiring import backed_up, backups
from orchestrator.wiring import case as cases
from orchestrator.wiring.case import Case


def look(settings: Settings, slug: str | None) -> list[Standing]:
    """One standing per instance, by name."""
    tenants = [load_tenant(settings, slug)] if slug else load_all(settings)
    runs = read_runs(settings.runs) if settings.runs.is_dir() else []
    found = [case for tenant in tenants for case in cases.of(settings, tenant)]
    standings = [_one(case, runs) for case in found]
    there = [
        case
        for case, one in zip(found, standings, strict=True)
        if one.state in (State.LIVE, State.DEGRADED) and backups.kept(case)
    ]
    kept = backed_up.look(there) if there else {}
    return [_with_backups(one, kept.get(one.instance)) for one in standings]


def _with_backups(one: Standing, kept: BackupStanding | None) -> Standing:
    """The same with its backups; it is degraded when more could be lost than is promised."""
    behind = kept is not None and kept.log.told is Told.BEHIND
    return replace(one, backup=kept, state=State.DEGRADED if behind else one.state)


def _one(case: Case, runs: list[Run]) -> Standing:
    names = case.names
    last = next((run for run in runs if run.subject in (names.instance, case.tenant.slug)), None)

    def standing(
        state: State,
        parts: tuple[tuple[str, bool, str], ...] = (),
        given: Mapping[str, str] = MappingProxyType({}),
    ) -> Standing:
        return Standing(
            case.tenant.slug,
            names.instance,
            case.public_url,
            case.release.release,
            state,
            parts,
            last_run=last,
            interfaces=tuple(
                (one.name, f"{case.public_url}{one.path}", one.access)
                for one in registry.interfaces(names.product, case.release.release)
            ),
            programs=_programs(case, given),
            contacts=_contacts(case.tenant.organisation.contacts),
        )

    if case.connection is None:
        return standing(State.UNREACHABLE)
    from orchestrator.tools.kubernetes import KubernetesCluster

    cluster: Cluster = KubernetesCluster(case.connection.kubeconfig)
    try:
        if cluster.namespace_owner(names.namespace) is None:
            return standing(State.NOT_ONBOARDED)
        parts = tuple(
            (one.name, cluster.ready(names.namespace, one.kind, one.name), one.kind.lower())
            for one in registry.facts(names.product).workloads
        )
        accepted = cluster.note(names.namespace, NOTE)
        given = cluster.note(names.namespace, programs.NOTE) or {}
    except OrchestratorError as error:
        return standing(State.UNREACHABLE, (("cluster", False, error.message),))
    parts += (("acceptance", *_accepted(accepted)),)
    live = all(ready for _, ready, _ in parts)
    return standing(State.LIVE if live else State.DEGRADED, parts, given)


def _programs(case: Case, given: Mapping[str, str]) -> tuple[ProgramStanding, ...]:
    """Those of the tenant file, by what the instance remembers to have given them."""
    now = SystemClock().now()

    def state(one: Program) -> str:
        if one.ended(now):
            return "ended"
        return "granted" if given.get(one.name) == one.fingerprint else "not granted yet"

    product = case.names.product
    return tuple(
        ProgramStanding(
            one.name,
            one.may,
            one.until,
            one.owner,
            state(one),
            f"vault:{program_path(product, one.name)}",
        )
        for one in case.instance.programs
    )


def _contacts(of: Contacts) -> tuple[tuple[str, str], ...]:
    roles = {
        "technical": of.technical,
        "data protection": of.data_protection_officer,
        "breach, at any hour": of.breach,
    }
    return tuple(
        (role, " ".join(part for part in (one.name, one.email, one.telephone) if part))
        for role, one in roles.items()
    )


def _accepted(note: Mapping[str, str] | None) -> tuple[bool, str]:
    if note is None:
        return False, "never"
    if "failed" in note:
        return False, f"failed {note.get('at', '')}: {note['failed']}"
    return True, f"passed {note.get('at', '')}"
