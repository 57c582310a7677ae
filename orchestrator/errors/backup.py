"""Faults of making backups and of bringing something back from them."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.errors.root import ExitStatus, OrchestratorError

_SHOWN = 20


class RepositoryUnreadableError(OrchestratorError):
    """The backup engine cannot read its own repository."""

    code = "repository-unreadable"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, where: str, *, said: str, asked: str = "statefulset/database") -> None:
        super().__init__(
            f"the backup engine of {where} cannot read its repository",
            why=f"it says: {said}",
            hints=(
                "never begin a new repository over this one: what is there may be whole",
                f"see what its pod says with `kubectl logs -n {where} {asked}`",
            ),
        )


class BaseNotMadeError(OrchestratorError):
    """The backup engine ended before the base of the database was whole."""

    code = "base-not-made"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, where: str, *, status: int, said: tuple[str, ...]) -> None:
        super().__init__(
            f"no base of the database in {where} was made",
            why=f"the backup engine ended with status {status}; no recovery point names what it "
            "left",
            details=said,
            hints=(
                "run the same command again: it goes on with what is in the store already",
                f"see what its pod says with `kubectl logs -n {where} statefulset/database`",
            ),
        )


class SnapshotNotMadeError(OrchestratorError):
    """The pod that keeps files ended before a snapshot of them was whole."""

    code = "snapshot-not-made"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, where: str, *, status: int, said: tuple[str, ...]) -> None:
        super().__init__(
            f"no snapshot of the files in {where} was made",
            why=f"the pod that keeps them ended with status {status}; no recovery point names what "
            "it left",
            details=said,
            hints=(
                "run the same command again: it goes on with what is in the store already",
                f"see what its pod says with `kubectl logs -n {where} deployment/keeper`",
            ),
        )


class LogNotKeptError(OrchestratorError):
    """The database's log did not reach the store of backups in time."""

    code = "log-not-kept"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, where: str, *, wanted: str, newest: str, seconds: float) -> None:
        super().__init__(
            f"the log of the database in {where} did not reach the store of backups",
            why=f"file {wanted} is not there after {seconds:g} s; the newest is "
            f"{newest or 'none at all'}",
            hints=(
                f"see why with `kubectl logs -n {where} statefulset/database`",
                "nothing is lost while the database runs: its log waits on its volume",
            ),
        )


class ClocksDifferError(OrchestratorError):
    """Database and store do not agree on the time, so a moment cannot be named."""

    code = "clocks-differ"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, instance: str, *, skew_s: float, limit_s: float) -> None:
        super().__init__(
            f"no recovery point was made of {instance}: the clocks of database and object store "
            "differ",
            why=f"by {skew_s:.0f} s; up to {limit_s:.0f} s are allowed for",
            hints=("set the clock of the machine that is wrong, then run the same command again",),
        )


class CopiesBehindError(OrchestratorError):
    """Versions of objects are not in the store of backups yet."""

    code = "copies-behind"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, instance: str, *, objects: tuple[str, ...]) -> None:
        some = objects[:_SHOWN]
        more = (f"and {len(objects) - len(some)} more",) if len(objects) > len(some) else ()
        super().__init__(
            f"no recovery point was made of {instance}: {len(objects)} objects were not copied",
            why="what the product itself can destroy is no backup, so every version is copied",
            details=(*some, *more),
            hints=(
                "read what the copier says: `kubectl logs deployment/copier` in its namespace",
                f"hand it keys that work: `orchestrator onboard {instance}`",
            ),
        )


class PointUnknownError(OrchestratorError):
    """There is no recovery point of that name, or none that is old enough."""

    code = "point-unknown"
    exit_status = ExitStatus.NOT_FOUND

    def __init__(self, instance: str, *, asked: str, nearest: tuple[str, ...]) -> None:
        known = f"the nearest are {', '.join(nearest)}" if nearest else "it has none at all"
        super().__init__(
            f"{instance} has no recovery point {asked}",
            why=known,
            hints=(f"see them with `orchestrator backup list {instance}`",),
        )


class PointForeignError(OrchestratorError):
    """A recovery point is of another instance than the one it was asked for."""

    code = "point-foreign"
    exit_status = ExitStatus.POLICY

    def __init__(self, point: str, *, of: str, wanted: str) -> None:
        super().__init__(
            f"recovery point {point} is of {of}, not of {wanted}; nothing was brought back",
            why="its signed manifest says whose it is, wherever it lies",
            hints=(f"see those of the instance with `orchestrator backup list {wanted}`",),
        )


class PointOfOtherReleaseError(OrchestratorError):
    """The code that runs is of another release than the data that would be brought back."""

    code = "point-of-other-release"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, point: str, *, release: str, runs: str, file: str) -> None:
        super().__init__(
            f"recovery point {point} is of release {release}; the tenant file says {runs}",
            why="data of one release under the code of another is neither",
            hints=(f'set `release: "{release}"` in {file}, then run the same command again',),
        )


class BackupImpossibleError(OrchestratorError):
    """An instance of a product whose backups are not made yet."""

    code = "backup-impossible"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, instance: str, *, product: str) -> None:
        super().__init__(
            f"{instance} cannot be backed up by this version: {product} is not supported yet",
            hints=("see `orchestrator help weaknesses` for what is supported",),
        )


class PointBrokenError(OrchestratorError):
    """What a recovery point needs is not all there any more, or not what it was."""

    code = "point-broken"
    exit_status = ExitStatus.OUTSIDE

    def __init__(
        self, points: Mapping[str, str], *, faults: tuple[str, ...], older: Mapping[str, str]
    ) -> None:
        named = ", ".join(f"{point} of {instance}" for instance, point in points.items())
        super().__init__(
            f"recovery point {named} is not whole",
            why="every object that it needs was read; the exit status of no tool was believed",
            details=faults,
            hints=tuple(
                f"older, and not found bad so far: "
                f"`orchestrator backup verify {instance} --point {point}`"
                for instance, point in older.items()
            )
            or ("make another at once with `orchestrator backup run … --take full`",),
        )


class RetentionDiffersError(OrchestratorError):
    """What is kept is not what the tenant file promises."""

    code = "retention-differs"
    exit_status = ExitStatus.POLICY

    def __init__(self, instances: tuple[str, ...], *, differences: tuple[str, ...]) -> None:
        super().__init__(
            f"what is kept of {', '.join(instances)} is not what the tenant file promises",
            details=differences,
            hints=(
                "kept for longer: take it away with `orchestrator backup prune …`",
                "shorter: make a base with `orchestrator backup run … --take full`",
            ),
        )


class RestoredOtherwiseError(OrchestratorError):
    """What was brought back is not what the recovery point says it must be."""

    code = "restored-otherwise"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, instance: str, *, faults: tuple[str, ...], older: str) -> None:
        super().__init__(
            f"{instance} was brought back, but is not as it was; it stays shut",
            details=faults,
            hints=(
                *((f"try the older point {older}",) if older else ()),
                "the state before the restoration is kept, see the guide for support",
            ),
        )


class KeyChangedError(OrchestratorError):
    """The key that encrypted the data is not the one that is kept now."""

    code = "key-changed"
    exit_status = ExitStatus.CREDENTIALS

    def __init__(self, instance: str, *, key: str, path: str, version: int) -> None:
        super().__init__(
            f"the data of {instance} was encrypted with another {key} than the one kept now",
            why="brought back, its encrypted columns could not be read",
            hints=(
                f"version {version} of {path} is the right one; look at it with `vault kv get`",
                "write it back as the newest version, then run the same command again",
            ),
        )


class PartedError(OrchestratorError):
    """An instance is to be brought back without others that must be of the same instant."""

    code = "parted"
    exit_status = ExitStatus.POLICY

    def __init__(self, instance: str, *, others: tuple[str, ...], tenant: str) -> None:
        super().__init__(
            f"{instance} would be of another time than {' and '.join(others)}",
            why="the tenant file has a link between them with `together: true`",
            hints=(
                f"`orchestrator restore {tenant} --at TIME --in-place` brings back all of them",
                "with --alone it is brought back without them all the same",
            ),
        )
