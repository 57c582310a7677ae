"""Dumps of a database: what is written is what is loaded, and what is not whole is not loaded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestrator.sandbox.dumps import form
from orchestrator.sandbox.dumps.dump import dump
from orchestrator.sandbox.dumps.dump import main as dump_main
from orchestrator.sandbox.dumps.load import LoadedOtherwiseError, batches, load
from orchestrator.sandbox.dumps.load import main as load_main

BY_TITLE = {"v": 2, "key": {"title": 1}, "name": "title_1", "unique": True}
OWN = {"v": 2, "key": {"_id": 1}, "name": "_id_"}


def document(text: str) -> bytes:
    """Bytes that begin with their length and end with a zero, as every document does."""
    body = text.encode() + b"\0"
    return (len(body) + 4).to_bytes(4, "little") + body


class Raw:
    """A document as the driver hands it on."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw


class PlainCodec:
    """JSON as it is, in place of the driver's."""

    raw = "raw"
    document = Raw

    def written(self, value: Any) -> str:
        return json.dumps(value)

    def read(self, text: str) -> Any:
        return json.loads(text)


class Collection:
    """Documents and indexes; one that is `leaky` loses the last document it is given."""

    def __init__(self, kind: str = "collection") -> None:
        self.kind = kind
        self.options: dict[str, Any] = {}
        self.documents: list[bytes] = []
        self.indexes: list[Mapping[str, Any]] = [OWN]
        self.leaky = False

    def find(self, wanted: object, sort: object) -> Iterator[Raw]:
        assert (wanted, sort) == ({}, [("_id", 1)])
        return (Raw(one) for one in sorted(self.documents))

    def list_indexes(self) -> list[Mapping[str, Any]]:
        return self.indexes

    def insert_many(self, found: Iterable[Raw]) -> None:
        self.documents += [one.raw for one in found]
        if self.leaky:
            self.documents.pop()

    def count_documents(self, wanted: object) -> int:
        assert wanted == {}
        return len(self.documents)


class Database:
    """As much of one as dumping and loading ask for."""

    def __init__(self, **collections: Collection) -> None:
        self.collections = collections
        self.leaky = False

    def list_collections(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "type": one.kind, "options": one.options}
            for name, one in self.collections.items()
        ]

    def list_collection_names(self) -> list[str]:
        return list(self.collections)

    def get_collection(self, name: str, codec_options: object = None) -> Collection:
        return self.collections[name]

    def __getitem__(self, name: str) -> Collection:
        return self.collections[name]

    def drop_collection(self, name: str) -> None:
        del self.collections[name]

    def command(self, asked: dict[str, Any]) -> None:
        name = str(next(iter(asked.values())))
        if "create" in asked:
            self.collections[name] = Collection("view" if "viewOn" in asked else "collection")
            self.collections[name].options = {k: v for k, v in asked.items() if k != "create"}
            self.collections[name].leaky = self.leaky
        else:
            self.collections[name].indexes += asked["indexes"]


@pytest.fixture
def town() -> Database:
    """Two collections, a view of one, and what belongs to the server."""
    metadata, media, shown = Collection(), Collection(), Collection("view")
    metadata.documents = [document(f"dataset {number:03}") for number in range(7)]
    metadata.indexes = [OWN, BY_TITLE]
    media.options = {"capped": True, "size": 4096, "uuid": "of the server"}
    shown.options = {"viewOn": "metadata", "pipeline": []}
    return Database(
        metadata=metadata, shown=shown, **{"media events": media, "system.views": Collection()}
    )


def dumped(town: Database, folder: Path) -> dict[str, int]:
    codec: Any = PlainCodec()
    return dump({"town": town}, ["town"], folder, codec)


def loaded(database: Database, folder: Path) -> None:
    codec: Any = PlainCodec()
    load(database, "town", folder, form.told(folder), codec)


def test_what_is_dumped_comes_back(town: Database, tmp_path: Path) -> None:
    counts = dumped(town, tmp_path)
    assert counts == {"town.media events": 0, "town.metadata": 7, "town.shown": 0}
    assert form.told(tmp_path) == counts
    fresh = Database()
    loaded(fresh, tmp_path)
    assert set(fresh.collections) == {"metadata", "media events", "shown"}
    assert fresh["metadata"].documents == town["metadata"].documents
    assert fresh["metadata"].indexes == [OWN, BY_TITLE]
    assert fresh["media events"].options == {"capped": True, "size": 4096}
    assert fresh["shown"].kind == "view"


def test_it_lies_as_the_tools_of_the_product_have_it(town: Database, tmp_path: Path) -> None:
    dumped(town, tmp_path)
    names = {path.name for path in (tmp_path / "town").iterdir()}
    assert names == {
        *("metadata.bson", "metadata.metadata.json"),
        *("media%20events.bson", "media%20events.metadata.json"),
        "shown.metadata.json",
    }
    whole = b"".join(town["metadata"].documents)
    assert (tmp_path / "town" / "metadata.bson").read_bytes() == whole
    told = json.loads((tmp_path / "town" / "metadata.metadata.json").read_text("utf-8"))
    assert told["collectionName"] == "metadata"
    assert told["indexes"] == [OWN, BY_TITLE]


def test_what_the_dump_does_not_know_goes_and_the_server_s_own_stays(
    town: Database, tmp_path: Path
) -> None:
    dumped(town, tmp_path)
    there = Database(later=Collection(), metadata=Collection(), **{"system.users": Collection()})
    there["metadata"].documents = [document("something else")]
    for _ in range(2):
        loaded(there, tmp_path)
        assert set(there.collections) == {"metadata", "media events", "shown", "system.users"}
        assert len(there["metadata"].documents) == 7


def test_another_database_s_collections_are_left_to_it(town: Database, tmp_path: Path) -> None:
    codec: Any = PlainCodec()
    dump(
        {"town": town, "townhall": Database(x=Collection())}, ["town", "townhall"], tmp_path, codec
    )
    fresh = Database()
    loaded(fresh, tmp_path)
    assert "x" not in fresh.collections


@pytest.mark.parametrize("cut", [1, 3, 12])
def test_a_dump_that_is_cut_off_changes_nothing(town: Database, tmp_path: Path, cut: int) -> None:
    dumped(town, tmp_path)
    path = tmp_path / "town" / "metadata.bson"
    path.write_bytes(path.read_bytes()[:-cut])
    there = Database(metadata=Collection())
    with pytest.raises(form.BrokenDumpError, match=r"metadata\.bson"):
        loaded(there, tmp_path)
    assert list(there.collections) == ["metadata"]


def test_a_dump_of_fewer_documents_than_it_says_changes_nothing(
    town: Database, tmp_path: Path
) -> None:
    dumped(town, tmp_path)
    path = tmp_path / "town" / "metadata.bson"
    path.write_bytes(b"".join(town["metadata"].documents[:-1]))
    there = Database(metadata=Collection())
    with pytest.raises(form.BrokenDumpError, match="holds 6 documents, and says 7"):
        loaded(there, tmp_path)
    assert list(there.collections) == ["metadata"]


def test_what_the_server_counts_otherwise_is_told(town: Database, tmp_path: Path) -> None:
    dumped(town, tmp_path)
    there = Database()
    there.leaky = True
    with pytest.raises(LoadedOtherwiseError, match=r"town\.metadata has 6 documents"):
        loaded(there, tmp_path)


@pytest.mark.parametrize("text", ["", "[]", '{"collections": 3}', '{"collections": {"a": "x"}}'])
def test_without_its_last_file_there_is_no_dump(tmp_path: Path, text: str) -> None:
    if text:
        (tmp_path / form.TOLD).write_text(text, encoding="utf-8")
    with pytest.raises(form.BrokenDumpError):
        form.told(tmp_path)


def test_a_message_holds_so_many_documents_and_so_many_bytes() -> None:
    small = [document("x")] * 1200
    assert [len(one) for one in batches(iter(small))] == [500, 500, 200]
    large = [document("x" * 3 * 2**20)] * 5
    assert [len(one) for one in batches(iter(large))] == [2, 2, 1]
    assert list(batches(iter([]))) == []


def test_what_is_not_given_is_told_without_a_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dump_main([str(tmp_path)], {}) == 64
    assert "MONGO_DATABASES" in capsys.readouterr().err
    assert load_main([str(tmp_path)], {}) == 65
    form.tell(tmp_path, {})
    assert load_main([str(tmp_path)], {}) == 64
    assert "MONGO_ADDRESS" in capsys.readouterr().err
