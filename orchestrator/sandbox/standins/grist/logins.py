"""How people sign in: by a provider, by a header of the entrance, or not at all."""

from __future__ import annotations

from orchestrator.sandbox.standins.grist.environment import Environment, UnusableValueError
from orchestrator.sandbox.standins.grist.exchange import Request
from orchestrator.sandbox.standins.grist.log import Log
from orchestrator.sandbox.standins.grist.oidc import Provider, ProviderError
from orchestrator.sandbox.standins.grist.settings import Settings

OIDC, FORWARD, MINIMAL = "oidc", "forward-auth", "minimal"
_TYPE = "GRIST_LOGIN_SYSTEM_TYPE"
_ISSUER = "GRIST_OIDC_IDP_ISSUER"
_HEADER = "GRIST_FORWARD_AUTH_HEADER"


class Logins:
    """The login system of the instance. Raises ProviderError, UnusableValueError."""

    def __init__(self, environment: Environment, settings: Settings, log: Log) -> None:
        self._environment = environment
        self.kind = _chosen(environment, settings)
        self.provider: Provider | None = None
        if self.kind == OIDC:
            try:
                self.provider = Provider(environment)
            except ProviderError as fault:
                # Falling back would leave the door open; only before service is that allowed.
                if settings.in_service:
                    raise
                log.say("the login system failed", level="error", reason=str(fault))
                self.kind = MINIMAL

    @property
    def login_path(self) -> str:
        return self._environment.text("GRIST_FORWARD_AUTH_LOGIN_PATH", "/auth/login")

    @property
    def ignores_sessions(self) -> bool:
        return self.kind == FORWARD and self._environment.enabled("GRIST_IGNORE_SESSION")

    def named(self, request: Request) -> str:
        """The address that the entrance vouches for; it must let nobody else send the header."""
        if self.kind != FORWARD:
            return ""
        return request.headers.get(self._environment.text(_HEADER).lower(), "")


def _chosen(environment: Environment, settings: Settings) -> str:
    configured = {
        OIDC: environment.text(_ISSUER),
        "saml": environment.text("GRIST_SAML_SP_HOST"),
        FORWARD: environment.text(_HEADER),
        MINIMAL: "always",
    }
    first = next(kind for kind, value in configured.items() if value)
    kind = settings.text(_TYPE, first)
    if kind not in configured or kind == "saml":
        raise UnusableValueError(f"The stand-in has no login system {kind!r}")  # noqa: EM102
    if not configured[kind]:
        raise UnusableValueError(f"{_TYPE} is {kind}, which is not configured")  # noqa: EM102
    return kind
