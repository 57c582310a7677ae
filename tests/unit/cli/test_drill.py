"""`drill` from its words to stdout, stderr and exit status; the world ends at the wiring."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.cli.main import answer
from orchestrator.engine.events import Event, Kind
from orchestrator.engine.stop import StopRequest
from orchestrator.errors.backup import PointUnknownError
from orchestrator.errors.engine import RunInterruptedError
from orchestrator.errors.root import ExitStatus
from orchestrator.errors.secrets import SecretsSealedError
from orchestrator.model.connection import Connection
from orchestrator.model.drill import DrillRecord
from orchestrator.products import registry
from orchestrator.products.product import Product
from orchestrator.recovery.evidence import file_name
from orchestrator.wiring import drilling, drills, proofs
from orchestrator.wiring.case import Case
from tests.unit.recovery.drilled import LOST, RECORD, ROWS, record
from tests.unit.recovery.test_opening import KEYS, file, pem

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 12, 4, 6, 0, tzinfo=UTC)
Out = pytest.CaptureFixture[str]


class StillClock:
    """Time that stands."""

    def now(self) -> datetime:
        return NOW


@dataclass
class World:
    """What drills come to, by instance; whatever is not named is green."""

    state: Path
    ends: dict[str, DrillRecord | BaseException] = field(default_factory=dict)
    drilled: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def keep(self, *files: tuple[str, bytes]) -> None:
        folder = self.state / "drills"
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files:
            (folder / name).write_bytes(content)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A project of two tenants with a Decidim."""
    for name in ("a-sur-mer", "saint-martin"):
        text = (ROOT / "tenants" / "saint-martin.yaml").read_text(encoding="utf-8")
        own = tmp_path / "ours" / "tenants" / f"{name}.yaml"
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(text.replace("saint-martin", name), encoding="utf-8")
    shutil.copy(ROOT / "tenants" / "_defaults.yaml", own.parent)
    for name in ("ORCHESTRATOR_ROOT", "ORCHESTRATOR_LANG", "LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ORCHESTRATOR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ORCHESTRATOR_SANDBOX_DIR", str(tmp_path / "sandboxes"))
    monkeypatch.chdir(tmp_path / "ours")
    found = World(tmp_path / "state")

    @dataclass
    class FakeDrill:
        case: Case
        listener: object
        stop: StopRequest

        def carried_out(self) -> DrillRecord:
            name = self.case.names.instance
            found.drilled.append(name)
            end = found.ends.get(name) or record(self.case.tenant.slug)
            if isinstance(end, BaseException):
                raise end
            return end

    def keys(_settings: object, slug: str) -> Mapping[str, str]:
        found.asked.append(slug)
        return {"points-1": pem(KEYS[slug])} if slug in KEYS else {}

    monkeypatch.setattr(drills, "Drill", FakeDrill)
    monkeypatch.setattr(drilling, "SystemClock", StillClock)
    monkeypatch.setattr(proofs, "public_keys", keys)
    return found


def edited(slug: str, more: str) -> None:
    path = Path("tenants") / f"{slug}.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{more}\n", encoding="utf-8")


def fault(out: Out) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(out.readouterr().err.splitlines()[-1])
    return body


@pytest.mark.parametrize(
    ("words", "why"),
    [([], "say what to drill"), (["saint-martin", "--all"], "give either")],
    ids=["nothing", "both"],
)
def test_what_to_drill_has_to_be_said(
    world: World, capsys: Out, words: list[str], why: str
) -> None:
    assert answer(["drill", "run", *words]) == ExitStatus.CONFIGURATION
    assert why in capsys.readouterr().err
    assert world.drilled == []


def test_all_are_drilled_one_after_another(world: World, capsys: Out) -> None:
    assert answer(["drill", "run", "--all"]) == 0
    told = capsys.readouterr()
    assert told.out == (
        "a-sur-mer/decidim\tgreen\t4 min 0 s\t5 min 12 s\t20261123T0104Z\t-\n"
        "saint-martin/decidim\tgreen\t4 min 0 s\t5 min 12 s\t20261123T0104Z\t-\n"
    )
    assert "drill 1 of 2: a-sur-mer/decidim\ndrill 2 of 2: saint-martin/decidim\n" in told.err
    assert world.drilled == ["a-sur-mer/decidim", "saint-martin/decidim"]


def test_several_at_once_and_each_line_tells_whose_it_is(
    world: World, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=10)

    def carried_out(self: Any) -> DrillRecord:
        both.wait()
        self.listener(Event(Kind.STEP_DONE, NOW, "opened", 1, 1, {"seconds": 1.0}))
        return record(self.case.tenant.slug)

    monkeypatch.setattr(drills.Drill, "carried_out", carried_out)
    assert answer(["drill", "run", "--all", "--parallel", "2"]) == 0
    told = capsys.readouterr()
    assert sorted(line.split("\t")[0] for line in told.out.splitlines()) == [
        "a-sur-mer/decidim",
        "saint-martin/decidim",
    ]
    for name in ("a-sur-mer/decidim", "saint-martin/decidim"):
        assert f"{name} [1/1] opened  done in 1.0 s" in told.err


def test_those_that_are_named_once_each(world: World, capsys: Out) -> None:
    assert answer(["drill", "run", "saint-martin", "saint-martin/decidim", "--json"]) == 0
    assert world.drilled == ["saint-martin/decidim"]
    body = json.loads(capsys.readouterr().out)
    assert body == {
        "format": "orchestrator/drills/v1",
        "drills": [RECORD.document()],
        "not_tried": [],
    }


def test_a_red_one_and_one_without_a_point_do_not_stop_the_others(
    world: World, capsys: Out
) -> None:
    world.ends["a-sur-mer/decidim"] = PointUnknownError("a-sur-mer/decidim", asked="", nearest=())
    world.ends["saint-martin/decidim"] = record(
        assertions=(ROWS, LOST), rpo_s=None, copy_removed=False, older_point="20261122T0104Z"
    )
    assert answer(["drill", "run", "--all"]) == ExitStatus.OUTSIDE
    told = capsys.readouterr()
    first, second = told.out.splitlines()
    assert first.startswith("a-sur-mer/decidim\tred\t-\t-\t-\ta-sur-mer/decidim has no recovery")
    assert second == (
        "saint-martin/decidim\tred\t-\t5 min 12 s\t20261123T0104Z\t"
        "attachments-there, its copy is left behind"
    )
    assert "error[drill-red]: a-sur-mer/decidim, saint-martin/decidim were not proven" in told.err
    assert "0 of 2 drills held" in told.err
    assert "see them with `orchestrator backup list a-sur-mer/decidim`" in told.err
    assert (
        "attachments-there, its copy is left behind; `orchestrator drill show 7f3c91`" in told.err
    )
    older = "orchestrator backup verify saint-martin/decidim --point 20261122T0104Z"
    assert f"older point 20261122T0104Z: `{older}`" in told.err
    assert "`orchestrator copy remove saint-martin/decidim drill7f3c91`" in told.err
    world.drilled.clear()
    assert answer(["drill", "run", "--all", "--json"]) == ExitStatus.OUTSIDE
    told = capsys.readouterr()
    body = json.loads(told.out)
    assert [one["instance"] for one in body["not_tried"]] == ["a-sur-mer/decidim"]
    assert [one["verdict"] for one in body["drills"]] == ["red"]
    assert json.loads(told.err)["code"] == "drill-red"


def test_a_drill_that_tried_nothing_is_red(world: World, capsys: Out) -> None:
    world.ends["saint-martin/decidim"] = record(assertions=())
    assert answer(["drill", "run", "saint-martin"]) == ExitStatus.OUTSIDE
    assert "\tnothing was tried\n" in capsys.readouterr().out


def test_a_stop_ends_the_drills_and_tells_what_was_done(world: World, capsys: Out) -> None:
    world.ends["saint-martin/decidim"] = RunInterruptedError("0b11c2")
    assert answer(["drill", "run", "--all"]) == ExitStatus.INTERRUPTED
    told = capsys.readouterr()
    assert told.out.startswith("a-sur-mer/decidim\tgreen\t")
    assert "error[drills-stopped]: the drills were stopped; 1 of 2 were carried out" in told.err


def test_a_second_ctrl_c_warns_of_the_copy(world: World, capsys: Out) -> None:
    world.ends["a-sur-mer/decidim"] = KeyboardInterrupt()
    assert answer(["drill", "run", "--all"]) == ExitStatus.INTERRUPTED
    told = capsys.readouterr()
    assert "error[drills-stopped]: the drills were stopped; 0 of 2" in told.err
    assert "its copy may be left: it holds real data" in told.err
    assert "orchestrator copy list" in told.err
    assert world.drilled == ["a-sur-mer/decidim"]


def test_a_stop_between_two_begins_no_other(
    world: World, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestrator import wiring

    def asked(wanted: Any, listener: Any, stop: StopRequest, *further: Any) -> Any:
        for one in drilling.carried_out(wanted, listener, stop, *further):
            stop.requested = True
            yield one

    monkeypatch.setattr(wiring, "drill", asked)
    assert answer(["drill", "run", "--all", "--json"]) == ExitStatus.INTERRUPTED
    told = capsys.readouterr()
    assert len(json.loads(told.out)["drills"]) == 1
    assert world.drilled == ["a-sur-mer/decidim"]


def test_due_takes_what_was_not_proven_lately(world: World, capsys: Out) -> None:
    world.keep(file(RECORD))  # eleven days ago, of thirty
    assert answer(["drill", "run", "--due"]) == 0
    assert world.drilled == ["a-sur-mer/decidim"]
    assert answer(["drill", "run", "--due", "saint-martin"]) == 0
    assert world.drilled == ["a-sur-mer/decidim"]
    assert "Nothing is to be drilled today." in capsys.readouterr().err
    assert answer(["drill", "run", "--due", "saint-martin", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["drills"] == []


def test_a_red_record_is_due_at_once_and_a_forged_green_one_does_not_help(
    world: World, capsys: Out
) -> None:
    world.keep(file(record(assertions=(LOST,))))
    world.keep(file(record(id="0bad00", began=NOW), by="val-des-ormes"))
    assert answer(["drill", "run", "--due", "saint-martin"]) == 0
    assert world.drilled == ["saint-martin/decidim"]


@pytest.mark.parametrize(
    "more", ["lifecycle: {state: suspended}", "training: {until: 2026-12-03}"], ids=str.split
)
def test_suspended_and_ended_are_left_out_unless_they_are_named(world: World, more: str) -> None:
    edited("saint-martin", more)
    assert answer(["drill", "run", "--all"]) == 0
    assert answer(["drill", "run", "--due"]) == 0
    assert answer(["drill", "run", "--due", "saint-martin"]) == 0
    assert world.drilled == ["a-sur-mer/decidim"] * 2
    assert answer(["drill", "run", "saint-martin"]) == 0
    assert world.drilled[-1] == "saint-martin/decidim"


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ("saint-martin/rudi", "instance-not-found"),
        ("nobody", "tenant-not-found"),
        ("les-trois-moulins/rudi", "backup-impossible"),
    ],
)
def test_what_cannot_be_drilled_is_refused(
    world: World, capsys: Out, monkeypatch: pytest.MonkeyPatch, subject: str, code: str
) -> None:
    monkeypatch.setattr(type(registry.product("rudi")), "holdings", Product.holdings)
    shutil.copy(ROOT / "tenants" / "les-trois-moulins.yaml", "tenants")
    assert answer(["drill", "run", "saint-martin", subject, "--json"]) != 0
    assert fault(capsys)["code"] == code
    assert world.drilled == []


def test_who_stands_how(world: World, capsys: Out) -> None:
    world.keep(file(RECORD))
    assert answer(["drill", "list"]) == 0
    assert capsys.readouterr().out == (
        "a-sur-mer/decidim\t-\t-\t-\t-\tnever\n"
        "saint-martin/decidim\t2026-11-23 02:10 UTC\t11 d\t4 min 0 s\t5 min 12 s\tgreen\n"
    )
    assert world.asked == ["saint-martin"]  # who left no record is not asked
    assert answer(["drill", "list", "saint-martin", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["format"] == "orchestrator/drill-standings/v1"
    (one,) = body["instances"]
    assert (one["standing"], one["covered"], one["days_left"]) == ("green", True, 19)
    assert one["last_green"] == RECORD.document()


def test_a_project_without_backups_has_none_to_drill(world: World, capsys: Out) -> None:
    for path in Path("tenants").glob("[a-z]*.yaml"):
        path.unlink()
    assert answer(["drill", "list"]) == 0
    assert "none to drill" in capsys.readouterr().err
    assert answer(["drill", "run", "--all"]) == 0


def test_one_drill_is_shown_with_every_assertion(world: World, capsys: Out) -> None:
    world.keep(file(record(assertions=(ROWS, LOST), older_point="20261122T0104Z")))
    assert answer(["drill", "show", "7f3c91"]) == 0
    out = capsys.readouterr().out
    assert "drill\t7f3c91\ninstance\tsaint-martin/decidim\nverdict\tred\n" in out
    assert "older point\t20261122T0104Z\n" in out
    assert "signature\tverified, key points-1\n" in out
    assert "rows-counted\theld\t1.5 s\t8 420 of 8 420\tAs many rows as when it was saved\n" in out
    assert "attachments-there\tbroken\t20 s\t" in out
    assert answer(["drill", "show", "7f3c91", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["format"], body["state"]) == ("orchestrator/drill-shown/v1", "verified")
    assert len(body["drill"]["assertions"]) == 2


def test_a_verified_record_is_shown_before_one_that_only_says_so(world: World, capsys: Out) -> None:
    forged = replace(RECORD, began=NOW, rto_s=1.0)
    world.keep(file(RECORD), file(forged, by="val-des-ormes"))
    assert answer(["drill", "show", "7f3c91"]) == 0
    assert "rto\t5 min 12 s\n" in capsys.readouterr().out


def test_a_record_is_shown_although_no_keys_can_be_asked(
    world: World, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sealed(*_: object) -> None:
        raise SecretsSealedError("https://vault")

    monkeypatch.setattr(proofs, "public_keys", sealed)
    world.keep(file(RECORD))
    assert answer(["drill", "show", "7f3c91"]) == 0
    told = capsys.readouterr()
    assert "signature\tit is signed by `points-1`, which is not among the keys\n" in told.out
    assert "The signature cannot be tried" in told.err
    assert answer(["drill", "verify"]) == SecretsSealedError.exit_status


def test_a_drill_that_is_not_kept(world: World, capsys: Out) -> None:
    world.keep(file(RECORD), ("notes.txt", b""))
    assert answer(["drill", "show", "7f3c92"]) == ExitStatus.NOT_FOUND
    told = capsys.readouterr().err
    assert "error[drill-unknown]" in told
    assert "did you mean `7f3c91`?" in told


def test_what_is_kept_is_verified(world: World, capsys: Out) -> None:
    assert answer(["drill", "verify"]) == 0
    assert "No record" in capsys.readouterr().err
    other = record("val-des-ormes", id="00ab12")
    world.keep(file(RECORD), file(other))
    assert answer(["drill", "verify"]) == 0
    assert capsys.readouterr().out == (
        f"{file_name(RECORD)}\tverified\t\n{file_name(other)}\tverified\t\n"
    )


def test_what_is_no_record_of_ours_fails(world: World, capsys: Out) -> None:
    later = file_name(record(id="0bad00"))
    short = file_name(record(id="0bad01"))
    gone = record("gone", id="0bad02")
    world.keep(
        file(RECORD),
        (later, file(RECORD)[1]),
        (short, file(record(id="0bad01"))[1][:-5]),
        ("notes.txt", b"nothing"),
        file(gone, by="val-des-ormes"),
    )
    assert answer(["drill", "verify", "--json"]) == ExitStatus.FAILED
    told = capsys.readouterr()
    body = json.loads(told.out)
    assert body["format"] == "orchestrator/drill-verification/v1"
    assert {one["file"]: one["state"] for one in body["files"]} == {
        file_name(RECORD): "verified",
        later: "changed",
        short: "foreign",
        "notes.txt": "foreign",
        file_name(gone): "changed",
    }
    error = json.loads(told.err)
    assert error["code"] == "drill-untrusted"
    assert error["context"] == {"untrusted": 4, "tried": 5}
    assert len(error["details"]) == 4


def test_offline_with_files_and_keys_alone(
    world: World, capsys: Out, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answer(["drill", "keys", "saint-martin"]) == 0
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "keys.json").write_text(capsys.readouterr().out, encoding="utf-8")
    name, content = file(RECORD)
    (alone / name).write_bytes(content)
    monkeypatch.chdir(alone)
    world.asked.clear()
    assert answer(["drill", "verify", name, "--keys", "keys.json"]) == 0
    assert capsys.readouterr().out == f"{name}\tverified\t\n"
    assert world.asked == []
    (alone / name).write_bytes(content[:100])
    assert answer(["drill", "verify", name, "--keys", "keys.json"]) == ExitStatus.FAILED
    assert answer(["drill", "verify", name]) == ExitStatus.CONFIGURATION  # needs a project
    assert answer(["drill", "verify", "other.json", "--keys", "keys.json"]) == 2


@pytest.mark.parametrize("content", [b"{}", b"\xff", b'{"points-1": "none"}'])
def test_a_file_without_keys_is_refused(
    world: World, capsys: Out, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "keys.json").write_bytes(content)
    words = ["drill", "verify", "--keys", str(tmp_path / "keys.json")]
    assert answer(words) == ExitStatus.CONFIGURATION
    assert "error[public-keys-unreadable]" in capsys.readouterr().err


def test_a_folder_that_may_not_be_read(world: World, capsys: Out) -> None:
    world.state.mkdir()
    (world.state / "drills").write_text("no folder")
    assert answer(["drill", "verify"]) == ExitStatus.FAILED
    assert "error[records-unreadable]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (["--language", "fr"], '<!DOCTYPE html>\n<html lang="fr">'),
        (["--language", "en"], '<!DOCTYPE html>\n<html lang="en">'),
        (["--lang", "fr"], '<!DOCTYPE html>\n<html lang="fr">'),
        (["--format", "json"], '{\n  "format": "orchestrator/drill-report/v1"'),
        (["--json"], '{\n  "format": "orchestrator/drill-report/v1"'),
    ],
)
def test_a_report_is_printed_or_written(
    world: World, capsys: Out, words: list[str], begins: str
) -> None:
    world.keep(file(RECORD))
    assert answer(["drill", "report", *words]) == 0
    printed = capsys.readouterr().out
    assert printed.lower().startswith(begins.lower())
    Path("report").write_text("an earlier one", encoding="utf-8")
    assert answer(["drill", "report", *words, "--output", "report"]) == 0
    assert Path("report").read_text(encoding="utf-8") == printed
    assert capsys.readouterr().out == ""


def test_a_report_of_one_tenant_tells_of_no_other(world: World, capsys: Out) -> None:
    other = record("a-sur-mer", id="00ab12")
    world.keep(file(RECORD), file(other, by="val-des-ormes"), ("notes.txt", b""))
    assert answer(["drill", "report", "saint-martin", "--format", "json"]) == 0
    printed = capsys.readouterr().out
    assert "a-sur-mer" not in printed
    assert json.loads(printed)["foreign"] == []
    assert answer(["drill", "report", "--format", "json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["summary"]["instances"], body["summary"]["doubtful"]) == (2, 1)
    assert body["foreign"] == ["notes.txt"]


def test_a_report_that_cannot_be_written(world: World, capsys: Out) -> None:
    assert answer(["drill", "report", "--output", "nowhere/report"]) == ExitStatus.FAILED
    assert "error[file-unwritable]" in capsys.readouterr().err


def test_an_instance_counts_from_its_first_backup(
    world: World, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestrator.model.run import Author, Outcome, Run

    def run(verb: str, subject: str, day: int, outcome: Outcome = Outcome.DONE) -> Run:
        began = datetime(2026, 11, day, tzinfo=UTC)
        return Run("7f3c91", verb, subject, Author("ops", "host", 1), began, {}, {}, outcome)

    known: Callable[[Path], list[Run]] = lambda _folder: [  # noqa: E731
        run("backup", "a-sur-mer/decidim", 28),
        run("onboard", "a-sur-mer", 24),
        run("onboard", "a-sur-mer", 20, Outcome.FAILED),
        run("restore", "a-sur-mer/decidim", 19),
        run("backup", "saint-martin", 1),
    ]
    (world.state / "runs").mkdir(parents=True)
    monkeypatch.setattr(drilling, "read_runs", known)
    assert answer(["drill", "list", "a-sur-mer"]) == 0
    assert capsys.readouterr().out == "a-sur-mer/decidim\t-\t10 d\t-\t-\tnever\n"


def test_the_run_of_a_drill_is_not_resumed(world: World, capsys: Out) -> None:
    from orchestrator.engine.journal import Journal
    from orchestrator.model.run import Author, Outcome, Run

    run = Run("7f3c91", "drill", "a-sur-mer/decidim@drill00ab12", Author("ops", "host", 1), NOW, {})
    folder = world.state / "runs" / run.id
    journal = Journal.open(folder, run, StillClock(), str, lambda _event: None)  # type: ignore[arg-type]
    journal.finish(Outcome.INTERRUPTED, seconds=1.0)
    assert answer(["run", "resume", "7f3c91", "--yes"]) == ExitStatus.CONFIGURATION
    told = capsys.readouterr().err
    assert "error[drill-not-resumed]" in told
    assert "`orchestrator drill run a-sur-mer/decidim`" in told


UP = Connection.model_construct()


@pytest.mark.parametrize(
    ("owner", "bucket", "there"),
    [
        (None, None, False),
        ({"orchestrator/tenant": "x"}, None, True),
        (None, "a bucket", True),
        (None, SecretsSealedError("http://vault.example"), True),
    ],
    ids=["never onboarded", "it stands", "only backups are left", "nobody tells"],
)
def test_of_all_those_are_left_out_that_never_were(
    world: World, monkeypatch: pytest.MonkeyPatch, owner: Any, bucket: Any, *, there: bool
) -> None:

    def asked(_name: str) -> Any:
        if isinstance(bucket, BaseException):
            raise bucket
        return bucket

    tools = SimpleNamespace(
        cluster=SimpleNamespace(namespace_owner=lambda _namespace: owner),
        objects=SimpleNamespace(bucket=asked),
    )
    monkeypatch.setattr(drilling.backups, "looking", lambda _case: tools)
    reached = drilling._all
    monkeypatch.setattr(
        drilling, "_all", lambda *given: [replace(one, connection=UP) for one in reached(*given)]
    )
    assert answer(["drill", "run", "--all"]) == 0
    assert bool(world.drilled) is there
