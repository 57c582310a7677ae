"""Documents and the bucket, against a real SeaweedFS."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.config import Config

from orchestrator.sandbox.standins.grist.pruning import superfluous
from tests import weed

CAP = {"hour": 0, "day": 0, "isoWeek": 0, "month": 0, "year": 0}


class Snapshot(NamedTuple):
    at: datetime


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with weed.running(tmp_path_factory.mktemp("weed"), "ACCESS", "secret") as address:
        yield boto3.client(
            "s3",
            endpoint_url=address,
            region_name="us-east-1",
            aws_access_key_id="ACCESS",
            aws_secret_access_key="secret",
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 5}),
        )


@pytest.fixture
def bucket(store: Any, request: pytest.FixtureRequest) -> str:
    name = request.node.name.replace("_", "-")[:60].rstrip("-")
    store.create_bucket(Bucket=name)
    enabled = {"Status": "Enabled"}
    store.put_bucket_versioning(Bucket=name, VersioningConfiguration=enabled)
    return str(name)


def variables(store: Any, bucket: str, delay_s: float) -> dict[str, str]:
    _, _, port = store.meta.endpoint_url.rpartition(":")
    return {
        "GRIST_DOCS_MINIO_BUCKET": bucket,
        "GRIST_DOCS_MINIO_ENDPOINT": "127.0.0.1",
        "GRIST_DOCS_MINIO_PORT": port,
        "GRIST_DOCS_MINIO_USE_SSL": "0",
        "GRIST_DOCS_MINIO_ACCESS_KEY": "ACCESS",
        "GRIST_DOCS_MINIO_SECRET_KEY": "secret",
        "GRIST_EXTERNAL_ATTACHMENTS_MODE": "snapshots",
        "GRIST_BACKUP_DELAY_SECS": str(delay_s),
    }


def versions(store: Any, bucket: str, path: str) -> list[Any]:
    key = f"docs/{path.rpartition('/')[2]}.grist"
    return list(store.list_object_versions(Bucket=bucket, Prefix=key).get("Versions", []))


def within(seconds: float, wanted: Callable[[], Any]) -> Any:
    until = time.monotonic() + seconds
    while not (found := wanted()) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def names(grist: Any, path: str, key: str) -> list[str]:
    found = grist.ask("GET", f"{path}/tables/People/records", key=key).json["records"]
    return [each["fields"]["name"] for each in found]


def test_a_bucket_without_versions_stops_the_start(
    start: Any, served: dict[str, str], store: Any
) -> None:
    store.create_bucket(Bucket="plain")
    for name in ("plain", "missing"):
        grist = start(wait=False, **served, **variables(store, name, 1))
        assert grist.end() == 1
        assert "bucket of documents" in grist.log


def test_a_change_is_pushed_after_the_delay(
    start: Any, served: dict[str, str], store: Any, bucket: str
) -> None:
    grist = start(**served, **variables(store, bucket, 1))
    key = grist.admin_key()
    path = grist.document(key)
    assert not versions(store, bucket, path)
    assert within(10, lambda: versions(store, bucket, path))
    assert grist.ask("GET", "/api/probes/backups", key=key).json["status"] == "success"


def test_a_polite_end_pushes_what_is_due_and_a_kill_does_not(
    start: Any, served: dict[str, str], store: Any, bucket: str
) -> None:
    grist = start(**served, **variables(store, bucket, 600))
    key = grist.admin_key()
    path = grist.document(key)
    assert grist.end(signal.SIGTERM) == 0
    assert len(versions(store, bucket, path)) == 1

    again = start(**served, **variables(store, bucket, 600))
    row = {"records": [{"fields": {"name": "late"}}]}
    again.ask("POST", f"{path}/tables/People/records", row, key=key)
    again.end(signal.SIGKILL)
    assert len(versions(store, bucket, path)) == 1
    # What the volume kept is pushed by the next one that runs.
    start(**served, **variables(store, bucket, 0.2))
    assert within(10, lambda: len(versions(store, bucket, path)) == 2)


def test_what_was_there_before_the_bucket_is_not_in_it(
    start: Any, served: dict[str, str], store: Any, bucket: str
) -> None:
    grist = start(**served)
    key = grist.admin_key()
    path = grist.document(key)
    grist.end(signal.SIGTERM)
    again = start(**served, **variables(store, bucket, 0))
    assert names(again, path, key) == ["a", "b"]
    assert again.end(signal.SIGTERM) == 0
    assert not versions(store, bucket, path)
    third = start(**served, **variables(store, bucket, 0))
    row = {"records": [{"fields": {"name": "c"}}]}
    third.ask("POST", f"{path}/tables/People/records", row, key=key)
    assert within(10, lambda: versions(store, bucket, path))


def test_documents_and_keys_survive_the_loss_of_the_volume(
    start: Any, served: dict[str, str], store: Any, bucket: str, tmp_path: Path
) -> None:
    grist = start(**served, **variables(store, bucket, 600))
    key = grist.admin_key()
    path = grist.document(key)
    external = grist.ask("POST", f"{path}/attachments/store", {"type": "external"}, key=key)
    assert external.status == 200
    head = '--x\r\nContent-Disposition: form-data; name="upload"; filename="a.txt"\r\n\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    body = f"{head}hello\r\n--x--\r\n".encode()
    grist.ask("POST", f"{path}/attachments", body, key=key, headers=kind)
    assert grist.ask("POST", f"{path}/flush", {}, key=key).status == 200
    late = {"records": [{"fields": {"name": "not pushed"}}]}
    grist.ask("POST", f"{path}/tables/People/records", late, key=key)
    dump = tmp_path / "dump"
    shutil.copy(tmp_path / "home.sqlite3", dump)
    grist.end(signal.SIGKILL)

    emptied = tmp_path / "emptied"
    emptied.mkdir()
    shutil.copy(dump, emptied / "home.sqlite3")
    restored = start(emptied, **served, **variables(store, bucket, 600))
    assert names(restored, path, key) == ["a", "b"]
    assert restored.ask("GET", f"{path}/attachments/1/download", key=key).body == b"hello"
    objects = store.list_objects_v2(Bucket=bucket)["Contents"]
    identity = path.rpartition("/")[2]
    assert {each["Key"].rpartition("/")[0] for each in objects} == {
        "docs",
        f"docs/assets/unversioned/{identity}",
        f"docs/attachments/{identity}",
    }


def test_an_older_snapshot_comes_back_and_deleting_leaves_none(
    start: Any, served: dict[str, str], store: Any, bucket: str
) -> None:
    keep = {"GRIST_SNAPSHOT_KEEP": "2", "GRIST_SNAPSHOT_TIME_CAP": json.dumps(CAP)}
    grist = start(**served, **keep, **variables(store, bucket, 600))
    key = grist.admin_key()
    path = grist.document(key)
    table = f"{path}/tables/People/records"
    for name in ("c", "d", "e"):
        grist.ask("POST", table, {"records": [{"fields": {"name": name}}]}, key=key)
        grist.ask("POST", f"{path}/flush", {}, key=key)
    snapshots = grist.ask("GET", f"{path}/snapshots", key=key).json["snapshots"]
    assert len(snapshots) == len(versions(store, bucket, path)) == 2
    older = {"snapshotId": snapshots[1]["snapshotId"]}
    assert grist.ask("POST", f"{path}/replace", older, key=key).status == 200
    assert names(grist, path, key) == ["a", "b", "c", "d"]
    assert grist.ask("DELETE", path, key=key).status == 200
    assert "Versions" not in store.list_object_versions(Bucket=bucket)
    assert "DeleteMarkers" not in store.list_object_versions(Bucket=bucket)


@pytest.mark.parametrize(
    ("cap", "keep", "left"),
    [
        ({}, 3, [0, 1, 2]),
        ({"hour": 4}, 1, [0, 2, 4, 6]),
        ({"day": 2}, 1, [0, 26]),
        ({"year": 1}, 2, [0, 1]),
    ],
)
def test_snapshots_are_thinned(cap: dict[str, int], keep: int, left: Sequence[int]) -> None:
    newest = datetime(2026, 3, 4, 12, 40, tzinfo=UTC)
    every = [Snapshot(newest - timedelta(minutes=30 * each)) for each in range(60)]
    gone = superfluous(every, {**CAP, **cap}, keep)
    assert [place for place, each in enumerate(every) if each not in gone] == left
