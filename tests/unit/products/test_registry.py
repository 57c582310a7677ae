"""A product from a folder of a project's own goes the whole way without a flow that knows it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.cli.main import answer
from orchestrator.errors.config import ProductFileFaultsError
from orchestrator.products import registry
from orchestrator.products.releases import known, release

CLONE = Path(__file__).parents[3]
PRODUCTS = CLONE / "tests" / "cases" / "products"
SHARE = "{ cpu_request: 10m, cpu_limit: 100m, memory_request: 16Mi, memory_limit: 64Mi }"
SIZE = f"""version: 1
name: paper
description: For notes
carnet:
  web: {SHARE}
  job: {SHARE}
  quota: {{ cpu: 100m, memory: 256Mi, storage: 1Gi, pods: 4 }}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with the product, a size that serves it, and a tenant that has it."""
    shutil.copytree(PRODUCTS, tmp_path / "products")
    (tmp_path / "tenants" / "_sizes").mkdir(parents=True)
    (tmp_path / "tenants" / "_sizes" / "paper.yaml").write_text(SIZE, encoding="utf-8")
    text = (CLONE / "tenants" / "pays-de-brenne.yaml").read_text(encoding="utf-8")
    begin, end = text.index("instances:"), text.index("data_protection:")
    entry = """instances:
  carnet:
    release: "1.2.3"
    domain: carnet.pays-de-brenne.localhost
    size: paper
    pages: 7
    settings: { NOTES_COLOUR: blue }
"""
    changed = text[:begin] + entry + text[end:].replace("    decidim:", "    carnet:")
    register = """    carnet:
      purposes: [Tenir un carnet]
      legal_basis: public_task
      categories:
        - name: notes
          people: [agents]
          data: [texte]
          kept: 1y
          trigger: écriture
          then: erase
      transfers: none
"""
    changed = changed.replace("    carnet:\n      recipients", register + "      recipients", 1)
    (tmp_path / "tenants" / "pays-de-brenne.yaml").write_text(changed, encoding="utf-8")
    monkeypatch.setenv("ORCHESTRATOR_ROOT", str(tmp_path))
    yield tmp_path
    registry.forget(tmp_path / "products")


def test_it_is_planned_from_its_folder_alone(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (root / "products").is_dir()
    assert answer(["plan", "pays-de-brenne", "--offline", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["subject"] == "pays-de-brenne/carnet"
    steps = list(dict.fromkeys(change["step"] for change in plan["changes"]))
    assert steps == ["secrets", "bucket", "certificate", "infrastructure", "acceptance"]
    targets = {change["target"] for change in plan["changes"]}
    assert {"deployment/web", "namespace/pays-de-brenne-carnet", "secret/carnet/application"} <= (
        targets
    )


def test_its_keys_are_checked_like_those_of_any_product(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = root / "tenants" / "pays-de-brenne.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("pages: 7", "page: 7").replace("COLOUR", "COLOR"))
    assert answer(["tenant", "validate"]) == 2
    said = capsys.readouterr().err
    assert "instances.carnet.page  unknown key, did you mean `pages`?" in said
    file.write_text(text.replace("COLOUR", "COLOR"))
    assert answer(["tenant", "validate"]) == 2
    assert "is not read by release 1.2.3, did you mean `NOTES_COLOUR`?" in capsys.readouterr().err


def test_without_the_folder_nobody_knows_it(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    shutil.rmtree(root / "products")
    assert answer(["tenant", "validate"]) == 2
    assert "instances.carnet  unknown key" in capsys.readouterr().err


def test_a_bad_description_is_a_fault_with_its_line(root: Path) -> None:
    file = root / "products" / "carnet" / "product.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("Deployment", "Pod"))
    registry.include(root / "products")
    with pytest.raises(ProductFileFaultsError) as caught:
        registry.facts("carnet")
    (fault,) = caught.value.faults
    assert fault.key == "workloads.0.kind"
    assert fault.place.endswith("carnet/product.yaml:7")


@pytest.mark.parametrize("name", registry.names())
def test_every_product_of_ours_is_whole(name: str) -> None:
    facts = registry.facts(name)
    assert facts.name == name
    assert (CLONE / "stacks" / name).is_dir()
    for number in known(name):
        one = release(name, number)
        assert (one.product, one.release) == (name, number)
        assert len({variable.name for variable in one.environment}) == len(one.environment)
        assert one.image in registry.product(name).images
