"""Right files: defaults, platforms, sizes, drafts, projects, differences, the schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from orchestrator import config, settings
from orchestrator.config import draft, project, schema
from orchestrator.config.differences import Difference, differences
from orchestrator.config.merge import merged
from orchestrator.errors.config import (
    PlatformFileFaultsError,
    PlatformNotFoundError,
    SizeFileFaultsError,
    SizeNotFoundError,
    TenantFileFaultsError,
    TenantNotFoundError,
)
from orchestrator.errors.usage import FileInTheWayError
from orchestrator.settings import Settings

CLONE = Path(__file__).parents[3]
EXAMPLES = sorted((CLONE / "tenants" / "_examples").glob("*.yaml"))
ANSWERS = draft.Answers(
    slug="val-clair",
    name='Commune de "Val-Clair": la vraie',
    kind="commune",
    siren="999001282",
    domain="participer.val-clair.example",
    mail="mairie@val-clair.example",
    platform="sandbox",
    release="0.31.5",
    sub_processors=("this-machine",),
    size="demo",
)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_valid(path: Path) -> None:
    assert config.load_file(settings.load(CLONE), path).slug == path.stem


def test_what_is_shipped_is_valid() -> None:
    ours = settings.load(CLONE)
    assert {"pays-de-brenne", "saint-martin"} <= {one.slug for one in config.load_all(ours)}
    assert [config.load_platform(ours, name).name for name in config.platforms(ours)] == [
        "ovhcloud",
        "sandbox",
        "scaleway",
    ]
    assert [config.load_size(ours, name).name for name in config.sizes(ours)] == [
        "demo",
        "large",
        "medium",
        "small",
    ]


def test_the_shipped_schema_is_current() -> None:
    assert (CLONE / "tenants" / schema.FILE).read_text(encoding="utf-8") == schema.text()


@pytest.mark.parametrize(
    "path",
    [*sorted((CLONE / "tenants").glob("[a-z]*.yaml")), *EXAMPLES],
    ids=lambda path: path.stem,
)
def test_each_file_names_the_schema_and_fits_it(path: Path) -> None:
    import jsonschema

    text = path.read_text(encoding="utf-8")
    named = text.partition("\n")[0].removeprefix("# yaml-language-server: $schema=")
    body = json.loads((path.parent / named).read_text(encoding="utf-8"))
    data = json.loads(json.dumps(YAML(typ="safe").load(text), default=str))
    jsonschema.validate(data, body)


def test_the_nearest_tenant_is_named(
    project: Settings, right: str, write: Callable[..., Path]
) -> None:
    write(right)
    with pytest.raises(TenantNotFoundError) as caught:
        config.load_tenant(project, "saint-martn")
    assert "did you mean `saint-martin`?" in caught.value.hints
    assert caught.value.exit_status == 6


def test_defaults_are_joined_and_the_tenant_wins() -> None:
    defaults = {"a": {"b": 1, "c": [1, 2]}, "instances": {"decidim": {"size": "small"}}}
    own = {"a": {"c": [3]}, "instances": {"decidim": {"domain": "x"}}}
    assert merged(defaults, own) == {
        "a": {"b": 1, "c": [3]},
        "instances": {"decidim": {"size": "small", "domain": "x"}},
    }


def test_defaults_of_a_product_count_only_for_who_has_it() -> None:
    defaults = {
        "instances": {"grist": {"size": "small"}},
        "data_protection": {"register": {"grist": {}, "decidim": {}}, "roles": {"grist": "x"}},
    }
    assert merged(defaults, {"instances": {"decidim": {}}}) == {
        "instances": {"decidim": {}},
        "data_protection": {"register": {"decidim": {}}, "roles": {}},
    }


def test_a_projects_own_size_wins_and_must_fit_its_quota(
    project: Settings, right: str, write: Callable[..., Path]
) -> None:
    demo = (CLONE / "tenants" / "_sizes" / "demo.yaml").read_text(encoding="utf-8")
    quota = "  quota: { cpu: 330m, memory: 1984Mi, storage: 1280Mi, pods: 6 }"
    before = next(line for line in demo.splitlines() if line.startswith("  quota:"))
    path = write(demo.replace(before, quota), "_sizes/demo.yaml")
    cpu = 30 + 20 + 20 + 25 + 10 + 5
    path.write_text(demo.replace(before, quota.replace("330m", f"{cpu}m")))
    share = config.load_size(project, "demo").of("decidim")
    assert share
    assert share.quota.pods == 6
    for old, new, key in [
        (f"{cpu}m", f"{cpu - 1}m", "cpu"),
        ("1984Mi", "1983Mi", "memory"),
        ("1280Mi", "1279Mi", "storage"),
        ("pods: 6", "pods: 5", "pods"),
    ]:
        tight = quota.replace("330m", f"{cpu}m").replace(old, new)
        path = write(demo.replace(before, tight), "_sizes/tight.yaml")
        path.write_text(path.read_text().replace("name: demo", "name: tight"))
        config.library.load_size.cache_clear()
        with pytest.raises(SizeFileFaultsError) as caught:
            config.load_size(project, "tight")
        (fault,) = caught.value.faults
        assert (fault.key, fault.file) == (f"decidim.quota.{key}", "tenants/_sizes/tight.yaml")
    write(right.replace("size: demo", "size: tight"))
    with pytest.raises(TenantFileFaultsError, match="1 fault in tenants/saint-martin"):
        config.load_tenant(project, "saint-martin")


def test_names_of_platforms_and_sizes_are_checked(
    project: Settings, write: Callable[..., Path]
) -> None:
    with pytest.raises(PlatformNotFoundError) as no_platform:
        config.load_platform(project, "sandbx")
    assert "did you mean `sandbox`?" in no_platform.value.hints
    with pytest.raises(SizeNotFoundError) as no_size:
        config.load_size(project, "../_platforms/sandbox")
    assert no_size.value.exit_status == 6
    shipped = (CLONE / "tenants" / "_platforms" / "sandbox.yaml").read_text(encoding="utf-8")
    write(shipped, "_platforms/ours.yaml")
    with pytest.raises(PlatformFileFaultsError) as wrong_name:
        config.load_platform(project, "ours")
    assert wrong_name.value.faults[0].key == "name"


def test_a_draft_is_valid_and_written_once(project: Settings) -> None:
    path = draft.write(project, ANSWERS)
    tenant = config.load_tenant(project, "val-clair")
    assert tenant.organisation.legal_name == ANSWERS.name
    before = path.read_bytes()
    with pytest.raises(FileInTheWayError):
        draft.write(project, ANSWERS)
    assert path.read_bytes() == before


def test_a_bad_draft_is_not_written(
    project: Settings, right: str, write: Callable[..., Path]
) -> None:
    write(right)
    taken = draft.Answers(
        **{**vars(ANSWERS), "domain": "participer.saint-martin.localhost", "siren": "123"}
    )
    with pytest.raises(TenantFileFaultsError):
        draft.write(project, taken)
    with pytest.raises(TenantFileFaultsError) as caught:
        draft.write(project, draft.Answers(**{**vars(taken), "siren": "999001282"}))
    assert "claimed by tenants/saint-martin.yaml" in caught.value.faults[0].message
    assert config.slugs(project) == ("saint-martin",)


def test_a_new_project_finds_what_is_shipped(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "README.md").write_text("mine")
    project.make(folder, copy=False)
    assert (folder / "README.md").read_text() == "mine"
    ours = settings.load(folder)
    assert config.load_all(ours) == ()
    assert config.load_platform(ours, "sandbox").cluster.kind == "sandbox"
    draft.write(ours, ANSWERS)
    assert len(config.load_all(ours)) == 1
    with pytest.raises(FileInTheWayError):
        project.make(folder, copy=False)
    project.make(tmp_path / "copy", copy=True)
    assert (tmp_path / "copy" / "tenants" / "_sizes" / "demo.yaml").is_file()


def test_differences_name_what_counts(
    project: Settings, right: str, write: Callable[..., Path]
) -> None:
    write(right)
    before = write(right.replace("    size: demo\n", "").replace("1h", "2h"), "_before.yaml")
    found = differences(
        config.load_file(project, before), config.load_tenant(project, "saint-martin")
    )
    assert found == (Difference("instances.decidim.size", "small", "demo"),)
