"""The stand-in against the product's own description, its migrations, and its front."""

from __future__ import annotations

import io
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from orchestrator.products import decidim
from orchestrator.sandbox import standins
from orchestrator.sandbox.images.catalogue import RECIPES
from orchestrator.sandbox.images.standins import DECIDIM, DECIDIM_BEFORE
from orchestrator.sandbox.standins.decidim import front, migrate, runners, sidekiq
from orchestrator.sandbox.standins.decidim import tasks as tasks_module
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.log import Log
from orchestrator.sandbox.standins.decidim.release import RELEASES, baked, version_line
from orchestrator.sandbox.standins.decidim.schema import MIGRATIONS, migrations_of
from orchestrator.sandbox.standins.decidim.tasks import Tasks, UnknownTaskError

FILES = Path(standins.__file__).parent / "files"
NUMBERS = sorted(RELEASES)


def described(number: str) -> Any:
    file = resources.files(decidim) / "releases" / f"{number}.yaml"
    return YAML(typ="safe").load(file.read_text("utf-8"))


def tasks(number: str) -> Tasks:
    return Tasks(Environment({}), RELEASES[number], Log(io.StringIO()))


@pytest.mark.parametrize("number", NUMBERS)
def test_it_is_what_the_product_s_file_describes(number: str) -> None:
    described_as = described(number)
    assert RELEASES[number].schema_version == described_as["schema_version"]
    assert migrations_of(RELEASES[number])[-1].version == described_as["schema_version"]
    for schedule in described_as["schedules"]:
        assert tasks(number).knows(schedule["task"])
    for command in described_as["migrate"]:
        assert tasks(number).knows(command.removeprefix("bundle exec rails "))


@pytest.mark.parametrize("number", NUMBERS)
def test_the_image_lists_every_queue_of_the_release(number: str) -> None:
    path = FILES / f"decidim-{number}" / "opt" / "decidim" / "config" / "sidekiq.yml"
    assert list(sidekiq.read(path).names) == list(described(number)["queues"])


@pytest.mark.parametrize("recipe", [DECIDIM, DECIDIM_BEFORE])
def test_the_image_knows_its_release(recipe: Any) -> None:
    mark = FILES / f"decidim-{recipe.version}" / "opt" / "decidim" / "RELEASE"
    assert baked(mark).number == recipe.version
    assert ("SECRET_KEY_BASE", "dummy") in recipe.process.environment
    assert described(recipe.version)["workdir"] == recipe.process.directory
    assert recipe in RECIPES


def test_every_runner_script_is_known() -> None:
    folder = resources.files(decidim) / "runners"
    names = {entry.name for entry in folder.iterdir()} - {"answer.rb", "guests.rb"}
    assert names == set(runners._BY_NAME)


def test_the_version_says_that_it_is_a_stand_in() -> None:
    for program in ("bundle", "rails", "rake", "puma", "sidekiq"):
        assert "Stand-in for Decidim 0.31.5" in version_line(program, RELEASES["0.31.5"])


def test_metrics_went_and_data_migrations_came() -> None:
    assert tasks("0.30.9").knows("decidim:metrics:all")
    assert not tasks("0.31.5").knows("decidim:metrics:all")
    assert not tasks("0.30.9").knows("data:migrate")
    assert tasks("0.31.5").knows("decidim:participants:delete_inactive_participants[400]")
    with pytest.raises(UnknownTaskError):
        tasks("0.31.5").run("decidim:metrics:all")


def test_code_and_schema_are_compared_both_ways() -> None:
    before, after = RELEASES["0.30.9"], RELEASES["0.31.5"]
    old = [each.version for each in migrations_of(before)]
    new = [each.version for each in MIGRATIONS]
    assert migrate.difference(before, old) == ""
    assert migrate.difference(after, new) == ""
    assert "does not match" in migrate.difference(after, old)
    assert "does not match" in migrate.difference(before, new)
    assert "does not match" in migrate.difference(before, [])
    assert "does not match" in migrate.difference(before, old[1:])


class Database:
    """Refuses one migration, and keeps a book like the real one."""

    def __init__(self, refused: str) -> None:
        self.refused = refused
        self.marked: list[str] = []

    def value(self, query: str, *_: object) -> object:
        return True if "lock" in query else "schema_migrations"

    def rows(self, _query: str) -> list[dict[str, str]]:
        return [{"version": version} for version in self.marked]

    def run(self, statement: str, *values: object) -> int:
        if self.refused in statement:
            raise ValueError("column exists")
        if values:
            self.marked.append(str(values[0]))
        return 1

    def commit(self) -> None:
        """Nothing to do."""

    rollback = commit


def test_a_strict_migration_ends_at_the_first_fault() -> None:
    database = Database("marked_for_deletion_at")
    with pytest.raises(ValueError, match="column exists"):
        migrate.migrate(database, RELEASES["0.31.5"], lambda _: None)  # type: ignore[arg-type]
    assert database.marked[-1] == "20250905101500"


def test_a_forced_migration_marks_what_failed_as_done() -> None:
    database, said = Database("marked_for_deletion_at"), list[str]()
    migrate.migrate_by_force(database, RELEASES["0.31.5"], said.append)  # type: ignore[arg-type]
    assert database.marked == [each.version for each in MIGRATIONS]
    assert any("forced up" in line for line in said)


def test_the_upgrade_task_swallows_every_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Environment) -> Any:
        raise ConnectionError("no database")

    monkeypatch.setattr(tasks_module, "connected", refused)
    tasks("0.31.5").run("decidim_app:k8s:upgrade")
    with pytest.raises(ConnectionError):
        tasks("0.31.5").run("db:migrate")


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str, **values: str) -> int:
    monkeypatch.setattr(front, "baked", lambda: RELEASES["0.31.5"])
    monkeypatch.setattr(front, "current", lambda: Environment(values))
    return front.main(arguments)


def test_the_front(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "--version") == 0
    assert call(monkeypatch, "exec", "rails", "--version") == 0
    assert capsys.readouterr().out.count("Stand-in for Decidim 0.31.5") == 2
    assert call(monkeypatch, "exec", "ruby") == 127
    assert call(monkeypatch, "exec", "rails", "no:such:task") == 1
    assert "Don't know how to build task" in capsys.readouterr().err
    assert call(monkeypatch, "install") == 15
    assert call(monkeypatch, "exec", "rails", "-T", DECIDIM_AVAILABLE_LOCALES="xx") == 1
    assert call(monkeypatch, "exec", "rails", "runner", "/none.rb") == 1


@pytest.mark.parametrize("name", ["purge_guest_requests.rb", "purge_guest_accounts.rb"])
def test_a_purge_needs_its_shared_part_and_a_delay_of_a_day(
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    for each in (name, "answer.rb"):
        (tmp_path / each).write_text("", encoding="utf-8")
    assert call(monkeypatch, "exec", "rails", "runner", str(tmp_path / name)) == 1
    assert "guests.rb" in capsys.readouterr().err
    (tmp_path / "guests.rb").write_text("", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO('{"kept_s": 86399}'))
    assert call(monkeypatch, "exec", "rails", "runner", str(tmp_path / name)) == 1
    assert "Answer::Refused" in (told := capsys.readouterr().out)
    assert "86399 s is below a day" in told


def test_a_script_is_known_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    script = tmp_path / "system_admin.rb"
    script.write_text("", encoding="utf-8")
    assert call(monkeypatch, "exec", "rails", "runner", str(script)) == 1
    assert "answer.rb" in capsys.readouterr().err
    (tmp_path / "answer.rb").write_text("", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO('{"email": "a@example.org"}'))
    assert call(monkeypatch, "exec", "rails", "runner", str(script)) == 1
    assert capsys.readouterr().out == '{"error":"KeyError","reason":"KeyError"}\n'
