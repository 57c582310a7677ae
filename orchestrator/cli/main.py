"""The root of the command line, and the one place where every fault ends.

What is imported here is paid for by each TAB; keep it at click.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from orchestrator import __version__
from orchestrator.cli.session import Session
from orchestrator.cli.shape import Door, Group
from orchestrator.errors.engine import CancelledError
from orchestrator.errors.root import OrchestratorError
from orchestrator.errors.usage import InterruptedNowError, ProductFaultError, UsageFaultError

PROGRAM = "orchestrator"
_WORK = "The work"
_FILES = "The files"
_SEEN = "What happened, what is"
_HELP = "Help"

DOORS = {
    "plan": Door("orchestrator.cli.plan:plan", "Show what would change for a tenant.", _WORK),
    "onboard": Door(
        "orchestrator.cli.onboard:onboard", "Bring a tenant's instance to live service.", _WORK
    ),
    "backup": Door(
        "orchestrator.cli.backup:backup", "Back instances up, and look at what is kept.", _WORK
    ),
    "drill": Door(
        "orchestrator.cli.drill:drill", "Rehearse restorations, and show what they prove.", _WORK
    ),
    "restore": Door(
        "orchestrator.cli.restore:restore", "Bring an instance back to a moment.", _WORK
    ),
    "clone": Door("orchestrator.cli.clone:clone", "Make a masked copy of an instance.", _WORK),
    "copy": Door("orchestrator.cli.copy:copy", "List and remove copies of instances.", _WORK),
    "erasure": Door(
        "orchestrator.cli.erasure:erasure", "Erase a person, and keep them erased.", _WORK
    ),
    "tenant": Door(
        "orchestrator.cli.tenant:tenant", "List, show, make and check tenant files.", _FILES
    ),
    "config": Door(
        "orchestrator.cli.config:config", "Show the settings and where they come from.", _FILES
    ),
    "init": Door("orchestrator.cli.init:init", "Make a project of your own in a folder.", _FILES),
    "status": Door("orchestrator.cli.status:status", "Show how instances stand.", _SEEN),
    "run": Door("orchestrator.cli.run:run", "List, show, follow and resume runs.", _SEEN),
    "journal": Door(
        "orchestrator.cli.journal:journal", "List, show and verify what was changed.", _SEEN
    ),
    "sandbox": Door(
        "orchestrator.cli.sandbox:sandbox", "Run a whole cloud on this machine.", _SEEN
    ),
    "doctor": Door(
        "orchestrator.cli.doctor:doctor", "Check this machine and project for faults.", _HELP
    ),
    "explain": Door(
        "orchestrator.cli.explain:explain", "Explain an error code: cause, fix, example.", _HELP
    ),
    "help": Door("orchestrator.cli.help:help_", "Explain a topic of the command line.", _HELP),
    "completion": Door(
        "orchestrator.cli.completion:completion", "Print the completion script of a shell.", _HELP
    ),
}


@click.group(
    cls=Group,
    doors=DOORS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
def root() -> None:
    r"""Deploy and host civic technology for many organisations, one reviewed file each.

    \b
    Examples:
      orchestrator sandbox up
      orchestrator onboard saint-martin
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process with its exit status."""
    # Modules and models are kept to the end: looking for garbage among them is a tenth of a plan.
    gc.set_threshold(50_000)
    sys.exit(answer(sys.argv[1:] if arguments is None else arguments))


def answer(arguments: Sequence[str]) -> int:
    """Run one command; every fault becomes its words on stderr and its exit status."""
    session = Session()
    try:
        result = root.main(list(arguments), prog_name=PROGRAM, standalone_mode=False, obj=session)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        return _told(session, _usage(error), arguments)
    except click.Abort as error:
        stopped = isinstance(error.__cause__, KeyboardInterrupt)
        fault = InterruptedNowError() if stopped else CancelledError("the command")
        return _told(session, fault, arguments)
    except OrchestratorError as error:
        return _told(session, error, arguments)
    except Exception as error:  # noqa: BLE001  the only catch-all: whatever else is our own fault
        return _told(session, ProductFaultError(type(error).__name__, text=str(error)), arguments)
    return result if isinstance(result, int) else 0


def _usage(error: click.ClickException) -> UsageFaultError:
    context = getattr(error, "ctx", None)
    message = error.format_message().strip()
    first = message[:1].lower() + message[1:]
    return UsageFaultError(
        first.removesuffix("."), command=context.command_path if context else PROGRAM
    )


def _told(session: Session, error: OrchestratorError, arguments: Sequence[str]) -> int:
    from orchestrator.ui import errors_view

    session.json = session.json or "--json" in arguments
    session.debug = session.debug or "--debug" in arguments
    if session.debug:
        import traceback

        sys.stderr.write(traceback.format_exc())
    errors_view.show(session.console, error)
    return int(error.exit_status)
