"""Carnet behind the interface of products: all that it takes."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.model.instance import Instance
from orchestrator.model.release import Release
from orchestrator.model.size import ProductSize, Resources
from orchestrator.products.product import Bucket, Check, Product, Subject
from orchestrator.products.secrets import Kind, SecretSpec, certificate, objects
from orchestrator.products.toolbox import Toolbox
from orchestrator.products.trying import expect


class Carnet(Instance):
    """An instance of Carnet."""

    pages: int = 100


class CarnetSize(ProductSize):
    """What it gets."""

    web: Resources

    def parts(self) -> list[tuple[int, Resources]]:
        return [*super().parts(), (1, self.web)]


def well(subject: Subject[Carnet, Release], tools: Toolbox) -> str:
    """It says that it is well."""
    return expect(subject, tools, subject.release.probe.readiness, 200)


class _Carnet(Product[Carnet, Release]):
    instance = Carnet
    release = Release
    size = CarnetSize
    images = ("carnet",)

    def secrets(self, instance: Carnet) -> tuple[SecretSpec, ...]:
        del instance
        key = SecretSpec("notes_key", "carnet/application", "key", Kind.HEX)
        return (key, *objects("carnet"), *certificate("carnet"))

    def bucket(self, subject: Subject[Carnet, Release]) -> Bucket:
        del subject
        return Bucket()

    def checks(self, subject: Subject[Carnet, Release]) -> Mapping[str, Check[Carnet, Release]]:
        del subject
        return {"health": well}


PRODUCT = _Carnet()
