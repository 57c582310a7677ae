"""Faults of the sandbox."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class NotRootError(OrchestratorError):
    """The sandbox needs root."""

    code = "not-root"
    exit_status = ExitStatus.CREDENTIALS

    def __init__(self, user: str) -> None:
        super().__init__(
            "the sandbox needs root: it makes network namespaces and runs a container runtime",
            why=f"you are `{user}`",
            hints=(
                "run the same command with sudo",
                "or use a cluster of your own: `cluster.kind: kubeconfig` in the platform's file",
            ),
        )


class MachineUnsuitableError(OrchestratorError):
    """This machine lacks something that cannot be installed."""

    code = "machine-unsuitable"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, lacks: tuple[str, ...]) -> None:
        super().__init__(
            "this machine cannot hold a sandbox",
            hints=("free what is short, or use another machine", "see `orchestrator doctor`"),
            details=lacks,
            context={"lacks": "; ".join(lacks)},
        )


class AddressRangeTakenError(OrchestratorError):
    """The sandbox's address range is in use."""

    code = "address-range-taken"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, wanted: str, *, by: str, another_helps: bool = True) -> None:
        leave = "see what uses it with `ip -4 route show table all`, and take that down"
        another = "another name, another range: `orchestrator sandbox up --name NAME`"
        super().__init__(
            f"the address range {wanted} is in use on this machine",
            why=f"it is routed to {by}",
            hints=(another, f"or {leave}") if another_helps else (leave,),
            context={"range": wanted, "by": by},
        )


class PortTakenError(OrchestratorError):
    """The port on the loopback is in use."""

    code = "port-taken"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} on 127.0.0.1 is in use by another program",
            hints=("another name, another port: `orchestrator sandbox up --name NAME`",),
            context={"port": port},
        )


class DiskFullError(OrchestratorError):
    """There is no room left where the sandbox keeps its data."""

    code = "disk-full"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, folder: str, *, needed_mib: int, free_mib: int, free_files: int) -> None:
        super().__init__(
            f"the disk is full: the sandbox needs {needed_mib} MiB at {folder}",
            why=f"{free_mib} MiB are free there, in at most {free_files} more files",
            hints=(
                f"see what takes the room with `du -xh --max-depth=1 {folder}`, and free some",
                "then run `orchestrator sandbox up` again: what is whole is kept",
            ),
            context={
                "folder": folder,
                "needed_mib": needed_mib,
                "free_mib": free_mib,
                "free_files": free_files,
            },
        )


class PartNotReadyError(OrchestratorError):
    """A part of the sandbox does not answer."""

    code = "part-not-ready"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, part: str, *, reason: str, log: str, tail: tuple[str, ...]) -> None:
        super().__init__(
            f"part `{part}` of the sandbox is not ready: {reason}",
            why=f"its log is {log}",
            hints=(
                "run `orchestrator sandbox up` again: what stands is kept",
                "see every part with `orchestrator sandbox status`",
            ),
            details=tail,
            context={"part": part, "log": log},
        )


class SandboxMissingError(OrchestratorError):
    """There is no sandbox of that name, or it does not run."""

    code = "sandbox-missing"
    exit_status = ExitStatus.NOT_FOUND

    def __init__(self, name: str, *, why: str) -> None:
        named = "" if name == "default" else f" --name {name}"
        super().__init__(
            f"sandbox `{name}` is not up",
            why=why,
            hints=(f"bring it up with `orchestrator sandbox up{named}`",),
            context={"sandbox": name},
        )


class PackagesMissingError(OrchestratorError):
    """Debian packages are missing and could not be installed."""

    code = "packages-missing"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, packages: tuple[str, ...], *, tail: tuple[str, ...] = ()) -> None:
        listed = " ".join(packages)
        super().__init__(
            f"these Debian packages are needed and could not be installed: {listed}",
            hints=(f"install them by hand: `apt-get install {listed}`",),
            details=tail,
            context={"packages": listed},
        )
