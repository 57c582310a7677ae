"""What the rest of the product is told: `connection.json`, the only way into a sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from orchestrator.model.connection import (
    Connection,
    Entrance,
    IdentityServer,
    MailSink,
    Network,
    ObjectStore,
    SecretsServer,
)
from orchestrator.sandbox import cluster, vault
from orchestrator.sandbox.assembly import Assembly
from orchestrator.sandbox.images import ImageArchive
from orchestrator.sandbox.layout import Layout
from orchestrator.sandbox.parts import cloud, services


def connection_path(layout: Layout) -> Path:
    """Where the connection is described."""
    return layout.path("connection.json")


def describe(layout: Layout, assembly: Assembly, images: Mapping[str, ImageArchive]) -> Connection:
    """The connection of a sandbox that stands."""
    place = layout.cloud_address
    objects = f"http://{place}:{cloud.OBJECTS_PORT}"
    return Connection(
        name=layout.name,
        kubeconfig=assembly.kubeconfig,
        kubectl=assembly.kubectl,
        pulumi=assembly.pulumi,
        authority=assembly.credentials.authority,
        secrets=SecretsServer(
            address=assembly.secrets_address, token_file=vault.token_file(layout)
        ),
        objects=ObjectStore(
            endpoint=objects,
            secure=f"https://{place}:{cloud.SECURE_OBJECTS_PORT}",
            region=cloud.REGION,
            identity_endpoint=objects,
            credentials_file=cloud.operator_keys_file(layout),
        ),
        mail=MailSink(
            address=place, port=cloud.MAIL_PORT, inbox=f"http://{place}:{cloud.INBOX_PORT}/"
        ),
        entrance=Entrance(
            kind="skipper",
            class_name=services.INGRESS_CLASS,
            address="127.0.0.1",
            port=layout.port,
            sources=(f"{layout.pods_gateway}/32", f"{layout.node_address}/32"),
        ),
        network=Network(
            pods=layout.pods,
            services=layout.services,
            node=layout.node_address,
            dns=layout.dns,
        ),
        identity=IdentityServer(
            public=layout.identity, address=layout.node_address, port=layout.port
        ),
        storage_class=cluster.STORAGE_CLASS,
        images={name: image.reference for name, image in images.items()},
    )
