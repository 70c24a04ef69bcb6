"""The round trip: a city with photos, copied while citizens write, the copy killed in the middle, made again, and
brought back into another data folder. Every report that was acknowledged before is there; its link opens it."""

import hashlib
import json
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tanggap.lib import postgres
from tests.app311 import HOLE, picture
from tests.services.installation import KEY, REPOSITORY, Installation, free_port, open_the_way


class Writers:
    """Citizens' apps that send reports with photos until they are told to stop; each keeps what it was told."""

    def __init__(self, address: str, count: int = 2):
        self.address, self.over = address, threading.Event()
        self.told: list[tuple[float, str]] = []
        self.threads = [threading.Thread(target=self.live, daemon=True) for _ in range(count)]

    def __enter__(self) -> "Writers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(30)

    def live(self) -> None:
        with httpx.Client(trust_env=False, timeout=30) as http:
            while not self.over.is_set():
                self.send(http)

    def send(self, http: httpx.Client) -> None:
        answer = http.post(
            f"{self.address}/open311/v2/requests.json",
            data=HOLE | {"api_key": KEY},
            files={"media": ("hole.jpg", picture(), "image/jpeg")},
            headers={"Idempotency-Key": str(uuid4())},
        )
        if answer.status_code in (200, 201):
            self.told.append((time.time(), answer.json()[0]["service_request_id"]))

    def until(self, count: int) -> None:
        deadline = time.monotonic() + 60
        while len(self.told) < count:
            assert time.monotonic() < deadline, "nobody is told a number"
            time.sleep(0.02)


@pytest.fixture
def folder(tmp_path) -> Path:
    open_the_way(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> Iterator[Installation]:
    """One for all tests of this file; the last of them breaks it."""
    root = tmp_path_factory.mktemp("copied")
    open_the_way(root)
    made = Installation(root / "city", free_port())
    made.run("prepare", "--city", str(REPOSITORY / "tests" / "minicity"))
    yield made
    postgres.stop_if_unused(made.folder)


def kill_in_the_middle(city: Installation, store: Path, words: list[str]) -> None:
    """As soon as a first part lies there, the copy's process gets kill -9."""
    process = city.start(*words)
    deadline = time.monotonic() + 60
    while not list(store.glob("parts/*/*.age")) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "the copy was quicker than the kill"
    assert list(store.glob("copies/*.json")) == []


def test_the_round_trip_under_load_with_a_kill(city, folder):
    key, store, back = (
        folder / "key.txt",
        folder / "store",
        Installation(folder / "back", free_port(), city.folder),
    )
    public = re.search(r"age1\w+", city.run("backup-key", "--file", str(key)))[0]
    words = ["backup", str(store), "--to-key", public]
    with city.serving() as address, Writers(address) as writers:
        writers.until(20)
        kill_in_the_middle(city, store, words)
        left = set(store.glob("parts/*/*.age"))
        began = time.time()
        said = city.run(*words)
        writers.until(len(writers.told) + 5)  # and life goes on
    assert "is whole" in said
    assert left <= set(store.glob("parts/*/*.age"))
    assert "It broke off." in city.run("copies")
    came = back.run("restore", str(store), "--key", str(key))
    assert "all hashes equal" in came
    acknowledged = {number for at, number in writers.told if at < began}
    assert len(acknowledged) >= 20
    check_what_came_back(city, back, acknowledged)
    assert "not empty" in back.refused("restore", str(store), "--key", str(key))
    assert "came back whole" in city.run("rehearse", str(store), "--key", str(key))
    assert "never" not in city.run("copies").splitlines()[1]
    postgres.stop_if_unused(back.folder)


def check_what_came_back(city: Installation, back: Installation, acknowledged: set[str]) -> None:
    with back.asked() as there:
        rows = dict(there.execute("SELECT number, uuid FROM tanggap_report").fetchall())
        photos = there.execute("SELECT path, sha256 FROM tanggap_upload").fetchall()
        [(last, count)] = there.execute(
            "SELECT sum(last), (SELECT count(*) FROM tanggap_report) FROM tanggap_daynumber"
        )
    assert acknowledged - set(rows) == set()
    assert last == count  # no number without its report, none doubled
    assert len(photos) >= len(acknowledged)
    for path, sha in photos:
        assert hashlib.sha256((back.folder / "media" / path).read_bytes()).digest() == sha
    with city.asked() as here:
        assert set(rows.items()) <= set(here.execute("SELECT number, uuid FROM tanggap_report").fetchall())
    with (
        back.serving() as address,
        httpx.Client(base_url=address, trust_env=False, follow_redirects=True) as http,
    ):
        for number in sorted(acknowledged)[:3]:
            page = http.get(f"/l/{number}/{back.secret_of(rows[number])}/")
            # the citizen's own words, unmasked: the link leads there, and what is sealed opens
            assert (page.status_code, number in page.text, "0812-3456-7890" in page.text) == (200, True, True)
        told = http.post("/open311/v2/requests.json", data=HOLE | {"api_key": KEY})
        assert told.json()[0]["service_request_id"] not in rows  # numbers go on where they were


def test_secrets_of_another_city_are_refused_before_anything_begins(city, folder):
    key, store, other = folder / "key.txt", folder / "store", Installation(folder / "other")
    public = re.search(r"age1\w+", city.run("backup-key", "--file", str(key)))[0]
    city.run("backup", str(store), "--to-key", public)
    assert "TANGGAP_TRACKING_KEY is not the copied city's" in other.refused(
        "restore", str(store), "--key", str(key)
    )
    assert sorted(path.name for path in other.folder.iterdir()) == ["secrets.env"]
    assert "were not checked" in other.run("restore", str(store), "--key", str(key), "--secrets-lost")
    postgres.stop_if_unused(other.folder)


def test_a_restore_killed_in_the_middle_goes_on(city, folder):
    key, store, back = folder / "key.txt", folder / "store", Installation(folder / "back", 0, city.folder)
    public = re.search(r"age1\w+", city.run("backup-key", "--file", str(key)))[0]
    with city.serving() as address, Writers(address) as writers:
        writers.until(5)
    city.run("backup", str(store), "--to-key", public)
    process = back.start("restore", str(store), "--key", str(key))
    deadline = time.monotonic() + 60
    while not (back.folder / "restore.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.001)
    process.kill()
    process.communicate()
    assert json.loads((back.folder / "restore.json").read_text())["copy"] == next(store.glob("copies/*")).stem
    assert "all hashes equal" in back.run("restore", str(store), "--key", str(key))
    assert not (back.folder / "restore.json").exists()
    postgres.stop_if_unused(back.folder)


def test_who_was_erased_since_is_forgotten_again(city, folder):
    key, store, back = folder / "key.txt", folder / "store", Installation(folder / "back", 0, city.folder)
    public = re.search(r"age1\w+", city.run("backup-key", "--file", str(key)))[0]
    with city.serving() as address, Writers(address) as writers:
        writers.until(1)
    first = re.search(r"Copy (\S+)", city.run("backup", str(store), "--to-key", public))[1]
    with city.asked() as here:  # as the deed leaves it
        [(person,)] = here.execute(
            "UPDATE tanggap_reporter SET key = NULL, erased_at = now()"
            " WHERE id = (SELECT min(id) FROM tanggap_reporter WHERE key IS NOT NULL) RETURNING id"
        )
        here.execute(
            "INSERT INTO tanggap_change (object, verb, before, after, at, by_kind, reason, salt) VALUES"
            " (%s, 'end', '{}', '{\"everything\": true}', now(), 'reporter', 'erased by the person', '')",
            [f"reporter:{person}"],
        )
    city.run("backup", str(store), "--to-key", public)
    came = back.run("restore", str(store), "--copy", first, "--key", str(key))
    assert "1 people who were erased after this copy was made are forgotten again" in came
    with back.asked() as there:
        held = there.execute("SELECT key FROM tanggap_reporter WHERE id = %s", [person]).fetchone()
    assert held == (None,)
    postgres.stop_if_unused(back.folder)


def test_a_page_of_the_database_that_rotted_is_found_by_the_copy(city, folder):
    """Checksums are on (F37): a copy never takes over silently what the disk has changed."""
    public = re.search(r"age1\w+", city.run("backup-key", "--file", str(folder / "key.txt")))[0]
    with city.asked() as connection:
        [(path,)] = connection.execute("SELECT pg_relation_filepath('tanggap_area')").fetchall()
    postgres.stop_if_unused(city.folder)
    table = city.folder / "postgres" / path
    data = bytearray(table.read_bytes())
    data[8000] ^= 0xFF
    table.write_bytes(data)
    told = city.refused("backup", str(folder / "store"), "--to-key", public)
    assert "could not be read" in told
    assert "invalid page" in told
    assert list((folder / "store").glob("copies/*")) == []
