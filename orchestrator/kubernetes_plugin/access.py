"""How the cluster is reached: a kubeconfig becomes an HTTPS pool and the headers it needs.

Tokens, certificates and passwords are read here. Whatever else there is (commands and services that
hand out tokens, several files merged) is left to the official client, which takes a second and much
memory to import, and is imported for that alone.
"""

from __future__ import annotations

import base64
import binascii
import os
import ssl
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from orchestrator.errors.cluster_objects import ClusterAccessError

_CONNECT_S = 5.0
_READ_S = 35.0
_CONNECTIONS = 32
_SIMPLE_USER = frozenset(
    {"token", "tokenFile", "username", "password"}
    | {f"client-{part}{form}" for part in ("certificate", "key") for form in ("", "-data")}
)


@dataclass(frozen=True)
class Origin:
    """Where the kubeconfig comes from: a path or the text itself, and the context to use.

    Empty values mean the usual ones: KUBECONFIG or ~/.kube/config, and its current context.
    """

    kubeconfig: str = ""
    context: str = ""

    @property
    def text(self) -> str:
        """The kubeconfig or its path."""
        return self.kubeconfig or os.environ.get("KUBECONFIG", "") or "~/.kube/config"

    @property
    def inline(self) -> bool:
        """Whether it is the kubeconfig itself."""
        return "\n" in self.text or self.text.lstrip().startswith("{")


@dataclass(frozen=True)
class Access:
    """A signed-in way to one API server. `headers` signs a request, with a fresh token if need be.

    `namespace` is the context's own, or ''.
    """

    server: str
    namespace: str
    pool: urllib3.PoolManager = field(repr=False)
    headers: Callable[[], dict[str, str]] = field(repr=False)


def sign_in(origin: Origin) -> Access:
    """Read the kubeconfig. Raises ClusterAccessError with what is wrong with it."""
    shown = "in the provider's configuration" if origin.inline else origin.text
    try:
        return _by_file(origin) or _by_client(origin)
    except (OSError, ValueError, KeyError, TypeError, YAMLError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise ClusterAccessError(shown, reason=reason) from error


def _by_file(origin: Origin) -> Access | None:
    """The access that the file itself gives; None when it takes more than reading."""
    folder = Path()
    if origin.inline:
        text = origin.text
    elif os.pathsep in origin.text:
        return None
    else:
        path = Path(origin.text).expanduser()
        text, folder = path.read_text(encoding="utf-8"), path.parent
    document = YAML(typ="safe").load(text)
    context = _named(document, "contexts", origin.context or document["current-context"])["context"]
    cluster = _named(document, "clusters", context["cluster"])["cluster"]
    user = _named(document, "users", context["user"]).get("user") or {}
    if set(user) - _SIMPLE_USER or cluster.get("proxy-url"):
        return None
    return Access(
        server=str(cluster["server"]).rstrip("/"),
        namespace=str(context.get("namespace") or ""),
        pool=_pool(_trust(cluster, user, folder), str(cluster.get("tls-server-name") or "")),
        headers=_signature(user, folder),
    )


def _named(document: Mapping[str, Any], section: str, name: str) -> dict[str, Any]:
    for entry in document.get(section) or ():
        if entry.get("name") == name:
            found: dict[str, Any] = entry
            return found
    message = f"there is no `{name}` among its {section}"
    raise ValueError(message)


def _signature(user: Mapping[str, Any], folder: Path) -> Callable[[], dict[str, str]]:
    def headers() -> dict[str, str]:
        token = user.get("token")
        if user.get("tokenFile"):  # it is renewed on disk
            token = (folder / user["tokenFile"]).read_text(encoding="utf-8").strip()
        if token:
            return {"Authorization": f"Bearer {token}"}
        if user.get("username"):
            pair = f"{user['username']}:{user.get('password', '')}"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        return {}

    return headers


def _trust(cluster: Mapping[str, Any], user: Mapping[str, Any], folder: Path) -> ssl.SSLContext:
    authority = _material(cluster, "certificate-authority", folder)
    context = ssl.create_default_context(cadata=authority.decode() if authority else None)
    # Cluster authorities often lack extensions that newer Pythons would insist on.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if cluster.get("insecure-skip-tls-verify"):
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate = _material(user, "client-certificate", folder)
    if certificate:
        # The library reads keys from files only; this one is 0600 and gone at once.
        with tempfile.NamedTemporaryFile() as pair:
            pair.write(certificate + b"\n" + _material(user, "client-key", folder))
            pair.flush()
            context.load_cert_chain(pair.name)
    return context


def _material(section: Mapping[str, Any], key: str, folder: Path) -> bytes:
    if data := section.get(f"{key}-data"):
        try:
            return base64.b64decode(data)
        except binascii.Error as error:
            message = f"its {key}-data is not base64"
            raise ValueError(message) from error
    return (folder / section[key]).read_bytes() if section.get(key) else b""


def _by_client(origin: Origin) -> Access:
    from kubernetes.client import Configuration
    from kubernetes.config import kube_config
    from kubernetes.config.config_exception import ConfigException

    configuration: Any = Configuration()
    if origin.inline:
        document = YAML(typ="safe").load(origin.text)
    else:
        merger: Any = kube_config.KubeConfigMerger(origin.text)  # type: ignore[no-untyped-call]
        document = merger.config
    try:
        loader: Any = kube_config.KubeConfigLoader(  # type: ignore[no-untyped-call]
            document, active_context=origin.context or None
        )
        loader.load_and_set(configuration)
    except ConfigException as error:
        raise ValueError(str(error)) from error
    context = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not configuration.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if configuration.cert_file:
        context.load_cert_chain(configuration.cert_file, configuration.key_file)

    def headers() -> dict[str, str]:
        signed = configuration.auth_settings().values()
        return {str(one["key"]): str(one["value"]) for one in signed if one["in"] == "header"}

    return Access(
        server=str(configuration.host).rstrip("/"),
        namespace=str((loader.current_context.get("context") or {}).get("namespace") or ""),
        pool=_pool(context, str(configuration.tls_server_name or "")),
        headers=headers,
    )


def _pool(context: ssl.SSLContext, server_name: str) -> urllib3.PoolManager:
    return urllib3.PoolManager(
        num_pools=2,
        maxsize=_CONNECTIONS,
        timeout=urllib3.Timeout(connect=_CONNECT_S, read=_READ_S),
        retries=False,
        ssl_context=context,
        server_hostname=server_name or None,
    )
