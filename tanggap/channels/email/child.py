"""A child process that reads strangers' mails, so that one made to choke a reader chokes nothing else.

One child reads many mails, one after the other; it has 5 s of computing and a bounded memory for each. When it dies or
takes too long it is ended, the mail is `Unreadable`, and the next mail gets a new child. What goes over the pipes:
a length and JSON with the sizes of the files, then the files.
"""

import contextlib
import json
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from typing import IO, Any

from tanggap.channels.base import File

from .read import Mail, read

SECONDS = 5  # of computing, for one mail
PATIENCE = 30.0  # of the clock: a busy machine is no fault of the mail
MEMORY = 1_500_000_000
MAILS = 2_000  # then a fresh child: whatever leaks, leaks little
_HEAD = struct.Struct(">IB")
_SIZE = struct.Struct(">I")


class Reader:
    """One child, started when the first mail comes. Used by one thread at a time."""

    def __init__(self, seconds: int = SECONDS, patience: float = PATIENCE):
        self.seconds, self.patience = seconds, patience
        self.child: subprocess.Popen[bytes] | None = None
        self.read_so_far = 0
        self.lock = threading.Lock()

    def read(self, raw: bytes, cut: bool = False) -> Mail:
        """Never raises for what stands in the mail: `unreadable` is too_slow or broke_reader then."""
        with self.lock:
            mail = self._try(raw, cut)
            # somebody else may have ended the child: that is no fault of the mail
            return self._try(raw, cut) if mail.unreadable == "broke_reader" else mail

    def close(self) -> None:
        with self.lock:
            self._end()

    def _try(self, raw: bytes, cut: bool) -> Mail:
        until = time.monotonic() + self.patience
        try:
            return self._exchange(raw, cut, until)
        except TimeoutError:
            return self._given_up("too_slow")
        except (OSError, EOFError, ValueError):
            return self._given_up("broke_reader")

    def _exchange(self, raw: bytes, cut: bool, until: float) -> Mail:
        child = self._living()
        assert child.stdin is not None
        assert child.stdout is not None
        writer = threading.Thread(target=_write, args=(child.stdin, raw, cut), daemon=True)
        writer.start()
        told = json.loads(_take(child.stdout, _SIZE.unpack(_take(child.stdout, _SIZE.size, until))[0], until))
        files = [File(one["name"], _take(child.stdout, one["size"], until)) for one in told.pop("files")]
        writer.join()
        self.read_so_far += 1
        if self.read_so_far >= MAILS:
            self._end()
        return Mail(**told, files=files)

    def _living(self) -> "subprocess.Popen[bytes]":
        if self.child is None or self.child.poll() is not None:
            self.read_so_far = 0
            self.child = subprocess.Popen(
                [sys.executable, "-m", "tanggap.channels.email.child", str(self.seconds)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(),
            )  # fmt: skip
        return self.child

    def _given_up(self, why: str) -> Mail:
        code = self._code()
        self._end()
        return Mail(unreadable="too_slow" if code == -signal.SIGXCPU else why)

    def _code(self) -> int | None:
        """How the child ended; None while it lives."""
        try:
            return self.child.wait(1) if self.child else None
        except subprocess.TimeoutExpired:
            return None

    def _end(self) -> None:
        if self.child is None:
            return
        self.child.kill()
        for pipe in (self.child.stdin, self.child.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        self.child.wait()
        self.child = None


def environment() -> dict[str, str]:
    """The child knows no secret of ours: only where Python finds things."""
    kept = {
        name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV") if name in os.environ
    }
    return kept | {
        "PYTHONPATH": os.pathsep.join(one for one in sys.path if one),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _write(pipe: IO[bytes], raw: bytes, cut: bool) -> None:
    with contextlib.suppress(OSError, ValueError):
        pipe.write(_HEAD.pack(len(raw), cut))
        pipe.write(raw)
        pipe.flush()


def _take(pipe: IO[bytes], size: int, until: float) -> bytes:
    """Exactly so many bytes, or TimeoutError or EOFError. The pipe is read below Python's buffer."""
    found = bytearray()
    number = pipe.fileno()
    waiting = select.poll()  # unlike select() it knows no highest number
    waiting.register(number, select.POLLIN)
    while len(found) < size:
        left = until - time.monotonic()
        if left <= 0 or not waiting.poll(left * 1000):
            raise TimeoutError
        part = os.read(number, min(1 << 20, size - len(found)))
        if not part:
            raise EOFError
        found += part
    return bytes(found)


# ---- in the child ----


def serve(seconds: int) -> None:
    """Reads mails until nobody sends any more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(
            one, signal.SIG_IGN
        )  # the end of the pipe is the end: a stop of all takes no mail with it
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(_HEAD.size):
        size, cut = _HEAD.unpack(head)
        raw = source.read(size)
        allow(seconds)
        sink.write(answer(raw, bool(cut)))
        sink.flush()


def allow(seconds: int) -> None:
    """So much computing from now on; then the system ends this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def answer(raw: bytes, cut: bool) -> bytes:
    try:
        mail = read(raw, cut)
    except MemoryError:
        mail = Mail(unreadable="too_large")
    files = [one.data or b"" for one in mail.files]
    mail.files, names = [], [one.name for one in mail.files]
    told: dict[str, Any] = asdict(mail)
    told["files"] = [{"name": name, "size": len(data)} for name, data in zip(names, files, strict=True)]
    text = json.dumps(told).encode()
    return b"".join([_SIZE.pack(len(text)), text, *files])


if __name__ == "__main__":
    serve(int(sys.argv[1]))
