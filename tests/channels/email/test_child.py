"""The child that reads mails: the same words as here, ended when it takes too long; the next goes on."""

import os
import signal
import time

import pytest

from tanggap.channels.email import child
from tanggap.channels.email.read import read
from tests.channels.email.letters import mail, parts

HANGS = "import time; time.sleep(60)"
BURNS = "while True: pass"
DIES = "import os; os._exit(1)"
LIES = "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\4????'); sys.stdout.flush()"
FILLS = "x = bytearray(8 << 30)"


@pytest.fixture
def reader():
    made = child.Reader()
    yield made
    made.close()


def instead(monkeypatch, tmp_path, words: str) -> None:
    """Another program in the child's place, with the child's own limits."""
    started = child.subprocess.Popen
    program = (
        "import sys; from tanggap.channels.email import child; child.allow(int(sys.argv[-1]));"
        f"child.resource.setrlimit(child.resource.RLIMIT_AS, (child.MEMORY, child.MEMORY))\n{words}"
    )

    def start(command, **more):
        return started([command[0], "-c", program, command[-1]], **more)

    monkeypatch.setattr(child.subprocess, "Popen", start)


@pytest.mark.parametrize("raw", [
    mail(), parts("Content-Type: text/plain\r\n\r\nhai", "Content-Type: image/jpeg\r\n\r\n" + "x" * 100_000),
    b"", b"\xff" * 99,
], ids=range(4))  # fmt: skip
def test_what_the_child_reads_is_what_would_be_read_here(reader, raw):
    assert reader.read(raw) == read(raw)


def test_one_child_reads_many_mails(reader):
    reader.read(mail())
    first = reader.child.pid
    for _ in range(50):
        reader.read(mail())
    assert reader.child.pid == first


def test_a_child_that_has_read_enough_is_followed_by_another(reader, monkeypatch):
    monkeypatch.setattr(child, "MAILS", 3)
    assert [reader.read(mail()).words for _ in range(7)] == ["Lampu jalan mati di depan pasar."] * 7


@pytest.mark.parametrize(("words", "why"), [
    (HANGS, "too_slow"), (BURNS, "too_slow"), (DIES, "broke_reader"), (LIES, "broke_reader"), (FILLS, "broke_reader"),
])  # fmt: skip
def test_e16_a_mail_that_breaks_its_reader_is_unreadable_and_the_next_is_read(
    monkeypatch, tmp_path, words, why
):
    made = child.Reader(seconds=1, patience=5.0)
    with monkeypatch.context() as other:
        instead(other, tmp_path, words)
        start = time.monotonic()
        assert (made.read(mail()).unreadable, time.monotonic() - start < 15) == (why, True)
    assert made.read(mail()).words == "Lampu jalan mati di depan pasar."
    made.close()


def test_a_child_that_somebody_ends_takes_no_mail_with_it(reader):
    reader.read(mail())
    os.kill(reader.child.pid, signal.SIGTERM)
    time.sleep(0.1)
    assert reader.child.poll() is None
    os.kill(reader.child.pid, signal.SIGKILL)
    assert reader.read(mail()).words == "Lampu jalan mati di depan pasar."


def test_the_child_knows_no_secret(monkeypatch):
    monkeypatch.setenv("TANGGAP_SUREL_TOKEN_SECRET", "rahasia")
    monkeypatch.setenv("DATABASE_URL", "rahasia")
    assert "rahasia" not in str(child.environment().values())


def test_a_closed_reader_leaves_no_process(reader):
    reader.read(mail())
    number = reader.child.pid
    reader.close()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
