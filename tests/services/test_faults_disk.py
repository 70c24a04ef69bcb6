"""A disk is full: of photos, of uploads on their way, of tables, of the database's log, of lines. Reading goes on,
what was typed comes back, nothing is told received that is not kept, and with room again all goes on by itself."""

import contextlib
import io
import re
import shutil
import time
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from tanggap.lib import postgres
from tests.services.faults import audit
from tests.services.faults.disk import empty, fill, small_disk, used_mb
from tests.services.faults.senders import POINT, Senders
from tests.services.faults.town import Town, status, until

RETRY_SECONDS = "15"


def photo(side: int = 200) -> bytes:
    """Noise, so that it stays as big as it looks."""
    kept = io.BytesIO()
    Image.effect_noise((side, side), 90).save(kept, "JPEG", quality=95)
    return kept.getvalue()


class Browser:
    """One citizen with the form open."""

    def __init__(self, port: int):
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60)
        page = self.http.get("/lapor/").text
        self.token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        self.draft = str(uuid4())

    def send(self, words: str, picture: bytes = b"") -> httpx.Response:
        data = {"csrfmiddlewaretoken": self.token, "draft": self.draft, "place": "", "lat": POINT[0], "lon": POINT[1],
                "words": words, "category": "", "visibility": "private", "contact": ""}  # fmt: skip
        files = {"photos": ("lubang.jpg", picture, "image/jpeg")} if picture else None
        return self.http.post("/lapor/", data=data, files=files)


def test_f14_no_room_for_photos(town):
    with small_disk(town.folder / "media", 8) as disk:
        town.serve(TANGGAP_WORKERS="1")
        assert Browser(town.port).send("Lampu mati", photo()).status_code == 303
        stored = town.one("SELECT path FROM tanggap_upload")
        fill(disk)
        citizen = Browser(town.port)
        answer = citizen.send("Pohon tumbang di Jalan Mawar", photo())
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, RETRY_SECONDS)
        assert "Pohon tumbang di Jalan Mawar" in answer.text
        files = [str(path.relative_to(disk)) for path in disk.rglob("*.*") if path.is_file()]
        assert files == [stored]  # no half of one
        assert status(town.port, "/") == 200
        assert Browser(town.port).send("Tanpa foto").status_code == 303
        until_the_worker_tries(town)
        empty(disk)
        assert citizen.send("Pohon tumbang di Jalan Mawar", photo()).status_code == 303
        # the first one's clean copy found no room: it was put off, and is nobody's broken photo
        with town.asking() as connection:
            connection.execute("UPDATE tanggap_upload SET due_at = now() WHERE state = 'stored'")
        until(lambda: town.one("SELECT count(*) FROM tanggap_upload WHERE state = 'ready'") == 2)
    assert town.one("SELECT count(*) FROM tanggap_upload") == 2
    assert town.one("SELECT count(*) FROM tanggap_report") == 3


def until_the_worker_tries(town: Town) -> None:
    town.work()
    until(lambda: town.one("SELECT max(attempts) FROM tanggap_upload") > 0)
    until(lambda: town.one("SELECT count(*) FROM tanggap_upload WHERE last_error = 'OSError'") == 1)


def test_f14_no_room_for_an_upload_on_its_way(town):
    """What is bigger than a megabyte is kept in the temporary folder while it comes."""
    big = photo(1600)
    assert len(big) > 1_200_000
    with small_disk(town.folder / "scratch", 4) as disk:
        town.serve(TANGGAP_WORKERS="1", TMPDIR=str(disk))
        assert Browser(town.port).send("Foto besar yang pertama", big).status_code == 303
        citizen = Browser(town.port)
        fill(disk)
        answer = citizen.send("Foto besar", big)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, RETRY_SECONDS)
        assert citizen.send("Foto kecil", photo()).status_code == 303
        empty(disk)
        citizen.draft = str(uuid4())
        assert citizen.send("Foto besar", big).status_code == 303


def test_f14_no_room_for_lines_costs_nobody_an_answer(town):
    """Whatever is written to /dev/full fails as on a full disk."""
    town.lines = Path("/dev/full")
    town.serve(TANGGAP_WORKERS="1", TANGGAP_LOG="json", TANGGAP_LOG_LEVEL="INFO")
    assert Browser(town.port).send("Lampu mati").status_code == 303
    assert status(town.port, "/nothing-is-here/") == 404


@contextlib.contextmanager
def moved(town: Town, what: str, room_mb: int):
    """The cluster, or its log alone, lies on a small disk with so much room left."""
    postgres.stop_if_unused(town.folder)
    source = town.cluster if what == "postgres" else town.cluster / "pg_wal"
    own = source.stat()
    with small_disk(town.folder / "disk", used_mb(source) + room_mb) as disk:
        shutil.copytree(source, disk / what, copy_function=shutil.copy2)
        give(disk / what, own)
        shutil.rmtree(source)
        source.symlink_to(disk / what)
        if what == "postgres":  # its log stays on the big disk
            wal = town.folder / "wal"
            shutil.move(disk / what / "pg_wal", wal)
            (disk / what / "pg_wal").symlink_to(wal)
        town.open()
        try:
            yield disk
        finally:
            town.close()


def give(folder, own) -> None:
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, own.st_uid, own.st_gid)
        path.chmod(0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("what", ["postgres", "pg_wal"])
def test_f14_no_room_for_tables_or_for_the_log_of_the_database(town, tmp_path, what):
    town.close()
    with moved(town, what, 24) as disk:
        town.serve()
        with Senders(town.port, tmp_path / "books", count=6) as senders:
            senders.until_more(20)
            fill(disk)
            if what == "pg_wal":
                use_up_the_log(town)
            full = time.monotonic()
            until(lambda: [answer for at, answer in senders.heard if at > full and not answer.number])
            if what == "postgres":  # without its log a server of PostgreSQL is down altogether
                assert status(town.port, "/") == 200
            time.sleep(3)
            empty(disk)
            town.start_database()
            senders.until_more(20)
        said = {(answer.status, answer.retry_after) for at, answer in senders.heard if not answer.number}
        assert said == {(503, int(RETRY_SECONDS))}
        verdict = audit.compare(town.dsn, audit.keys_in(town.folder), senders.books)
        assert verdict.good, verdict
        assert verdict.told == verdict.tried


def use_up_the_log(town: Town) -> None:
    """Until a new file of the log is needed and finds no room: the server stops at once rather than lie."""
    with contextlib.suppress(Exception):
        for _ in range(12):
            town.one("SELECT pg_switch_wal()")
            town.one("SELECT pg_logical_emit_message(true, 'fault', 'x')")
