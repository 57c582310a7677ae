"""What all commands of one call share: the global options, and what is built from them once.

Terminal and settings are made when a command first asks for them, so that help and completion
never pay for them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.errors.root import OrchestratorError

if TYPE_CHECKING:
    from orchestrator.settings import Settings
    from orchestrator.ui.console import Console


@dataclass
class Session:
    """The global options as given before or after the sub-command.

    `instruction` is one of changing commands alone, and is kept for whoever records them.
    """

    quiet: bool = False
    verbose: int = 0
    json: bool = False
    plain: bool = False
    no_input: bool = False
    no_color: bool = False
    debug: bool = False
    root: Path | None = None
    lang: str = ""
    instruction: str = ""

    @cached_property
    def language(self) -> str:
        """`fr` or `en`: as asked for, else as the project has it, else the locale's."""
        from orchestrator.settings import by_locale

        try:
            return self.settings.spoken
        except OrchestratorError:  # no project, or a bad one: who needs it says so
            return self.lang or by_locale()

    @cached_property
    def console(self) -> Console:
        """The terminal, in the manner that was asked for."""
        from orchestrator.ui.console import Console, Manner

        return Console(
            Manner(
                verbosity=-1 if self.quiet else self.verbose,
                json=self.json,
                colour=not self.no_color,
                plain=self.plain,
                ask=not self.no_input,
                automated=bool(os.environ.get("ORCHESTRATOR_IN_AUTOMATION")),
                language=self.language,
            )
        )

    @cached_property
    def machine(self) -> Settings:
        """The settings of what needs no project, only this machine."""
        from orchestrator import settings

        return settings.load(root=self.root, language=self.lang, needed=False)

    @cached_property
    def settings(self) -> Settings:
        """The project's settings; raises its faults when there is no project here."""
        from dataclasses import replace

        from orchestrator import settings

        found = settings.load(root=self.root, language=self.lang)
        if (further := found.root / "products").is_dir():
            from orchestrator.products import registry

            registry.include(further)
        return replace(found, instruction=self.instruction)
