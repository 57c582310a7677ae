"""The shape that all commands have: global options anywhere, grouped help, lazy sub-commands.

A group knows its sub-commands by a table of names, so that help is printed and a word completed
without importing what the commands need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from orchestrator.cli.session import Session

OPTIONS = "Options"
GLOBAL = "Global options"
_ELSEWHERE = "Those of `orchestrator --help` are accepted here too."


class Option(click.Option):
    """An option that stands in a section of the help."""

    def __init__(self, *args: Any, section: str = OPTIONS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


@dataclass(frozen=True)
class Door:
    """Where a sub-command is, and what the help says of it without going there."""

    target: str
    help: str
    section: str = "Commands"

    def open(self) -> click.Command:
        """Import the command."""
        module, _, attribute = self.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


_SECTIONS = ("Target", "Safety", "Output", OPTIONS, GLOBAL)


def _section_order(parameter: click.Option) -> int:
    return _SECTIONS.index(getattr(parameter, "section", OPTIONS))


class _Shaped(click.Command):
    """Takes the global options, and prints options by section."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # docstrings are raw, so the mark that keeps lines as they are is two letters in them
        self.help = self.help.replace("\\b", "\b") if self.help else self.help

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*super().get_params(ctx), *_globals(hidden=ctx.parent is not None)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        for parameter in sorted(options, key=_section_order):
            record = parameter.get_help_record(ctx)
            if record is not None:
                section = getattr(parameter, "section", OPTIONS)
                sections.setdefault(section, []).append(record)
        for section, records in sections.items():
            with formatter.section(section):
                formatter.write_dl(records)
        if ctx.parent is not None:
            with formatter.section(GLOBAL):
                formatter.write_text(_ELSEWHERE)


class Command(_Shaped):
    """A verb."""


class Group(_Shaped, click.Group):
    """A noun, or the root; sub-commands are imported when they are called."""

    command_class = Command
    group_class = type

    def __init__(self, *args: Any, doors: Mapping[str, Door] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.doors = dict(doors or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.doors, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        door = self.doors.get(cmd_name)
        return door.open() if door else super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=self.list_commands(ctx), ctx=ctx
            ) from error

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, door in self.doors.items():
            sections.setdefault(door.section, []).append((name, door.help))
        for name, command in self.commands.items():
            line = (name, command.get_short_help_str(formatter.width))
            sections.setdefault("Commands", []).append(line)
        for section, lines in sections.items():
            with formatter.section(section):
                formatter.write_dl(lines)


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    name = parameter.name or ""
    if ctx.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
        return
    session = ctx.find_root().ensure_object(Session)
    before = getattr(session, name)
    counted = isinstance(before, int) and not isinstance(before, bool)
    setattr(session, name, before + value if counted else value)


def _globals(*, hidden: bool) -> list[click.Parameter]:
    def option(*names: str, **more: Any) -> click.Parameter:
        return Option(
            names, section=GLOBAL, expose_value=False, callback=_remember, hidden=hidden, **more
        )

    return [
        option("-q", "--quiet", is_flag=True, help="Say nothing but results and errors."),
        option("-v", "--verbose", count=True, help="Show the tools' commands; -vv what they say."),
        option("--json", is_flag=True, help="One JSON document on stdout, errors as JSON."),
        option("--plain", is_flag=True, help="One record a line, nothing that moves."),
        option("--no-input", is_flag=True, help="Never ask; fail and name the flag instead."),
        option("--no-color", is_flag=True, help="No colour (NO_COLOR does the same)."),
        option("--root", type=_Folder(), metavar="DIR", help="The project, instead of searching."),
        option("--lang", type=click.Choice(["fr", "en"]), help="Language of explanations."),
        option("--debug", is_flag=True, help="Show where a fault of ours happened."),
    ]


class _Folder(click.ParamType[Any]):
    """A folder's path; whether it is there is the settings' question."""

    name = "directory"

    def convert(
        self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None
    ) -> Path:
        return Path(value)


def command(*args: Any, **kwargs: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """`click.command` in our shape."""
    return click.command(*args, cls=Command, **kwargs)
