"""An instance that harm is done to: what it is seen by, what lies in its store, and who is root."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hvac
import pytest
from botocore.exceptions import ClientError

from orchestrator.model.connection import Connection
from orchestrator.model.names import InstanceNames, TenantNames
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery.points import Listed, Points
from orchestrator.recovery.signed import seal
from orchestrator.settings import load
from orchestrator.wiring import backups
from orchestrator.wiring import case as cases
from tests.sandbox import writing
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import Done, Project, Standing
from tests.sandbox.writing import Writer


def root(connection: Connection) -> hvac.Client:
    """The secrets server with all rights."""
    keys = json.loads(connection.secrets.token_file.with_name("keys.json").read_text("utf-8"))
    return hvac.Client(
        connection.secrets.address, keys["root_token"], verify=str(connection.authority)
    )


def refused(done: Done, status: int, *codes: str) -> None:
    """It ended so, with one of these codes, a way on, and no word of Python."""
    assert done.status == status, f"{done.status}\n{done.out}\n{done.err}"
    assert any(f"error[{code}]" in done.err for code in codes), done.err
    assert "Traceback" not in done.err
    assert "hint:" in done.err


@dataclass
class Harmed:
    """A Decidim of a tenant, backed up; `late` are keys of objects that no row names."""

    standing: Standing
    project: Project
    slug: str
    late: set[str] = field(default_factory=set)

    @property
    def names(self) -> InstanceNames:
        return InstanceNames(self.slug, "decidim")

    @property
    def tenant(self) -> TenantNames:
        return TenantNames(self.slug)

    @property
    def instance(self) -> str:
        return self.names.instance

    @property
    def store(self) -> str:
        """The bucket of its backups."""
        return self.names.backup_bucket

    @property
    def kubectl(self) -> Kubectl:
        return Kubectl(self.standing.connection)

    @property
    def s3(self) -> Any:
        """The store with the operator's key."""
        return writing.objects(self.standing.connection)

    @property
    def vault(self) -> hvac.Client:
        return root(self.standing.connection)

    @property
    def tools(self) -> Toolbox:
        """The operator's own ports, to do what only an operator can."""
        return backups.looking(cases.read(load(root=self.project.root), self.instance)[0])

    def needed(self, kind: str) -> str:
        """A key that the newest point needs; `{base}` and `{segment}` stand for its own."""
        newest = next(one.point for one in self.listed() if one.point)
        assert newest.database
        place = newest.database
        (key,) = self.keys(kind.format(base=place.base, segment=place.segment, point=newest.id))
        return key

    def restore(self, point: str) -> tuple[str, ...]:
        """The words that bring it back in place."""
        return "restore", self.instance, "--point", point, "--in-place", "--confirm", self.slug

    def points(self) -> list[str]:
        """Names of its recovery points that are believed, the newest first."""
        return [one.id for one in self.listed() if one.point]

    def listed(self) -> list[Listed]:
        """Everything that lies where recovery points lie."""
        tools = self.tools
        return list(Points(tools.history, tools.keys, self.names).listed())

    def writer_destroys_nothing(self) -> None:
        """Neither hides a point with the key that writes backups, nor ends a version of it."""
        writer = self.client("writer")
        (key,) = self.keys(f"points/{self.points()[0]}")
        version = dict(self.versions(self.store, key))[key]
        for given in ({}, {"VersionId": version}):
            with pytest.raises(ClientError) as caught:
                writer.delete_object(Bucket=self.store, Key=key, **given)
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403

    def backed_up(self, *further: str) -> str:
        """A backup now; the name of its point."""
        self.project.succeed("backup", "run", self.instance, "--yes", *further)
        return self.points()[0]

    def whole(self, point: str = "") -> None:
        """Every byte that a point needs is what it was."""
        named = ("--point", point) if point else ()
        self.project.succeed("backup", "verify", self.instance, *named)

    def settled(self) -> None:
        """There is nothing left to do."""
        again = self.project.succeed("onboard", self.slug, "--yes", "--expect-no-changes")
        assert again.out.startswith("Already so:")

    def status(self) -> int:
        """What its site answers with at its address."""
        port = self.standing.connection.entrance.port
        address = f"https://participer.{self.slug}.localhost:{port}/"
        return self.standing.web.request("GET", address).status

    def asked(self, statement: str) -> str:
        """What its database answers with, one line."""
        return writing.asked(self.standing.connection, self.names.namespace, statement)

    def inside(self, workload: str, *command: str) -> str:
        """What a command in a pod says."""
        answer = self.kubectl.inside(self.names.namespace, workload, command)
        assert answer.status == 0, answer.err
        return answer.out.strip()

    def redis(self, words: str) -> str:
        """What the queue's server answers a command."""
        login = "REDISCLI_AUTH=$(head -n 1 /run/secrets/redis/password) redis-cli --no-auth-warning"
        return self.inside("statefulset/queue", "sh", "-c", f"{login} {words}")

    def pods(self) -> Mapping[str, tuple[str, int]]:
        """The pods that serve: who they are, and how often their containers began anew."""
        return {
            pod["metadata"]["uid"]: (
                pod["metadata"]["name"],
                sum(one["restartCount"] for one in pod["status"].get("containerStatuses", ())),
            )
            for pod in self.kubectl.get("pods", "-n", self.names.namespace)["items"]
            if pod["metadata"]["ownerReferences"][0]["kind"] != "Job"
        }

    @property
    def iam(self) -> Any:
        """The store's users."""
        import boto3

        objects = self.standing.connection.objects
        keys = json.loads(objects.credentials_file.read_text("utf-8"))
        return boto3.client(
            "iam",
            endpoint_url=objects.identity_endpoint,
            region_name=objects.region,
            aws_access_key_id=keys["access_key"],
            aws_secret_access_key=keys["secret_key"],
        )

    def row(self) -> str:
        """One more row, acknowledged."""
        name = f"{secrets.token_hex(8)}@ledger.example"
        assert self.asked(writing.ROW.format(name=name))
        return name

    def rows(self) -> set[str]:
        return writing.rows(self.standing.connection, self.slug)

    def objects(self) -> set[str]:
        """Keys of the objects that are there, of those that tests made; acceptance makes others."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.names.bucket)
        ours = self.late | writing.uploads(self.standing.connection, self.slug)
        return ours & {one["Key"] for page in pages for one in page.get("Contents", ())}

    def state(self) -> tuple[frozenset[str], frozenset[str]]:
        """Its rows and its objects."""
        return frozenset(self.rows()), frozenset(self.objects())

    def goes_on(self) -> None:
        """A row and an object come, and an object goes."""
        self.row()
        key = secrets.token_hex(14)
        self.s3.put_object(Bucket=self.names.bucket, Key=key, Body=b"later")
        self.late.add(key)
        self.s3.delete_object(Bucket=self.names.bucket, Key=self.upload()[0])

    def trace(self) -> Mapping[str, Any]:
        """What nobody but its people may change: pods, rows, objects, points and bases."""
        lying = [*self.versions(self.names.bucket), *self.versions(self.store)]
        return {
            "pods": self.pods(),
            "rows": self.rows(),
            "objects": [one for one in lying if "/archive/" not in one[0]],
        }

    def runs(self) -> set[str]:
        """Names of the runs that are recorded of the whole project."""
        runs = self.project.runs
        return {path.name for path in runs.iterdir()} if runs.is_dir() else set()

    def versions(self, bucket: str, prefix: str = "") -> list[tuple[str, str]]:
        """Every version and mark of deletion that lies there, by key."""
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        return sorted(
            (one["Key"], one["VersionId"])
            for page in pages
            for kind in ("Versions", "DeleteMarkers")
            for one in page.get(kind, ())
        )

    def keys(self, *ends: str) -> Iterator[str]:
        """For each part of a name, the first key of the backups that has it."""
        keys = sorted({key for key, _ in self.versions(self.store)})
        for end in ends:
            yield next(key for key in keys if end in key)

    def written(self, key: str, content: bytes) -> Callable[[], None]:
        """Put content under a key of the backups as anybody could; what takes it away again."""
        version = self.s3.put_object(Bucket=self.store, Key=key, Body=content)["VersionId"]
        return lambda: self.s3.delete_object(Bucket=self.store, Key=key, VersionId=version) and None

    def content(self, key: str) -> bytes:
        found: bytes = self.s3.get_object(Bucket=self.store, Key=key)["Body"].read()
        return found

    def killed(self, words: tuple[str, ...], text: str, run: str = "") -> str:
        """Make a call and kill it once its record says this; the run, `run` where it goes on."""
        before = self.runs()
        said = len(self._record(run))
        with self.project.start(*words) as process:
            try:
                while process.poll() is None:
                    run = run or next(iter(self.runs() - before), "")
                    if text in self._record(run)[said:]:
                        process.kill()
                        process.communicate()
                        return run
                    time.sleep(0.02)
                out, err = process.communicate()
            finally:
                process.kill()
        pytest.fail(f"it never said {text}\n{out}\n{err}")

    def killed_after(self, words: tuple[str, ...], seconds: float, run: str = "") -> str:
        """Make a call and kill it after a while; the run, '' where it had not begun one."""
        before = self.runs()
        with self.project.start(*words) as process:
            time.sleep(seconds)
            process.kill()
            process.communicate()
        return run or next(iter(self.runs() - before), "")

    def _record(self, run: str) -> str:
        events = self.project.runs / run / "events.jsonl"
        return events.read_text("utf-8") if run and events.exists() else ""

    def otherwise(self, point: str) -> tuple[str, Callable[[], None]]:
        """A point just after another, that says one row more of what it names; and its end."""
        name = f"{point.rpartition('-')[0]}-ffffff"
        document = json.loads(self.content(f"points/{point}.json"))["document"]
        counts = document["counts"]
        counts["decidim_system_admins"] = [one + 1 for one in counts["decidim_system_admins"]]
        return name, self.written(f"points/{name}.json", self.signed({**document, "id": name}))

    def upload(self) -> tuple[str, bytes]:
        """One of the ledger's uploads: its key and its content."""
        key = min(writing.uploads(self.standing.connection, self.slug))
        content: bytes = self.s3.get_object(Bucket=self.names.bucket, Key=key)["Body"].read()
        return key, content

    def on_disk(self, content: bytes) -> tuple[Path, int]:
        """Where the store keeps that content: the file, and the place in it."""
        folder = self.standing.sandbox.connection_path.with_name("objects")
        found = [(path, path.read_bytes().find(content)) for path in folder.glob("*.dat")]
        return next((path, place) for path, place in found if place >= 0)

    def signed(self, document: Mapping[str, Any]) -> bytes:
        """A manifest signed with the tenant's own key."""
        return seal(document, self.tools.keys.sign)

    def client(self, part: str) -> Any:
        """The store with one of the keys to the backups."""
        import boto3
        from botocore.config import Config

        found = self.vault.secrets.kv.v2.read_secret_version(
            path=f"decidim/backups/{part}",
            mount_point=self.tenant.secrets_mount,
            raise_on_deleted_version=True,
        )["data"]["data"]
        objects = self.standing.connection.objects
        return boto3.client(
            "s3",
            endpoint_url=objects.endpoint,
            region_name=objects.region,
            aws_access_key_id=found["access_key"],
            aws_secret_access_key=found["secret_key"],
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )


def flipped(content: bytes, at: int | None = None) -> bytes:
    """The same with one bit of one byte in its middle turned round."""
    place = len(content) // 2 if at is None else at
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def begun(standing: Standing, project: Project) -> tuple[Harmed, Harmed]:
    """Two tenants with a Decidim each; the first has been written to, and has two points."""
    made = tuple(
        Harmed(standing, project, f"{one}-{secrets.token_hex(3)}") for one in ("mal", "voisin")
    )
    for one in made:
        project.tenant(one.slug)
        # A bucket that cannot be locked: what harm was done is undone by removing versions.
        writing.objects(standing.connection).create_bucket(Bucket=one.names.backup_bucket)
    for process in [project.start("onboard", one.slug, "--yes") for one in made]:
        out, err = process.communicate(timeout=900)
        assert process.returncode == 0, f"{out}\n{err}"
    with Writer(standing.connection, made[0].slug) as writer:
        while min(len(writer.ledger.uploads), len(writer.ledger.rows)) < 5:
            time.sleep(0.1)
    made[0].backed_up()
    return made[0], made[1]


def ended(made: tuple[Harmed, Harmed]) -> None:
    """Make room for others."""
    for one in made:
        one.kubectl("delete", "namespace", one.names.namespace, "--wait=false")
        (one.project.root / "tenants" / f"{one.slug}.yaml").unlink()
