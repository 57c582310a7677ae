"""People sign in by the platform's own identity provider, as a client that is this instance's."""

from __future__ import annotations

import secrets as chance
from collections.abc import Mapping

from orchestrator.engine.step import Say, Step, once
from orchestrator.errors.onboard import IdentityProviderMissingError
from orchestrator.flows.steps.secrets import keep
from orchestrator.model.change import Change, Operation
from orchestrator.model.secret import Secret
from orchestrator.ports import IdentityProvider, LoginClient
from orchestrator.products.product import AnySubject
from orchestrator.products.secrets import login_path
from orchestrator.products.toolbox import Toolbox

NAME = "sign-in"


def sign_in(subject: AnySubject, tools: Toolbox) -> Step | None:
    """The instance is a client of the provider, and its first people have an account there."""
    wanted = subject.product.login(subject)
    if wanted is None:
        return None
    instance, path = subject.names.instance, login_path(subject.names.product)

    def provider() -> IdentityProvider:
        if tools.identity is None:
            raise IdentityProviderMissingError(instance)
        return tools.identity

    def look() -> tuple[Change, ...]:
        client = provider().client(instance)
        target = f"client/{subject.names.login_client}"
        if client is None:
            return (Change(NAME, Operation.CREATE, target, ", ".join(wanted.redirects)),)
        if client.redirects != tuple(sorted(wanted.redirects)):
            return (Change(NAME, Operation.UPDATE, target, "addresses to come back to"),)
        if unknown := [email for email, _ in wanted.people if not provider().knows(email)]:
            return (Change(NAME, Operation.CREATE, "account", ", ".join(unknown)),)
        if tools.secrets.read(path) != _kept(client):
            return (Change(NAME, Operation.UPDATE, f"secret/{path}", "what the provider says"),)
        return ()

    def act(say: Say) -> None:
        # People first: who is a client without people looks whole and lets nobody in.
        for email, name in wanted.people:
            # Kept first: a password that nobody kept would open an account that nobody can use.
            tools.secrets.create(people_path(email), {"password": Secret(chance.token_urlsafe(24))})
            kept = tools.secrets.read(people_path(email)) or {}
            if provider().person(email, name, kept["password"]):
                say(f"an account for {email}; its password is kept at {people_path(email)}")
        client = provider().register(instance, wanted.redirects)
        keep(tools.secrets, path, _kept(client))

    return Step(
        NAME,
        promise=f"people sign in to {instance} by the platform's identity provider",
        look=look,
        act=act,
        holds=once(look),
    )


def people_path(email: str) -> str:
    """Where the first password of an account lies."""
    return f"people/{email.lower()}"


def _kept(client: LoginClient) -> Mapping[str, Secret]:
    return {
        "issuer": Secret(client.issuer),
        "client_id": Secret(client.client_id),
        "client_secret": client.client_secret,
    }
