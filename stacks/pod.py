"""Pods as the restricted pod security standard wants them, and a little stricter.

Every pod of every stack is made here, so a rule that holds for one holds for all: no root, no
token, no writable root file system, no capability, no service names in the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.model.size import Resources

USER = 1000


@dataclass(frozen=True)
class Volume:
    """One volume and where it is mounted. `source` None: a claim that the owner templates."""

    name: str
    path: str
    source: Mapping[str, Any] | None
    read_only: bool = False


@dataclass(frozen=True)
class Container:
    """A container of a pod. `probes` by name, such as `readinessProbe`.

    `command` stands in place of the image's own entry point; `arguments` are given to either.
    """

    name: str
    image: str
    resources: Resources
    command: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    environment_from: tuple[Mapping[str, Any], ...] = ()
    port: int | None = None
    probes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    before_stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pod:
    """A pod: who it runs as, what it may write, and how long it may take to stop, in seconds.

    `first` runs to its end before the container starts.
    """

    account: str
    container: Container
    volumes: tuple[Volume, ...] = ()
    grace_s: int = 30
    restart: str = "Always"
    user: int = USER
    first: Container | None = None

    def spec(self, further: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The pod's `spec`, with further keys such as a topology spread."""
        spec: dict[str, Any] = {
            "serviceAccountName": self.account,
            "automountServiceAccountToken": False,
            # Services named `database` or `cache` would else set DATABASE_PORT and the like.
            "enableServiceLinks": False,
            "restartPolicy": self.restart,
            "terminationGracePeriodSeconds": self.grace_s,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": self.user,
                "runAsGroup": self.user,
                "fsGroup": self.user,
                "fsGroupChangePolicy": "OnRootMismatch",
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [self._container(self.container)],
            **({"initContainers": [self._container(self.first)]} if self.first else {}),
            **(further or {}),
        }
        sources = [
            {"name": volume.name, **volume.source}
            for volume in self.volumes
            if volume.source is not None
        ]
        return {**spec, "volumes": sources} if sources else spec

    def _container(self, inner: Container) -> dict[str, Any]:
        parts: dict[str, Any] = {
            "name": inner.name,
            "image": inner.image,
            "imagePullPolicy": "IfNotPresent",
            "command": list(inner.command),
            "args": list(inner.arguments),
            "env": [{"name": name, "value": value} for name, value in inner.environment.items()],
            "envFrom": [dict(source) for source in inner.environment_from],
            "ports": [{"name": "main", "containerPort": inner.port, "protocol": "TCP"}]
            if inner.port
            else [],
            "resources": limits(inner.resources),
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "volumeMounts": [_mount(volume) for volume in self.volumes],
            # Else nobody is told why a program ended but who finds its log in time.
            "terminationMessagePolicy": "FallbackToLogsOnError",
            **{name: dict(probe) for name, probe in inner.probes.items()},
        }
        if inner.before_stop:
            parts["lifecycle"] = {"preStop": {"exec": {"command": list(inner.before_stop)}}}
        return {name: value for name, value in parts.items() if value}


def limits(resources: Resources) -> dict[str, Any]:
    """Requests and limits as a container states them."""
    return {
        "requests": {"cpu": resources.cpu_request, "memory": resources.memory_request},
        "limits": {"cpu": resources.cpu_limit, "memory": resources.memory_limit},
    }


def scratch(name: str, path: str, size: str) -> Volume:
    """An empty folder of a limited size that lives as long as the pod."""
    return Volume(name, path, {"emptyDir": {"sizeLimit": size}})


def memory(name: str, path: str, size: str) -> Volume:
    """The same in memory: what is in it is never written to a disk."""
    return Volume(name, path, {"emptyDir": {"medium": "Memory", "sizeLimit": size}})


def claimed(name: str, path: str, claim: str, *, read_only: bool = False) -> Volume:
    """The volume of a claim that is there already."""
    source = {"persistentVolumeClaim": {"claimName": claim}}
    return Volume(name, path, source, read_only)


def secret_files(name: str, path: str, secret: str) -> Volume:
    """The keys of a Secret as files that the pod's group may read."""
    source = {"secret": {"secretName": secret, "defaultMode": 0o440}}
    return Volume(name, path, source, read_only=True)


def configuration_files(name: str, path: str, config_map: str) -> Volume:
    """The keys of a ConfigMap as files."""
    source = {"configMap": {"name": config_map, "defaultMode": 0o444}}
    return Volume(name, path, source, read_only=True)


def command_probe(*command: str, period_s: int = 10, failures: int = 3) -> dict[str, Any]:
    """A probe that runs a command; three failures in a row count unless told."""
    return {
        "exec": {"command": list(command)},
        "periodSeconds": period_s,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


def port_probe(port: int, *, period_s: int = 10, failures: int = 3) -> dict[str, Any]:
    """A probe that opens a TCP connection."""
    return {
        "tcpSocket": {"port": port},
        "periodSeconds": period_s,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


def _mount(volume: Volume) -> dict[str, Any]:
    mount: dict[str, Any] = {"name": volume.name, "mountPath": volume.path}
    return {**mount, "readOnly": True} if volume.read_only else mount
