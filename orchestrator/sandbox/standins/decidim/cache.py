"""Memcached in the path of pages. A cache that is gone makes pages slower, never wrong."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from orchestrator.sandbox.standins.decidim.environment import Environment

_TIMEOUT_S = 0.5


def fetched(
    environment: Environment, key: str, minutes: int, made: Callable[[], str]
) -> tuple[str, bool]:
    """A rendered part and whether it came out of the cache; made and kept when it did not.

    Keys hold the organisation's number and nothing of the instance: whoever shares a memcached
    between two instances gets the other's parts, as with the product.
    """
    client = _client(environment)
    try:
        if (kept := client.get(key)) is not None:
            return kept.decode(), True
        text = made()
        client.set(key, text.encode(), expire=minutes * 60)
    except (OSError, _fault()):
        return made(), False
    else:
        return text, False
    finally:
        client.close()


def _client(environment: Environment) -> Any:
    library = importlib.import_module("pymemcache.client.base")
    servers = environment.cache_servers
    return library.Client(servers[0], connect_timeout=_TIMEOUT_S, timeout=_TIMEOUT_S)


def _fault() -> type[Exception]:
    found: type[Exception] = importlib.import_module("pymemcache.exceptions").MemcacheError
    return found
