"""How Vault or OpenBao is asked, and what each way of not answering means.

A request that failed carries the token and what was to be written. So a fault is built where it is
seen, from its words alone, and raised where nothing of the request hangs on it any more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import hvac
from hvac import exceptions
from requests import exceptions as transport  # noqa: TID251 - hvac raises them

from orchestrator.errors.root import OrchestratorError
from orchestrator.errors.secrets import (
    SecretsDeniedError,
    SecretsRequestError,
    SecretsSealedError,
    SecretsTokenMissingError,
    SecretsUnreachableError,
)
from orchestrator.model.secret import Secret
from orchestrator.tools.masking import mask

TIMEOUT_S = 10.0
_WAITS_S: Final = (0.3, 1.0)  # before the second and the third attempt of a read
_NOT_ONE = "somebody answers there, but not as a secrets server does"
_GONE = (exceptions.VaultDown, exceptions.VaultNotInitialized)
_REFUSED = (exceptions.Forbidden, exceptions.Unauthorized)


class VaultClient:
    """A signed-in way to one secrets server."""

    def __init__(
        self, address: str, token: Secret, authority: Path, timeout_s: float = TIMEOUT_S
    ) -> None:
        self.address = address
        self._token = token
        self._timeout_s = timeout_s
        verify: str | bool = str(authority) if address.startswith("https:") else True
        self.api: Any = hvac.Client(
            url=address, token=token.reveal(), verify=verify, timeout=timeout_s
        )
        # The environment's proxies, ~/.netrc and CA bundle are for others.
        self.api.session.trust_env = False

    def read(self, path: str, call: Callable[[], Any], *, action: str = "read") -> Any:
        """Ask something that changes nothing, up to three times while nobody answers.

        Raises the faults of `errors.secrets`; hvac's InvalidPath (404) and InvalidRequest (400) are
        the caller's to judge.
        """
        waits = iter(_WAITS_S)

        def patiently() -> Any:
            while True:
                try:
                    return call()
                except (transport.ConnectionError, transport.Timeout) as error:
                    wait_s = next(waits, None)
                    if wait_s is None or isinstance(error, transport.SSLError):
                        raise
                time.sleep(wait_s)

        return self.write(path, patiently, action=action)

    def write(
        self,
        path: str,
        call: Callable[[], Any],
        *,
        action: str = "write",
        hide: Iterable[Secret] = (),
    ) -> Any:
        """Ask once. Raises as `read`; `hide` never stands in a fault."""
        try:
            answer = call()
        except (exceptions.InvalidPath, exceptions.InvalidRequest) as error:
            if isinstance(error.json, dict):
                raise
            fault: OrchestratorError = self._somebody_else()
        except _GONE as error:
            fault = self._gone(error)
        except _REFUSED:
            fault = SecretsDeniedError(path, action=action, token_valid=self._token_valid())
        except exceptions.VaultError as error:
            fault = SecretsRequestError(path, action=action, reason=self.words(error, hide))
        except (transport.RequestException, ValueError) as error:
            fault = SecretsUnreachableError(self.address, reason=self._why(error))
        else:
            # hvac hands out what is no JSON as it came; only nothing at all is right then.
            if isinstance(answer, dict) or not answer.content:
                return answer
            fault = self._somebody_else()
        raise fault

    def _somebody_else(self) -> OrchestratorError:
        return SecretsUnreachableError(self.address, reason=_NOT_ONE)

    def words(self, error: exceptions.VaultError, hide: Iterable[Secret] = ()) -> str:
        """What the server said, on one line and without secrets."""
        said = ", ".join(error.errors) if error.errors else str(error.text or "nothing")
        return mask(" ".join(said.split())[:300], (self._token, *hide))

    def _gone(self, error: exceptions.VaultError) -> OrchestratorError:
        """503 is what a sealed server says, one that was never initialised, and many a proxy."""
        try:
            state = self.api.sys.read_seal_status()
            sealed, initialised = bool(state["sealed"]), bool(state["initialized"])
        except (exceptions.VaultError, transport.RequestException, ValueError, KeyError, TypeError):
            sealed = "sealed" in self.words(error)
            initialised = not isinstance(error, exceptions.VaultNotInitialized)
        if sealed or not initialised:
            return SecretsSealedError(self.address, initialised=initialised)
        return SecretsUnreachableError(
            self.address, reason=f"it does not serve now: {self.words(error)}"
        )

    def _token_valid(self) -> bool:
        """Whether the server knows the token at all; only an answer to that says it does not."""
        try:
            self.api.auth.token.lookup_self()
        except _REFUSED:
            return False
        except (exceptions.VaultError, transport.RequestException, ValueError):
            return True
        return True

    def _why(self, error: Exception) -> str:
        if isinstance(error, transport.Timeout):
            return f"there was no answer within {self._timeout_s:g} s"
        if isinstance(error, transport.JSONDecodeError) or not isinstance(
            error, transport.RequestException
        ):
            return _NOT_ONE
        deepest: BaseException = error
        while (inner := _inner(deepest)) is not None:
            deepest = inner
        text = getattr(deepest, "strerror", None) or str(deepest)
        return mask(f"{type(deepest).__name__}: {text}"[:300], (self._token,))


def operator_token(file: Path) -> Secret:
    """The token that a file holds. Raises SecretsTokenMissingError."""
    try:
        text = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretsTokenMissingError(
            str(file), reason=error.strerror or "it cannot be read"
        ) from error
    if not text:
        raise SecretsTokenMissingError(str(file), reason="the file is empty")
    return Secret(text)


def _inner(error: BaseException) -> BaseException | None:
    """The fault within a fault, as urllib3 packs them."""
    reason = getattr(error, "reason", None)
    if isinstance(reason, BaseException):
        return reason
    if error.args and isinstance(error.args[0], BaseException):
        return error.args[0]
    return error.__cause__ or error.__context__
