"""How a platform is reached from this machine: addresses and the files that hold credentials.

A sandbox writes this as `connection.json`; for a platform of one's own it is made from the
platform file. It never holds a secret, only the paths of files that do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT = "orchestrator/connection/v1"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class SecretsServer(_Part):
    """Where Vault or OpenBao answers."""

    address: str = Field(description="URL of the secrets server, as seen from this machine")
    token_file: Path = Field(description="File, mode 0600, that holds the operator's token")


class ObjectStore(_Part):
    """Where the S3 API answers; one address that both this machine and the pods can reach."""

    endpoint: str = Field(description="URL of the S3 API")
    secure: str = Field(default="", description="The same with TLS, where that is another URL")
    region: str = Field(description="Region name to sign with")
    identity_endpoint: str = Field(description="URL of the IAM API that makes credentials")
    credentials_file: Path = Field(
        description="JSON file, mode 0600, with access_key and secret_key of the operator"
    )


class MailSink(_Part):
    """Where the sandbox takes mail, and where it shows what was sent."""

    address: str = Field(description="IP address of the SMTP port")
    port: int = Field(description="SMTP port")
    inbox: str = Field(description="URL of the JSON list of messages taken")


class Entrance(_Part):
    """The ingress, as seen from this machine."""

    kind: Literal["skipper", "nginx"] = Field(description="Which controller reads the Ingress")
    class_name: str = Field(description="Ingress class of the platform, empty for the default")
    address: str = Field(description="IP address that public names resolve to")
    port: int = Field(description="TLS port")
    sources: tuple[str, ...] = Field(
        description="CIDR ranges the controller's own traffic comes from, for network policies"
    )


class Network(_Part):
    """Ranges and addresses that network policies name."""

    pods: str = Field(description="CIDR of all pods")
    services: str = Field(description="CIDR of all services")
    node: str = Field(description="IP address of the node")
    dns: str = Field(description="IP address of the cluster's name server")


class IdentityServer(_Part):
    """Where people sign in by OpenID Connect; one address for browsers and for pods."""

    public: str = Field(description="Base of every issuer's URL: `https://host:port`")
    address: str = Field(description="IP address that pods reach it at, for network policies")
    port: int = Field(description="TLS port, the same one for browsers and for pods")


class Connection(_Part):
    """Everything the rest of the product needs to reach a platform."""

    format: Literal["orchestrator/connection/v1"] = "orchestrator/connection/v1"
    name: str = Field(description="Name of the sandbox or platform")
    kubeconfig: Path = Field(description="Kubeconfig of the operator")
    kubectl: Path = Field(description="The kubectl binary")
    pulumi: Path = Field(description="The pulumi binary")
    authority: Path = Field(description="PEM file of the authority that signs the TLS addresses")
    secrets: SecretsServer
    objects: ObjectStore
    mail: MailSink
    entrance: Entrance
    network: Network
    identity: IdentityServer | None = Field(
        default=None, description="None where an older sandbox wrote this, until its next `up`"
    )
    storage_class: str = Field(description="Storage class of volumes")
    images: dict[str, str] = Field(description="Image name to reference by digest")
