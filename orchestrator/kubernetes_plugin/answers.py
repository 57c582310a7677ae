"""How results and faults are told to the engine."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeVar

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from orchestrator.errors.cluster_objects import ObjectNotReadyError, sentence
from orchestrator.errors.root import OrchestratorError
from orchestrator.kubernetes_plugin.difference import Difference, Happens
from orchestrator.kubernetes_plugin.properties import render
from orchestrator.model.secret import Secret
from orchestrator.tools.masking import mask

_KINDS = {
    Happens.ADD: (provider_pb2.PropertyDiff.ADD, provider_pb2.PropertyDiff.ADD_REPLACE),
    Happens.DELETE: (provider_pb2.PropertyDiff.DELETE, provider_pb2.PropertyDiff.DELETE_REPLACE),
    Happens.UPDATE: (provider_pb2.PropertyDiff.UPDATE, provider_pb2.PropertyDiff.UPDATE_REPLACE),
}
_DETAILS = "grpc-status-details-bin"
_TYPE_URL = "type.googleapis.com/pulumirpc.ErrorResourceInitFailed"

_Method = TypeVar("_Method", bound=Callable[..., Any])


class UnfinishedError(Exception):
    """An object was written but does not work; the engine must keep it in its state."""

    def __init__(self, identifier: str, outputs: dict[str, Any], cause: OrchestratorError) -> None:
        super().__init__(cause.message)
        self.identifier = identifier
        self.outputs = outputs
        self.cause = cause


def answered(method: _Method) -> _Method:
    """Turn our faults into the engine's statuses. For methods of the servicer."""

    @functools.wraps(method)
    def guarded(self: Any, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except UnfinishedError as unfinished:
            _abort_unfinished(context, unfinished)
        except OrchestratorError as error:
            context.abort(grpc.StatusCode.UNKNOWN, sentence(error))

    return guarded  # type: ignore[return-value]  # wraps keeps the signature


def masked(error: OrchestratorError, secrets: Iterable[Secret]) -> OrchestratorError:
    """The same fault with no secret in its words: a server repeats what it refuses."""
    known = tuple(secrets)
    error.message = mask(error.message, known)
    error.why = mask(error.why, known)
    error.details = tuple(mask(line, known) for line in error.details)
    if isinstance(error, ObjectNotReadyError):
        error.reasons = error.details
    return error


def difference_answer(found: Difference) -> provider_pb2.DiffResponse:
    """A difference as the engine wants it."""
    paths = [change.path for change in found.changes]
    some = provider_pb2.DiffResponse.DIFF_SOME if paths else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some,
        replaces=found.replaces,
        diffs=sorted({path.partition(".")[0].partition("[")[0] for path in paths}),
        detailedDiff={
            change.path: provider_pb2.PropertyDiff(
                kind=_KINDS[change.happens][change.replaces], inputDiff=True
            )
            for change in found.changes
        },
        hasDetailedDiff=True,
        deleteBeforeReplace=found.delete_first,
    )


def _abort_unfinished(context: grpc.ServicerContext, unfinished: UnfinishedError) -> NoReturn:
    cause = unfinished.cause
    detail = provider_pb2.ErrorResourceInitFailed(
        id=unfinished.identifier,
        properties=render(unfinished.outputs),
        reasons=[sentence(cause)],
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=sentence(cause))
    packed = status.details.add()
    packed.type_url = _TYPE_URL
    packed.value = detail.SerializeToString()
    context.set_trailing_metadata(((_DETAILS, status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, sentence(cause))
