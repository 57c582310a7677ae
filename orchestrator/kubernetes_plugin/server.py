"""The engine's resource provider for the package `kubernetes`: each call, translated."""

# ruff: noqa: N802 - the protocol names its methods

from __future__ import annotations

import threading

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from orchestrator.kubernetes_plugin import checkpoint, resources
from orchestrator.kubernetes_plugin.access import Origin, sign_in
from orchestrator.kubernetes_plugin.answers import answered, difference_answer
from orchestrator.kubernetes_plugin.check import Failure, Naming, Surroundings, checked
from orchestrator.kubernetes_plugin.cluster import Cluster
from orchestrator.kubernetes_plugin.engine import Engine
from orchestrator.kubernetes_plugin.properties import hide_secret_kind, parse, plain, render

VERSION = "4.34.2"  # of the official plugin whose place this one takes
_UNSERVED = ("helm.sh/", "kustomize/", "yaml/", "kubernetes:yaml:")
_UNSERVED_OPTIONS = ("renderYamlToDirectory", "yamlDirectory")


class KubernetesProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one engine at a time. Every call may come on a thread of its own."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._engine = Engine()
        self._namespace = ""
        self._cluster = Cluster(lambda: sign_in(Origin()), self._stop)

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Say what we can do; the engine says where it listens."""
        self._engine.attach(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, supports_autonaming_configuration=True
        )

    def Attach(
        self, request: plugin_pb2.PluginAttach, _context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """The engine says where it listens."""
        self._engine.attach(request.address)
        return empty_pb2.Empty()

    def GetPluginInfo(
        self, _request: empty_pb2.Empty, _context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        """The version whose place we take."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(
        self, _request: provider_pb2.GetSchemaRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        """No schema: the Python classes have their own."""
        return provider_pb2.GetSchemaResponse(schema="{}")

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Refuse what only the official plugin does."""
        failures = [
            provider_pb2.CheckFailure(
                property=name, reason="only the official plugin renders files"
            )
            for name in _UNSERVED_OPTIONS
            if name in request.news.fields
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(
        self, request: provider_pb2.DiffRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        """Another way to the cluster never replaces what is in it."""
        same = request.olds == request.news
        answer = provider_pb2.DiffResponse
        return answer(changes=answer.DIFF_NONE if same else answer.DIFF_SOME)

    def Configure(
        self, request: provider_pb2.ConfigureRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        """Begin anew with this way to the cluster; nothing is read before it is needed."""
        given = plain(parse(request.args))
        given = {**dict(request.variables), **given}
        origin = Origin(str(given.get("kubeconfig") or ""), str(given.get("context") or ""))
        self._namespace = str(given.get("namespace") or "")
        self._stop.clear()
        self._cluster = Cluster(lambda: sign_in(origin), self._stop)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    @answered
    def Check(
        self, request: provider_pb2.CheckRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Complete the inputs."""
        token = request.urn.split("::")[2].rpartition("$")[2]
        if token.endswith("Patch") or any(part in token for part in _UNSERVED):
            reason = f"{token} is served by the official plugin only"
            return _check_answer(request, [Failure("kind", reason)])
        naming = Naming(
            resource=request.name or request.urn.split("::")[-1],
            seed=request.randomSeed or request.urn.encode(),
            proposed=request.autonaming.proposed_name,
            forbidden=request.autonaming.mode
            == provider_pb2.CheckRequest.AutonamingOptions.DISABLE,
        )
        around = Surroundings(self._default_namespace(), self._cluster.namespaced)
        inputs, failures = checked(parse(request.news), parse(request.olds), naming, around)
        answer = _check_answer(request, failures)
        answer.inputs.CopyFrom(render(hide_secret_kind(inputs)))
        return answer

    @answered
    def Diff(
        self, request: provider_pb2.DiffRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        """Compare the inputs of the last run with the new ones."""
        olds = parse(request.old_inputs) or parse(request.olds).get(checkpoint.INPUTS) or {}
        return difference_answer(resources.compare(self._cluster, plain(olds), parse(request.news)))

    @answered
    def Create(
        self, request: provider_pb2.CreateRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        """Write a new object and wait until it works."""
        order = resources.Order(
            request.urn,
            parse(request.properties),
            {},
            request.timeout,
            self._engine.teller(request.urn),
        )
        if request.preview:
            outputs = resources.preview(self._cluster, order)
            return provider_pb2.CreateResponse(properties=render(outputs))
        identifier, outputs = resources.carry_out(self._cluster, order)
        return provider_pb2.CreateResponse(id=identifier, properties=render(outputs))

    @answered
    def Update(
        self, request: provider_pb2.UpdateRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        """Write an object that is there and wait until it works."""
        order = resources.Order(
            request.urn,
            parse(request.news),
            parse(request.olds),
            request.timeout,
            self._engine.teller(request.urn),
        )
        if request.preview:
            outputs = resources.preview(self._cluster, order)
        else:
            _, outputs = resources.carry_out(self._cluster, order)
        return provider_pb2.UpdateResponse(properties=render(outputs))

    @answered
    def Read(
        self, request: provider_pb2.ReadRequest, _context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        """Look an object up; an empty id says that it is gone."""
        outputs, inputs = resources.read(
            self._cluster,
            request.urn,
            request.id,
            parse(request.properties),
            parse(request.inputs),
        )
        if not outputs:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=request.id, properties=render(outputs), inputs=render(inputs)
        )

    @answered
    def Delete(
        self, request: provider_pb2.DeleteRequest, _context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Remove an object and wait until it is gone."""
        state = parse(request.properties)
        resources.delete(self._cluster, request.id, state, request.timeout)
        return empty_pb2.Empty()

    def Invoke(
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        """Functions are the official plugin's alone."""
        reason = f"{request.tok} is served by the official plugin only"
        context.abort(grpc.StatusCode.UNIMPLEMENTED, reason)

    def Cancel(self, _request: empty_pb2.Empty, _context: grpc.ServicerContext) -> empty_pb2.Empty:
        """End every wait."""
        self._stop.set()
        return empty_pb2.Empty()

    def stop(self) -> None:
        """End every wait; the process is about to end."""
        self._stop.set()

    def _default_namespace(self) -> str:
        return self._namespace or "default"


def _check_answer(
    request: provider_pb2.CheckRequest, failures: list[Failure]
) -> provider_pb2.CheckResponse:
    return provider_pb2.CheckResponse(
        inputs=request.news,
        failures=[
            provider_pb2.CheckFailure(property=failure.path, reason=failure.reason)
            for failure in failures
        ],
    )
