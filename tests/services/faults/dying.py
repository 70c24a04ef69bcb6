"""Our own programs with a wire in them: they kill themselves at a chosen place as soon as a file says so.

    python -m tests.services.faults.dying serve|work

TANGGAP_TEST_DIE names the file; its words are the place: `before commit`, `after commit`, `before send`, `after send`.
Whoever takes the file dies, so each time it is written one process dies once.
"""

import contextlib
import functools
import os
import signal
import sys
from pathlib import Path

FILE = Path(os.environ.get("TANGGAP_TEST_DIE", "/nonexistent"))


def die_if_told(place: str) -> None:
    with contextlib.suppress(OSError):
        if FILE.read_text() == place:
            FILE.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


def wire(do, name: str):
    @functools.wraps(do)
    def wired(*args, **named):
        die_if_told(f"before {name}")
        done = do(*args, **named)
        die_if_told(f"after {name}")
        return done

    return wired


def wire_commit() -> None:
    """Between the commit of a batch and its first answer; and before it, when the batch is in this process only."""
    from tanggap.intake import batch

    batch.commit = wire(batch.commit, "commit")


def wire_send() -> None:
    """Between the mail server's word and our own mark."""
    from django.core.mail import EmailMessage

    EmailMessage.send = wire(EmailMessage.send, "send")


def serve() -> None:
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    Granian(
        "tests.services.faults.dying:application", address="127.0.0.1", port=int(os.environ["TANGGAP_PORT"]),
        interface=Interfaces.WSGI, http=HTTPModes.http1, websockets=False, workers=1, blocking_threads=40,
        log_level=LogLevels.error,
    ).serve()  # fmt: skip


def work() -> None:
    import django

    django.setup()
    wire_send()
    from tanggap.work import loop

    loop.main()


def __getattr__(name: str):
    """The application, only where it is asked for: the server's own process loads no Django."""
    if name != "application":
        raise AttributeError(name)
    from tanggap.wsgi import application

    wire_commit()
    globals()[name] = application
    return application


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tanggap.settings")
    {"serve": serve, "work": work}[sys.argv[1]]()
