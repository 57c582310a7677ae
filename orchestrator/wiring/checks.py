"""What `doctor` looks at: the project, this machine's programs, and the sandbox."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from orchestrator.config import load_all
from orchestrator.errors.root import OrchestratorError
from orchestrator.errors.sandbox import SandboxMissingError
from orchestrator.model.check import Check, CheckState
from orchestrator.sandbox.toolchain.ensure import present
from orchestrator.settings import Settings
from orchestrator.tools import process
from orchestrator.tools.pulumi_plugin import OFFICIAL_VERSION, official
from orchestrator.wiring.place import connection_file, sandbox_of


def look(settings: Settings) -> list[Check]:
    """Every check, in the order in which one would mend things."""
    return [
        *_project(settings),
        _ansible(),
        _plugin(),
        *_tools(settings),
        *_sandboxes(settings),
    ]


def _project(settings: Settings) -> list[Check]:
    if settings.has_project:
        return [Check("project", CheckState.OK, str(settings.root)), _tenants(settings)]
    missing = f"none at {settings.root} or above it"
    return [Check("project", CheckState.WARNING, missing, "make one with `orchestrator init DIR`")]


def _tenants(settings: Settings) -> Check:
    try:
        found = load_all(settings)
    except OrchestratorError as error:
        hint = "see all faults with `orchestrator tenant validate`"
        return Check("tenant files", CheckState.FAULT, error.message, hint)
    return Check("tenant files", CheckState.OK, f"{len(found)} valid")


def _ansible() -> Check:
    beside = Path(sys.executable).with_name("ansible-playbook")
    found = beside if beside.exists() else process.found("ansible-playbook")
    if found is None:
        hint = "install the package `ansible-core` beside the orchestrator"
        return Check("ansible-playbook", CheckState.FAULT, "not found", hint)
    return Check("ansible-playbook", CheckState.OK, str(found))


def _plugin() -> Check:
    found = official()
    if found:
        return Check("kubernetes plugin", CheckState.OK, f"official {OFFICIAL_VERSION}: {found}")
    return Check("kubernetes plugin", CheckState.OK, "our substitute; the official one is not here")


def _tools(settings: Settings) -> list[Check]:
    hint = "`orchestrator sandbox up` compiles what is missing"
    return [
        Check(f"tool {name}", CheckState.OK, f"{tool.version}, {tool.origin}: {tool.path}")
        if tool
        else Check(f"tool {name}", CheckState.WARNING, "not there", hint)
        for name, tool in present(settings.cache).items()
    ]


def _sandboxes(settings: Settings) -> list[Check]:
    """Every sandbox of this machine; one that is down by intent is no fault."""
    if os.geteuid() != 0 and settings.sandboxes.exists():
        return [Check("sandbox", CheckState.WARNING, "for root's eyes only", "ask again as root")]
    folders = sorted(settings.sandboxes.glob("[!.]*"))
    names = [one.name for one in folders if connection_file(settings, one.name).exists()]
    if not names:
        hint = "bring one up with `orchestrator sandbox up`"
        return [Check("sandbox", CheckState.WARNING, "none on this machine", hint)]
    return [_sandbox(settings, name) for name in names]


def _sandbox(settings: Settings, name: str) -> Check:
    title, hint = f"sandbox {name}", f"mend it with `orchestrator sandbox up --name {name}`"
    try:
        parts = sandbox_of(settings, name).status()
    except SandboxMissingError as error:  # since it was found
        return Check(title, CheckState.WARNING, error.why, hint)
    down = [part.name for part in parts if part.state != "up"]
    if len(down) == len(parts):
        return Check(title, CheckState.WARNING, "down", hint)
    if down:
        return Check(title, CheckState.FAULT, f"not up: {', '.join(down)}", hint)
    return Check(title, CheckState.OK, f"{len(parts)} parts up")
