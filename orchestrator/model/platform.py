"""A platform: where instances run, and who is behind it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from orchestrator.model.organisation import Contact
from orchestrator.model.part import HostName, Part, SecretReference


class Cluster(Part):
    """The Kubernetes cluster."""

    kind: Literal["sandbox", "kubeconfig"] = Field(description="Ours on this machine, or your own")
    name: str = Field(default="default", description="Name of the sandbox")
    kubeconfig: str = Field(default="", description="Path of the kubeconfig; ~ is expanded")
    storage_class: str = Field(default="", description="Storage class; the default one when empty")
    pods: str = Field(default="", description="CIDR of all pods")
    services: str = Field(default="", description="CIDR of all services")
    dns: str = Field(default="", description="IP address of the cluster's name server")
    formula_sandbox: Literal["gvisor", "unsandboxed"] = Field(
        default="unsandboxed",
        description="`gvisor` where the nodes have it; keeps people's formulas from the server",
    )


class Entrance(Part):
    """The ingress controller."""

    kind: Literal["skipper", "nginx"] = Field(default="nginx", description="Which controller")
    class_name: str = Field(default="", description="Ingress class; the default one when empty")
    namespace: str = Field(default="", description="Namespace the controller runs in")
    address: str = Field(default="", description="Address that public names resolve to")
    port: int = Field(default=443, ge=1, le=65535, description="TLS port")


class SecretsServer(Part):
    """Vault or OpenBao."""

    address: str = Field(default="", description="URL; the sandbox's own when empty")
    token_file: str = Field(default="", description="File with the operator's token")
    network: str = Field(default="", description="CIDR that the server's name resolves into")


class ObjectStore(Part):
    """The S3 service."""

    endpoint: str = Field(default="", description="URL; the sandbox's own when empty")
    region: str = Field(default="", description="Region to sign with")
    identity_endpoint: str = Field(default="", description="URL of the IAM API")
    credentials_file: str = Field(default="", description="JSON file with the operator's keys")
    network: str = Field(default="", description="CIDR that the endpoint's name resolves into")


class Relay(Part):
    """The platform's own mail relay, for tenants without one."""

    host: str = Field(default="", description="Name or address; the sandbox's sink when empty")
    port: int = Field(default=587, ge=1, le=65535)
    username: str = ""
    password: SecretReference | None = None
    starttls: bool = True
    network: str = Field(default="", description="CIDR that the relay's name resolves into")


class Sink(Part):
    """A relay that keeps every mail and hands on none: where the mail of trainings goes."""

    host: str = Field(default="", description="Name or address; the sandbox's own when empty")
    port: int = Field(default=2525, ge=1, le=65535)
    network: str = Field(default="", description="CIDR that its name resolves into")


class SubProcessor(Part):
    """A company that handles data on our behalf (DPA-05)."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]+$", description="Identifier used in tenant files")
    name: str
    service: str
    country: str = Field(pattern=r"^[A-Z]{2}$")
    address: str
    contact: str
    contract: str = Field(description="Reference of the contract")


class Certificate(Part):
    """A certificate of the provider; without proof or expired it does not count (LOC-12)."""

    scheme: Literal["secnumcloud", "hds", "iso27001"]
    number: str
    expires: date


class Location(Part):
    """Where and under which law."""

    provider: str
    region: str
    country: str = Field(pattern=r"^[A-Z]{2}$")
    headquarters: str = Field(pattern=r"^[A-Z]{2}$", description="Country of the provider's seat")
    backup_region: str = Field(default="", description="Where the second copy lies")


class Images(Part):
    """Where product images come from."""

    references: dict[str, str] = Field(
        default_factory=dict,
        description="Image name to a reference by digest; the sandbox's own when empty",
    )


class Platform(Part):
    """One file of `_platforms/`."""

    version: Literal[1]
    name: str
    location: Location
    cluster: Cluster
    entrance: Entrance = Entrance.model_construct()
    secrets: SecretsServer = SecretsServer.model_construct()
    objects: ObjectStore = ObjectStore.model_construct()
    relay: Relay = Relay.model_construct()
    sink: Sink = Sink.model_construct()
    images: Images = Images.model_construct()
    domains: tuple[HostName, ...] = Field(default=(), description="Domains the platform offers")
    security_officer: Contact
    data_protection_officer: Contact
    certificates: tuple[Certificate, ...] = ()
    sub_processors: tuple[SubProcessor, ...] = Field(min_length=1)
