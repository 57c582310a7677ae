"""The bucket of an instance that keeps objects, and a key of its own that opens nothing else."""

from __future__ import annotations

from orchestrator.engine.step import Say, Step, once
from orchestrator.flows.steps.secrets import keep
from orchestrator.model.change import Change, Operation, Risk
from orchestrator.model.rights import Rights
from orchestrator.model.secret import Secret
from orchestrator.ports import BucketState
from orchestrator.products.product import AnySubject
from orchestrator.products.secrets import objects_path
from orchestrator.products.toolbox import Toolbox

NAME = "bucket"


def bucket(subject: AnySubject, tools: Toolbox) -> Step | None:
    """A private, versioned bucket that takes uploads from the site's own domains."""
    wanted = subject.product.bucket(subject)
    if wanted is None:
        return None
    name = subject.names.bucket
    identity = subject.names.object_store_identity
    path = objects_path(subject.names.product)
    origins = wanted.upload_origins
    rights = Rights.INSTANCE_WITH_VERSIONS if wanted.versions else Rights.INSTANCE

    def look() -> tuple[Change, ...]:
        state = tools.objects.bucket(name)
        changes = _lacks(state, name, origins)
        if state is None or not _key_works():
            detail = "for this bucket alone"
            changes.append(Change(NAME, Operation.CREATE, f"key/{identity}", detail, Risk.MILD))
        return tuple(changes)

    def _key_works() -> bool:
        if not tools.secrets.prepared():
            return False
        kept = tools.secrets.read(path)
        return kept is not None and tools.objects.identity_works(
            identity, name, kept["access_key"].reveal(), kept["secret_key"], rights
        )

    def act(say: Say) -> None:
        state = tools.objects.bucket(name)
        if state is None:
            say(f"creating bucket {name}")
            tools.objects.create_bucket(name)
        if state is None or not state.versioned:
            say("turning versioning on, and proving it")
            tools.objects.version(name)
        if tuple(sorted(state.upload_origins if state else ())) != tuple(sorted(origins)):
            tools.objects.allow_uploads(name, origins)
        if not _key_works():
            say("making the key that opens this bucket alone")
            access_key, secret_key = tools.objects.create_identity(identity, name, rights)
            values = {"access_key": Secret(access_key), "secret_key": secret_key}
            keep(tools.secrets, path, values)

    return Step(
        NAME,
        promise=f"bucket {name} is private, versioned and opens to its own key alone",
        look=look,
        act=act,
        holds=once(look),
    )


def _lacks(state: BucketState | None, name: str, origins: tuple[str, ...]) -> list[Change]:
    target = f"bucket/{name}"
    if state is None:
        return [Change(NAME, Operation.CREATE, target, "versioned, private")]
    found = []
    if not state.versioned:
        found.append(Change(NAME, Operation.UPDATE, target, "versioning on"))
    if sorted(state.upload_origins) != sorted(origins):
        found.append(Change(NAME, Operation.UPDATE, target, "domains that may upload"))
    return found
