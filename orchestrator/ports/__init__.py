"""What flows need from the outside world; implemented in `tools`, chosen in `wiring`."""

from __future__ import annotations

from orchestrator.ports.objects import (
    BucketState,
    ObjectHistory,
    ObjectStore,
    ObjectVersion,
    Wanted,
)
from orchestrator.ports.own import (
    Acts,
    Clock,
)
from orchestrator.ports.progress import Progress
from orchestrator.ports.running import (
    Cluster,
    HostRunner,
    Inbox,
    PlayResult,
    StackEngine,
    StackPreview,
    Web,
    WebAnswer,
)
from orchestrator.ports.secrets import (
    Certificate,
    CertificateFacts,
    Certificates,
    IdentityProvider,
    KeyRing,
    LoginClient,
    MachineLogin,
    SecretStore,
    Signature,
)

__all__ = [
    "Acts",
    "BucketState",
    "Certificate",
    "CertificateFacts",
    "Certificates",
    "Clock",
    "Cluster",
    "HostRunner",
    "IdentityProvider",
    "Inbox",
    "KeyRing",
    "LoginClient",
    "MachineLogin",
    "ObjectHistory",
    "ObjectStore",
    "ObjectVersion",
    "PlayResult",
    "Progress",
    "SecretStore",
    "Signature",
    "StackEngine",
    "StackPreview",
    "Wanted",
    "Web",
    "WebAnswer",
]
