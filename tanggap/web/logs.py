"""What may stand in a log: when, where in the code, which route, which reference. Never an address (it may hold a
citizen's secret), a query, a body, a name or a number of somebody; never an exception's own words.

Messages of our own loggers are written by us and hold codes. Of other people's loggers only the sentence is kept,
and numbers in it: what they fill in may be anything. Signs that steer a terminal are written out.
"""

import json
import logging
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from traceback import walk_tb
from types import TracebackType
from typing import Any

from django.http import HttpRequest

current: ContextVar[HttpRequest | None] = ContextVar("current", default=None)

OURS = "tanggap"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LONGEST = 1000
FRAMES = 25
# so that a stranger who repeats a request can't fill the disk
LINES_A_MINUTE = 20  # of one kind of refused request, a process
FRAMES_A_MINUTE = 5  # of one fault; further ones are a line with their place

STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
# the second net: whatever slips through is not somebody's number or address
PERSONAL = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "<mail>"),
    (re.compile(r"(?<![\w.])\d{16}(?!\w)"), "<number>"),
    (re.compile(r"(?<![\w.])(?:\+|0|62)[\d ()-]{8,16}\d(?!\w)"), "<phone>"),
)


def plain(said: str) -> str:
    """One line, without what steers a terminal, without what looks like a person's number or address."""
    for pattern, instead in PERSONAL:
        said = pattern.sub(instead, said)
    said = STEERING.sub(lambda sign: f"\\x{ord(sign[0]):02x}", said)
    return said if len(said) <= LONGEST else said[:LONGEST] + " …"


def message(record: logging.LogRecord) -> str:
    bare = bare_of_ours if record.name.partition(".")[0] == OURS else bare_of_others
    args: Any = record.args
    if isinstance(args, dict):
        args = {name: bare(value) for name, value in args.items()}
    elif args:
        args = tuple(bare(value) for value in args)
    try:
        return plain(str(record.msg) % args if args else str(record.msg))
    except (TypeError, ValueError, KeyError):
        return plain(str(record.msg))


def bare_of_ours(value: Any) -> Any:
    return type(value).__name__ if isinstance(value, BaseException) else value


def bare_of_others(value: Any) -> Any:
    if isinstance(value, BaseException):
        return type(value).__name__
    return value if isinstance(value, int | float) else "…"


# ---- faults ----


def places(trace: TracebackType | None) -> list[str]:
    """ "tanggap/door.py:40 take", outermost first: code only, no line of it, no value."""
    found = []
    for frame, line in walk_tb(trace):
        name = frame.f_code.co_filename
        for mark in ("/site-packages/", "/lib/python"):
            name = name.rpartition(mark)[2]
        if f"/{OURS}/" in name:
            name = f"{OURS}/" + name.rpartition(f"/{OURS}/")[2]
        found.append(f"{name.rpartition('//')[2]}:{line} {frame.f_code.co_name}")
    return found[-FRAMES:]


def faults(error: BaseException | None) -> Iterator[tuple[str, list[str]]]:
    """An exception's class and places, then those of what it was raised from."""
    for _ in range(5):
        if error is None:
            return
        yield type(error).__name__, places(error.__traceback__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


class Few:
    """So many of one kind in a minute; gives how many were left out before this one, or None when it is too many."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.minute = 0
        self.seen: Counter[str] = Counter()
        self.left: Counter[str] = Counter()
        self.lock = threading.Lock()

    def allow(self, kind: str, now: float) -> int | None:
        with self.lock:
            if int(now // 60) != self.minute:
                self.minute = int(now // 60)
                self.seen.clear()
            self.seen[kind] += 1
            if self.seen[kind] > self.most:
                self.left[kind] += 1
                return None
            return self.left.pop(kind, 0)

    def forget(self) -> None:
        with self.lock:
            self.seen.clear()
            self.left.clear()


refused, traced = Few(LINES_A_MINUTE), Few(FRAMES_A_MINUTE)


class RoutesOnly(logging.Filter):
    """For Django's own loggers, which write the path of a request that failed, and all of its traceback for what a
    stranger sent. A refused request is a line, and only so many of them."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        if isinstance(request, HttpRequest):
            method = request.method if request.method in METHODS else "?"
            told = kind or record.levelname.lower()
            record.msg = f"{getattr(request, 'reference', '')} {method} {route(request)}: {told}"
            record.args = ()
        if record.name.startswith("django.security"):
            if not isinstance(request, HttpRequest):
                record.msg, record.args = kind or record.name.rpartition(".")[2], ()
            record.exc_info = record.exc_text = None
            left = refused.allow(f"{record.name} {kind}", record.created)
            if left:
                record.msg += f" (and {left} more in the minutes before)"
            return left is not None
        return True


def route(request: HttpRequest) -> str:
    match = request.resolver_match
    return f"/{match.route}" if match else "an unknown address"


# ---- two ways to write a line ----


class Line(logging.Formatter):
    """For people: one line, and for a fault the places below it."""

    def format(self, record: logging.LogRecord) -> str:
        parts = [f"{moment(record)} {record.levelname} {record.name}"]
        request = getattr(record, "request", None) or current.get()
        reference = getattr(request, "reference", "")
        said = message(record)
        if reference and reference not in said:
            parts.append(reference)
        parts.append(said)
        lines = []
        for kind, frames in told_faults(record):
            parts.append(f"[{kind}{' at ' + frames[-1] if frames else ''}]")
            lines += [f"    {place}" for place in frames] if len(frames) > 1 else []
        return "\n".join([" ".join(parts), *lines])


class Json(logging.Formatter):
    """For machines: one object a line."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": moment(record),
            "level": record.levelname,
            "logger": record.name,
            "message": message(record),
        }
        request = getattr(record, "request", None) or current.get()
        if isinstance(request, HttpRequest):
            told["request"] = getattr(request, "request_id", "")
            told["reference"] = getattr(request, "reference", "")
            told["route"] = route(request)
        # Django's own lines call it status_code
        for name, given in (("status", "status"), ("status", "status_code"), ("ms", "ms")):
            if (value := getattr(record, given, None)) is not None:
                told[name] = value
        if found := list(told_faults(record)):
            told["error"], told["at"] = found[0][0], found[0][1][-1:]
            told["frames"] = [f"{kind}: {place}" for kind, frames in found for place in frames]
        return json.dumps(told, ensure_ascii=True, default=str)


def moment(record: logging.LogRecord) -> str:
    return (
        datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def told_faults(record: logging.LogRecord) -> list[tuple[str, list[str]]]:
    """The faults of a record; of one that repeats itself only the innermost place."""
    if not record.exc_info or record.exc_info[1] is None:
        return []
    found = list(faults(record.exc_info[1]))
    kind, frames = found[0]
    if traced.allow(f"{kind} {frames[-1:]}", time.time()) is None:
        return [(kind, frames[-1:])]
    return found


def catch_all() -> None:
    """What nobody caught goes through these lines as well: Python itself would print an exception's words."""
    log = logging.getLogger(f"{OURS}.uncaught")

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("the process ends: %s", kind.__name__, exc_info=(kind, error, trace))

    def in_a_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is SystemExit or args.exc_value is None:
            return
        log.critical("a thread ended: %s", args.exc_type.__name__,
                     exc_info=(args.exc_type, args.exc_value, args.exc_traceback))  # fmt: skip

    sys.excepthook = uncaught
    threading.excepthook = in_a_thread
    logging.captureWarnings(True)


def server(form: str) -> dict[str, Any]:
    """The web server's own lines in the same form, for its `log_dictconfig`."""
    written = {"json": Json, "line": Line}.get(form, Line)
    out = {"formatter": "ours", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
    return {
        "formatters": {"ours": {"()": written}},
        "handlers": {"console": out},
        "loggers": {"_granian": {"handlers": ["console"], "level": "INFO", "propagate": False}},
    }
