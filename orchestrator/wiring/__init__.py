"""Where ports meet their adapters: the only layer that knows both.

Everything is imported when it is asked for, so that a command pays for what it uses alone.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.engine.events import Listener
    from orchestrator.model.check import Check
    from orchestrator.model.standing import Standing
    from orchestrator.model.tenant import Tenant
    from orchestrator.sandbox.sandbox import Sandbox
    from orchestrator.settings import Settings
    from orchestrator.tools.acts import FileActs
    from orchestrator.wiring.onboarding import Onboarding


def sandbox(settings: Settings, name: str) -> Sandbox:
    """The sandbox of that name on this machine."""
    from orchestrator.wiring.place import sandbox_of

    return sandbox_of(settings, name)


def open_onboarding(
    settings: Settings, slug: str, listener: Listener
) -> AbstractContextManager[Onboarding]:
    """The onboarding of a tenant's instance; raises the faults of its files when entered."""
    from orchestrator.wiring.onboarding import opened

    return opened(settings, slug, listener)


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
