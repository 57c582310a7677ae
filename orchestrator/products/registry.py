"""Which products there are: a folder each, the package's own and those of a project.

Models of tenant files and sizes have a key for each product, so they are made here, once all
folders are known.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import Field, create_model

from orchestrator.errors.config import ProductFileFaultsError
from orchestrator.model.instance import Instances
from orchestrator.model.product import Interface, ProductFacts
from orchestrator.model.size import Size
from orchestrator.model.tenant import Tenant
from orchestrator.products.product import AnyProduct
from orchestrator.reading import files

FACTS = "product.yaml"
ADAPTER = "adapter.py"
STACK = "stack.py"
_OURS = Path(__file__).parent
_folders: list[Path] = [_OURS]


def include(folder: Path) -> None:
    """Look for products in a further folder, too; one that is not there has none.

    What lies in it is run like the plays of the project: it is as trusted as they are.
    """
    if folder.is_dir() and folder not in _folders:
        _folders.append(folder)
        forget()


def forget(folder: Path | None = None) -> None:
    """Forget what was read, and a folder that was included."""
    if folder in _folders:
        _folders.remove(folder)
    for cache in (folders, product, facts, tenant_model, size_model):
        cache.cache_clear()


@lru_cache
def folders() -> dict[str, Path]:
    """The folder of every product by its name; of two of one name the package's own counts."""
    found: dict[str, Path] = {}
    for folder in _folders:
        for path in sorted(folder.glob(f"*/{FACTS}")):
            found.setdefault(path.parent.name, path.parent)
    return found


def names() -> tuple[str, ...]:
    """Every product."""
    return tuple(folders())


@lru_cache
def product(name: str) -> AnyProduct:
    """The product's own object. Raises KeyError when there is none of that name."""
    found: AnyProduct = _module(name, folders()[name] / ADAPTER).PRODUCT
    return found


@lru_cache
def facts(name: str) -> ProductFacts:
    """What `product.yaml` says. Raises ProductFileFaultsError."""
    path = folders()[name] / FACTS
    found = files.source(path, str(path))
    return files.validated(ProductFacts, found, ProductFileFaultsError)


def interfaces(name: str, release: str) -> tuple[Interface, ...]:
    """What a release of a product offers to programs."""
    return tuple(one for one in facts(name).interfaces if one.offered(release))


def takes_programs(name: str, release: str) -> bool:
    """Whether there is something that takes a program's own credential."""
    return any(one.access != "public" for one in interfaces(name, release))


def stack(name: str) -> ModuleType:
    """The module with the product's `resources(order)`."""
    path = folders()[name] / STACK
    return _module(name, path) if path.is_file() else importlib.import_module(f"stacks.{name}")


@lru_cache
def tenant_model() -> type[Tenant]:
    """A tenant whose `instances` has a key for each product."""
    keys: dict[str, Any] = {
        name: (product(name).instance | None, Field(default=None, description=facts(name).serves))
        for name in names()
    }
    instances = create_model("Instances", __base__=Instances, __doc__=Instances.__doc__, **keys)
    return create_model(
        "Tenant", __base__=Tenant, __doc__=Tenant.__doc__, instances=(instances, ...)
    )


@lru_cache
def size_model() -> type[Size]:
    """A size with a key for each product."""
    keys: dict[str, Any] = {name: (product(name).size | None, None) for name in names()}
    return create_model("Size", __base__=Size, __doc__=Size.__doc__, **keys)


def _module(product_name: str, path: Path) -> ModuleType:
    if path.is_relative_to(_OURS):
        return importlib.import_module(f"{__package__}.{product_name}.{path.stem}")
    name = f"orchestrator_products_{product_name}_{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise KeyError(product_name)
    made = importlib.util.module_from_spec(specification)
    sys.modules[name] = made
    specification.loader.exec_module(made)
    return made
