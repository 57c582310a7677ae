"""What can go wrong with backups is told or survived: old or new state, and never a mix of them.

Nothing that was acknowledged is lost, nobody else is touched, the cause and the next step are told,
and to run the same again changes nothing. The numbers are those of `orchestrator help faults`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.model.point import point_id
from tests.sandbox import harm, writing
from tests.sandbox.elsewhere import busy_store, cut_store, early_store, reached_by
from tests.sandbox.harm import Harmed, flipped, refused
from tests.sandbox.project import Project, Standing

pytestmark = [pytest.mark.sandbox, pytest.mark.torture]

SEEDS = range(int(os.environ.get("ORCHESTRATOR_SEEDS", "3")))
KILLS = 4


@pytest.fixture(scope="module")
def both(standing: Standing, project: Project) -> Iterator[tuple[Harmed, Harmed]]:
    """Two tenants with a Decidim each: one that harm is done to, and one beside it."""
    found = harm.begun(standing, project)
    yield found
    harm.ended(found)


@pytest.fixture(scope="module")
def kept(both: tuple[Harmed, Harmed]) -> Harmed:
    """The instance that harm is done to."""
    return both[0]


@pytest.fixture(scope="module")
def neighbour(both: tuple[Harmed, Harmed]) -> Harmed:
    """The one beside it."""
    return both[1]


@pytest.fixture(autouse=True)
def nobody_else(neighbour: Harmed) -> Iterator[None]:
    """Whatever is done to one tenant, another sees nothing of it."""
    before = neighbour.trace()
    yield
    assert neighbour.trace() == before


def theirs_as_it_is(kept: Harmed, neighbour: Harmed) -> tuple[str, bytes]:
    point = neighbour.points()[0]
    return point, neighbour.content(f"points/{point}.json")


def theirs_renamed(kept: Harmed, neighbour: Harmed) -> tuple[str, bytes]:
    return young(), theirs_as_it_is(kept, neighbour)[1]


def ours_changed(kept: Harmed, neighbour: Harmed) -> tuple[str, bytes]:
    point = kept.points()[0]
    content = kept.content(f"points/{point}.json")
    return young(), content.replace(point.encode(), young().encode(), 1)


def ours_replayed(kept: Harmed, neighbour: Harmed) -> tuple[str, bytes]:
    return young(), kept.content(f"points/{kept.points()[-1]}.json")


def signed_for_another(kept: Harmed, neighbour: Harmed) -> tuple[str, bytes]:
    point = neighbour.points()[0]
    document = json.loads(neighbour.content(f"points/{point}.json"))["document"]
    return point, kept.signed(document)


def young() -> str:
    """A name that is newer than that of any point."""
    return point_id(datetime.now(UTC) + timedelta(hours=1), "ffffff")


@pytest.mark.fault(
    15,
    "A manifest tampered with, replayed, or taken from another tenant",
    "manifests of another tenant, with a changed byte, under another name, put into the store",
    "refused by signature, name or tenant before anything starts; the good points stay usable",
)
@pytest.mark.fault(
    16,
    "A point of another tenant is asked for",
    "another tenant's point, even signed anew with this tenant's key, restored in place",
    "refused with `point-foreign` or `signature-invalid`; no run begins and no pod is touched",
)
@pytest.mark.parametrize(
    ("forged", "codes"),
    [
        (theirs_as_it_is, ("signature-invalid",)),
        (theirs_renamed, ("signature-invalid",)),
        (ours_changed, ("signature-invalid",)),
        (ours_replayed, ("signed-form-unknown",)),
        (signed_for_another, ("point-foreign",)),
    ],
)
def test_a_point_that_is_none_of_ours(
    kept: Harmed,
    neighbour: Harmed,
    forged: Callable[[Harmed, Harmed], tuple[str, bytes]],
    codes: tuple[str, ...],
) -> None:
    name, content = forged(kept, neighbour)
    before, runs, good = kept.trace(), kept.runs(), kept.points()
    undo = kept.written(f"points/{name}.json", content)
    try:
        done = kept.project.call(*kept.restore(name))
        refused(done, done.status, *codes)
        assert done.status in (1, 5)
        assert kept.points() == good
        assert name in {one.id for one in kept.listed()}
    finally:
        undo()
    assert kept.runs() == runs
    assert kept.trace() == before


@pytest.mark.fault(
    17,
    "The key that unlocks the backups is disabled or destroyed",
    "`min_decryption_version` raised after a rotation, and put back; the key deleted",
    "`key-unavailable` before any tool runs, never 'no backup'; no new key in its place",
)
def test_a_key_that_may_not_unlock_any_more(kept: Harmed) -> None:
    transit, key = kept.vault.secrets.transit, kept.names.backup_key
    mount = kept.tenant.transit_mount
    before, point = kept.trace(), kept.points()[0]
    transit.rotate_key(key, mount_point=mount)
    newest = transit.read_key(key, mount_point=mount)["data"]["latest_version"]
    transit.update_key_configuration(key, min_decryption_version=newest, mount_point=mount)
    try:
        told_that_the_key_is_away(kept, point)
    finally:
        transit.update_key_configuration(key, min_decryption_version=1, mount_point=mount)
    assert kept.trace() == before
    kept.whole(point)


def test_a_key_that_was_destroyed(neighbour: Harmed) -> None:
    transit, key = neighbour.vault.secrets.transit, neighbour.names.backup_key
    mount = neighbour.tenant.transit_mount
    point = neighbour.points()[0]
    transit.update_key_configuration(key, deletion_allowed=True, mount_point=mount)
    transit.delete_key(key, mount_point=mount)
    told_that_the_key_is_away(neighbour, point)
    assert key not in transit.list_keys(mount_point=mount)["data"]["keys"]


def told_that_the_key_is_away(one: Harmed, point: str) -> None:
    runs, pods = one.runs(), one.pods()
    for call in (
        one.restore(point),
        ("backup", "run", one.instance, "--yes"),
        ("backup", "verify", one.instance),
    ):
        done = one.project.call(*call)
        refused(done, 3, "key-unavailable")
        assert "they may well be there" in done.err
    assert one.runs() == runs
    assert one.pods() == pods


@pytest.mark.fault(
    14,
    "Whoever holds the key that writes backups deletes or overwrites them",
    "objects and versions deleted, and one overwritten, with the writer's key",
    "deletion is refused; what was overwritten is found by `backup verify` and its version remains",
)
def test_who_writes_cannot_destroy(kept: Harmed) -> None:
    kept.writer_destroys_nothing()
    writer, segment = kept.client("writer"), kept.needed("/{segment}-")
    made = writer.put_object(Bucket=kept.store, Key=segment, Body=flipped(kept.content(segment)))
    try:
        broken(kept, segment)
    finally:
        kept.s3.delete_object(Bucket=kept.store, Key=segment, VersionId=made["VersionId"])
    kept.whole()


def broken(kept: Harmed, key: str) -> None:
    """The newest point is told to be broken, by that object, and an older one is proposed."""
    newest, older = (one.id for one in kept.listed()[:2])
    done = kept.project.call("backup", "verify", kept.instance)
    refused(done, 4, "point-broken")
    assert key in done.err
    assert f"{kept.instance} --point {older}" in done.err
    assert newest in done.err


KINDS = (
    "/{segment}-",
    "repository/archive/main/archive.info",
    "repository/backup/main/backup.info",
    "/{base}/backup.manifest",
    "/{base}/bundle/",
    "/{base}/pg_data/",
    "inventories/{point}",
    "points/{point}",
)


@pytest.mark.fault(
    13,
    "One byte of what a recovery point needs is not what it was",
    "a byte flipped in each kind of object, in the store and on its disk",
    "`backup verify` names the object and proposes an older point; put right, it is whole",
)
def test_a_flipped_byte_is_found(kept: Harmed) -> None:
    for kind in KINDS:
        key = kept.needed(kind)
        undo = kept.written(key, flipped(kept.content(key)))
        try:
            broken(kept, key)
        finally:
            undo()
    kept.whole()


@pytest.mark.fault(
    13,
    "One byte of what a recovery point needs is not what it was",
    "a byte of a base flipped before a drill",
    "`drill-red`, a signed record that says so, and an older point to fall back to",
)
def test_a_drill_finds_a_flipped_byte(kept: Harmed) -> None:
    older, _newest = kept.backed_up(), kept.backed_up()
    key = kept.needed("/{base}/pg_data/")
    undo = kept.written(key, flipped(kept.content(key)))
    try:
        done = kept.project.call("drill", "run", kept.instance)
    finally:
        undo()
    refused(done, 4, "drill-red")
    assert f"older point {older}" in done.err
    (line,) = kept.project.succeed("drill", "list", kept.slug, "--json").document["instances"]
    assert line["newest"]["verdict"] == "red", "only a record whose signature is good counts"
    kept.project.succeed("drill", "run", kept.instance)
    kept.whole()


@pytest.mark.fault(
    13,
    "One byte of what a recovery point needs is not what it was",
    "a byte of an upload flipped on the disk of the store",
    "`backup verify` names the upload",
)
@pytest.mark.torture
def test_a_byte_flipped_on_the_disk_is_found(kept: Harmed) -> None:
    key, content = kept.upload()
    disk, place = kept.on_disk(content)
    overwrite(disk, place, flipped(content))
    try:
        broken(kept, key)
    finally:
        overwrite(disk, place, content)
    kept.whole()


def overwrite(disk: Path, place: int, content: bytes) -> None:
    with disk.open("r+b") as volume:
        volume.seek(place)
        volume.write(content)


def through(kept: Harmed, folder: Path, endpoint: str) -> Project:
    """The project where the store is reached by another address."""
    real = kept.standing.connection
    objects = real.objects.model_copy(update={"endpoint": endpoint})
    return reached_by(kept.project, real.model_copy(update={"objects": objects}), folder)


@pytest.mark.fault(
    21,
    "The clocks of database and object store differ",
    "a door before the store that dates its answers 45 s ahead",
    "`clocks-differ` and no point; 10 s are made up for by a wider guard",
)
def test_clocks_that_differ(kept: Harmed, tmp_path: Path) -> None:
    ahead(kept, tmp_path)


def ahead(kept: Harmed, folder: Path, after: bytes = b"") -> None:
    """A store that is too far ahead is refused, one that is less so makes a wider guard."""
    before = kept.points()
    endpoint = kept.standing.connection.objects.endpoint
    asked = ("backup", "run", kept.instance, "--yes")
    with early_store(endpoint, 45, after) as door:
        done = through(kept, folder, door).call(*asked)
    refused(done, 4, "clocks-differ")
    assert kept.points() == before
    with early_store(endpoint, 10, after) as door:
        through(kept, folder, door).succeed(*asked)
    (point, *rest) = kept.points()
    assert rest == before
    said = kept.project.succeed("backup", "show", kept.instance, point, "--json").document
    assert said["bucket"]["guard_s"] >= 60 + 8


@pytest.mark.fault(
    22,
    "A clock jumps while a recovery point is made",
    "a door before the store that dates its answers 45 s ahead once objects were listed",
    "`clocks-differ` and no point; after a smaller jump objects are chosen again by a wider guard",
)
def test_a_clock_that_jumps(kept: Harmed, tmp_path: Path) -> None:
    ahead(kept, tmp_path, listed(kept))


def listed(kept: Harmed) -> bytes:
    """What a store says when it lists the objects of the instance."""
    return f"<Name>{kept.slug}-decidim-uploads</Name>".encode()


@pytest.mark.fault(
    8,
    "The object store answers every fifth call with 503",
    "a door before the store that refuses every fifth connection of `backup run`",
    "the calls are made again and the backup succeeds",
)
def test_a_store_that_refuses_every_fifth_call(kept: Harmed, tmp_path: Path) -> None:
    refusals: list[int] = []

    def busy(number: int) -> bool:
        if number % 5:
            return False
        refusals.append(number)
        return True

    with busy_store(kept.standing.connection.objects.endpoint, busy) as door:
        through(kept, tmp_path, door).succeed("backup", "run", kept.instance, "--yes")
    assert refusals
    kept.whole()


@pytest.mark.fault(
    24,
    "The network is cut between two steps",
    "a door before the store that lets nothing through once objects were listed",
    "`backup run` ends within two minutes with the store's address; resumed, it makes its point",
)
def test_a_network_that_is_cut(kept: Harmed, tmp_path: Path) -> None:
    before = kept.points()
    endpoint = kept.standing.connection.objects.endpoint
    with cut_store(endpoint, after=listed(kept)) as door:
        done = through(kept, tmp_path, door).call("backup", "run", kept.instance, "--yes")
    refused(done, 4, "store-unreachable")
    assert done.seconds < 120
    assert kept.points() == before
    run = max(kept.runs(), key=lambda one: (kept.project.runs / one).stat().st_mtime)
    kept.project.succeed("run", "resume", run, "--yes")
    assert len(kept.points()) == len(before) + 1
    kept.whole()


@pytest.mark.fault(
    7,
    "The object store hangs",
    "the store's process stopped for 20 s while rows are written, then let go on",
    "the site answers meanwhile, the log catches up by itself, and nothing is lost",
)
def test_a_store_that_hangs(kept: Harmed) -> None:
    part = next(one for one in kept.standing.sandbox.status() if one.name == "objects")
    last = kept.asked("select last_archived_wal from pg_stat_archiver;")
    os.kill(part.pid, signal.SIGSTOP)
    try:
        for _ in range(4):
            kept.row()
            kept.asked("select to_json(pg_switch_wal());")
            time.sleep(5)
        assert kept.status() == 200
        assert kept.asked("select last_archived_wal from pg_stat_archiver;") == last
    finally:
        os.kill(part.pid, signal.SIGCONT)
    rows = kept.rows()
    newest = kept.asked("select pg_walfile_name(pg_switch_wal());")
    waited = 0
    while kept.asked("select last_archived_wal from pg_stat_archiver;") < newest:
        time.sleep(1)
        waited += 1
        assert waited < 120, "the log does not catch up"
    kept.backed_up()
    assert kept.rows() == rows
    kept.whole()


ROOM = """
df() { printf 'Avail\\n1000\\n'; }
export -f df
export PGDATA=/tmp/room/pgdata RESTORE_ID=room RESTORE_TYPE=name RESTORE_TARGET=room
RESTORE_SET=$(pgbackrest --stanza=main --output=json info | jq -r '.[0].backup[-1].label')
export RESTORE_SET
mkdir -p $PGDATA $PGDATA.before-older
echo 15 >$PGDATA/PG_VERSION
postgres-restore
echo "ended with $?"
ls -A /tmp/room
rm -rf /tmp/room
"""


@pytest.mark.fault(
    12,
    "The disk that is restored to is full",
    "a volume with 1000 free bytes under the program that brings a database back",
    "refused before anything is fetched, once what earlier restorations kept has made room",
)
def test_a_disk_that_is_full(kept: Harmed) -> None:
    answer = kept.kubectl.inside(kept.names.namespace, "statefulset/database", ["bash", "-c", ROOM])
    assert "there is no room" in answer.err
    assert "1000 are free; nothing was changed" in answer.err
    said, left = answer.out.split("ended with 73")
    assert "removing pgdata.before-older" in said
    assert left.split() == [".lock", "pgdata"]


@pytest.mark.fault(
    5,
    "Two people act on one instance at once",
    "`backup run` and `restore --in-place` begun while another `backup run` holds its lease",
    "the second is refused with the holder's name before it touches anything; the first finishes",
)
def test_two_at_once(kept: Harmed) -> None:
    before = kept.points()
    with kept.project.watched("backup", "run", kept.instance, "--yes") as first:
        assert first.says('"step": "backup-store"')
        os.kill(first.process.pid, signal.SIGSTOP)
        try:
            for call in (kept.restore(before[0]), ("backup", "run", kept.instance, "--yes")):
                done = kept.project.call(*call)
                refused(done, 10, "lease-held")
                assert f"process {first.process.pid}" in done.err
        finally:
            os.kill(first.process.pid, signal.SIGCONT)
        assert first.ended()[0] == 0
    assert kept.points()[1:] == before


KILL = """
while :; do
    for one in /proc/[0-9]*; do
        words=$(tr '\\0' ' ' 2>/dev/null <$one/cmdline) || continue
        case $words in pgbackrest*--type=full*backup*) sleep 0.3; break 2 ;; esac
    done
    sleep 0.05
done
for one in /proc/[0-9]*; do
    words=$(tr '\\0' ' ' 2>/dev/null <$one/cmdline) || continue
    case $words in pgbackrest*backup*) kill -9 "${one#/proc/}" ;; esac
done
"""


@pytest.mark.fault(
    6,
    "The backup engine is killed",
    "SIGKILL of pgBackRest in the pod in the middle of a full base",
    "told, no point is made of it, and the next one finishes",
)
def test_an_engine_that_is_killed(kept: Harmed) -> None:
    before = kept.points()
    argv = ["exec", "-n", kept.names.namespace, "statefulset/database", "--", "bash", "-c", KILL]
    with ThreadPoolExecutor(1) as other:
        killed = other.submit(kept.kubectl, *argv, timeout_s=120.0)
        done = kept.project.call("backup", "run", kept.instance, "--take", "full", "--yes")
        assert killed.result().status == 0, killed.result().err
    refused(done, 4, "base-not-made")
    assert kept.points() == before
    kept.backed_up("--take", "full")
    kept.whole()


@pytest.mark.fault(
    9,
    "The key that writes backups is revoked",
    "the writer's key removed at the store while the database archives its log",
    "the site goes on; the next backup notices it, hands out another, and the log has no hole",
)
def test_a_writer_whose_key_is_revoked(kept: Harmed) -> None:
    identity = kept.names.backup_identity("writer")
    for one in kept.iam.list_access_keys(UserName=identity)["AccessKeyMetadata"]:
        kept.iam.delete_access_key(UserName=identity, AccessKeyId=one["AccessKeyId"])
    kept.row()
    kept.asked("select to_json(pg_switch_wal());")
    moment, rows = writing.now(kept.standing.connection, kept.slug), kept.rows()
    time.sleep(3)
    failed = kept.asked("select failed_count from pg_stat_archiver;")
    assert int(failed) > 0
    assert kept.status() == 200
    kept.backed_up()
    assert kept.rows() == rows
    assert kept.points()[0] > point_id(moment, "")
    kept.whole()
    kept.project.succeed("onboard", kept.slug, "--yes")  # what began anew is accepted anew
    kept.settled()


BACKUP = ("making a base", '"step": "recovery-point"', "naming a place", "choosing the objects")


@pytest.mark.fault(
    1,
    "The orchestrator is killed while it backs up",
    "SIGKILL at each step of `backup run`",
    "no manifest without its data; the run is resumed and makes its point",
)
def test_a_backup_killed_everywhere(kept: Harmed) -> None:
    before = kept.points()
    first = ("backup", "run", kept.instance, "--take", "full", "--yes")
    run = killed_at(kept, first, *BACKUP)
    kept.project.succeed("run", "resume", run, "--yes")
    made = [one for one in kept.points() if one not in before]
    assert len(made) in (1, 2), "one that the last kill came too late for, and the last"
    for one in made:
        kept.whole(one)
    assert [one for one in kept.listed() if one.id not in {*made, *before}] == []


def killed_at(
    kept: Harmed, first: tuple[str, ...], *texts: str, run: str = "", shut: bool = False
) -> str:
    """Begin a run, or go on with one, and kill it at each of these; the run.

    With `shut` the site must be so each time.
    """
    for text in texts:
        again = ("run", "resume", run, "--yes", "--confirm", kept.slug)
        run = kept.killed(again if run else first, text, run)
        assert not shut or kept.status() != 200, text
    return run


SHUT = (
    "naming a place",
    "everything stopped",
    '"step": "services"',
    '"step": "objects"',
    '"step": "emptied"',
    '"step": "erased"',
    '"step": "compared"',
)
OPEN = ('"step": "opened"', '"step": "acceptance"', '"step": "base-backup"')


@pytest.mark.fault(
    28,
    "All parts are healthy and rows are missing",
    "a point, signed with the tenant's own key, that says one row more than its data has",
    "`restored-otherwise`, and the site stays shut until the right point is brought back",
)
@pytest.mark.fault(
    2,
    "The orchestrator is killed while it restores",
    "SIGKILL at each step of `restore --in-place`",
    "the run is resumed and arrives; until it has compared, the site is shut",
)
@pytest.mark.fault(
    30,
    "A queue speaks of what came after the moment that is restored",
    "a job put into the queue before a restoration",
    "the queue is empty once the site is open again",
)
def test_what_came_back_otherwise_stays_shut(kept: Harmed) -> None:
    good = kept.backed_up()
    then = kept.state()
    bad, undo = kept.otherwise(good)
    try:
        done = kept.project.call(*kept.restore(bad))
    finally:
        undo()
    refused(done, 4, "restored-otherwise")
    assert good in done.err
    assert kept.status() != 200
    kept.redis("lpush queue:nobody later")
    kept.goes_on()
    run = killed_at(kept, kept.restore(good), *SHUT, shut=True)
    run = killed_at(kept, (), *OPEN, run=run)
    kept.project.succeed("run", "resume", run, "--yes", "--confirm", kept.slug)
    assert kept.status() == 200
    assert kept.state() == then
    assert kept.redis("llen queue:nobody") == "0"
    kept.settled()
    kept.whole()


@pytest.mark.fault(
    1,
    "The orchestrator is killed while it backs up",
    "SIGKILL at random moments, from seeds",
    "every point that is there is whole, and the run that is resumed makes one",
)
@pytest.mark.fault(
    2,
    "The orchestrator is killed while it restores",
    "SIGKILL at random moments, from seeds",
    "whenever the site is open it shows the state before or the state of the point",
)
@pytest.mark.torture
@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_random_it_arrives(kept: Harmed, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - when to kill is no secret
    good = kept.backed_up()
    then = kept.state()
    kept.goes_on()
    either = (then, kept.state())
    for first, whole_s in (
        (("backup", "run", kept.instance, "--take", "full", "--yes"), 12.0),
        (kept.restore(good), 60.0),
    ):
        before, run = kept.points(), ""
        for _ in range(KILLS):
            again = ("run", "resume", run, "--yes", "--confirm", kept.slug)
            run = kept.killed_after(again if run else first, chance.uniform(0.5, whole_s), run)
            if kept.status() == 200:
                assert kept.state() in either
        if run:
            again = ("run", "resume", run, "--yes", "--confirm", kept.slug)
            done = kept.project.call(*again)
            assert done.status == 0 or "error[run-finished]" in done.err, done.err
        else:
            kept.project.succeed(*first)
        assert all(one.point for one in kept.listed())
        assert set(before) < set(kept.points())
        kept.whole()
    assert kept.status() == 200
    assert kept.state() == then
    kept.settled()
