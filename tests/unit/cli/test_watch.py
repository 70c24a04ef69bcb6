"""Children: started again when they end by themselves, ended with us."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tanggap.cli import watch


@pytest.fixture
def child(tmp_path):
    """A real command that ends at once: its verb does not exist."""
    made = watch.Child(["no-such-verb"], tmp_path / "log")
    yield made
    if made.process:
        made.process.kill()
        made.wait(time.monotonic())


def test_a_child_that_ended_is_started_again_with_growing_patience(child):
    told = []
    now = time.monotonic()
    for _ in range(4):
        child.start()
        child.process.wait()
        told.append(child.look_after(now))
    assert [words.split("; ")[1] for words in told] == [
        "starting it again.",
        "starting it again in 1 s.",
        "starting it again in 2 s.",
        "starting it again in 4 s.",
    ]
    assert child.look_after(now) is None
    assert child.process is None
    child.look_after(now + 4)
    assert child.process is not None
    assert "invalid choice" in child.last_words()


def test_how_a_child_died_is_said(child):
    child.start()
    child.process.kill()
    child.process.wait()
    assert (
        child.look_after(time.monotonic())
        == "`tanggap no-such-verb` was killed by SIGKILL; starting it again."
    )


def test_a_child_ends_with_its_parent():
    """The parent is killed; the child sees its end of the pipe break."""
    theirs, ours = os.pipe()
    script = (
        "import signal; from tanggap.cli import place; place.end_with_parent(); print('here', flush=True); "
        "signal.pause()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env=os.environ | {"TANGGAP_LIFELINE": str(theirs)},
        pass_fds=[theirs],
        stdout=subprocess.PIPE,
    )
    os.close(theirs)
    process.stdout.readline()
    assert process.poll() is None
    os.close(ours)
    assert process.wait() == -signal.SIGTERM
    process.stdout.close()


def test_a_deaf_child_is_killed_after_the_deadline(tmp_path, monkeypatch):
    deaf = tmp_path / "deaf"
    deaf.write_text(
        f"#!{sys.executable}\nimport signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('here', flush=True)\nsignal.pause()\n"
    )
    deaf.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(deaf))
    child = watch.Child(["deaf"])
    process = child.start(tell=True)
    process.stdout.readline()
    child.stop()
    child.wait(time.monotonic())
    process.stdout.close()
    assert process.returncode == -signal.SIGKILL
