"""`orchestrator completion`: the script that makes TAB work."""

from __future__ import annotations

import click

from orchestrator.cli.session import Session
from orchestrator.cli.shape import command

_SHELLS = ("bash", "zsh", "fish")


@command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    r"""Print the completion script of SHELL.

    \b
    Examples:
      orchestrator completion bash > /etc/bash_completion.d/orchestrator
      source <(orchestrator completion zsh)
    """
    from click.shell_completion import get_completion_class

    session: Session = ctx.obj
    maker = get_completion_class(shell)
    if maker is None:
        raise click.BadParameter(shell, ctx)
    program = ctx.find_root().info_name or "orchestrator"
    script = maker(ctx.find_root().command, {}, program, "_ORCHESTRATOR_COMPLETE").source()
    session.console.result(script.strip())
