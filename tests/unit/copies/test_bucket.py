"""Copies in a bucket: the same round, through real HTTP, with a server that has bad moments."""

import pytest

from tanggap.copies import manifest
from tanggap.copies.errors import Damaged, StoreAway
from tanggap.copies.stores import Bucket, open_store
from tests.bucket import PAGE, bucket


@pytest.fixture
def s3(monkeypatch):
    with bucket() as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{made.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
        yield made


def test_the_round_through_a_bucket(city, s3):
    city.store = open_store("s3://copies/city/one")
    assert isinstance(city.store, Bucket)
    made = city.backup()
    assert s3.puts[-1] == f"city/one/copies/{made.manifest.name}.json"  # last of all
    assert len(s3.objects) > PAGE  # more than one page of a listing
    assert city.restore().files == 6
    before = len(s3.puts)
    again = city.backup()
    assert again.manifest.files == made.manifest.files
    assert len(s3.puts) - before == len(again.manifest.database) + 1


def test_a_moment_of_weakness_is_waited_out(city, s3):
    city.store = open_store("s3://copies/city")
    s3.broken = 3
    assert city.backup().manifest.file_count == 6


def test_a_bucket_that_refuses_is_one_sentence(city, s3):
    city.store = open_store("s3://copies/city")
    s3.refuses = True
    with pytest.raises(StoreAway, match="s3://copies/city does not answer as it should") as refused:
        city.backup()
    assert str(refused.value).count("\n") == 0
    assert "not-a-secret" not in str(refused.value)


def test_a_changed_object_is_found(city, s3):
    city.store = open_store("s3://copies/city")
    made = city.backup().manifest
    name = f"city/{made.files[0].name}"
    s3.objects[name] = s3.objects[name][:-1] + b"x"
    with pytest.raises(Damaged, match="was changed"):
        city.restore()


def test_a_bucket_without_copies(s3):
    store = open_store("s3://copies/nothing")
    assert manifest.names(store) == []
    store.put("copies/none.json", b"{}")
    store.remove(["copies/none.json", "copies/never.json"])
    assert store.under("copies/") == {}
