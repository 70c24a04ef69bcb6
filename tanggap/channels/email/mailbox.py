"""The mailbox: what lies in it is fetched, read, handed to the ears, and only after their commit moved away.

Everything in the folder is new: what was taken lies in another one. So a crash between commit and move, or another
UIDVALIDITY, only means that a mail is fetched again; its external id makes it the same. What could not be moved stands
in the cursor (`left`), so that it is not fetched each minute.

`listen` waits in IDLE. A server that dies there looks like "no mail" to every client library: `poll` of imap-tools then
answers at once, for ever, with nothing. So an answer that comes at once and holds nothing is taken for a dead line, and
each 25 s DONE and NOOP must be answered.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError

from tanggap.channels.base import Account, Ears, Heard, Unreadable, once

from . import lines
from .child import Reader
from .parse import heard
from .read import Mail, digest_of

log = logging.getLogger(__name__)

IDLE_SECONDS = 25.0  # a line that died without a word is known dead after this and one answer's time
STEP = 2.0  # how soon `stopped` is heard
WITHOUT_IDLE = 15.0
MOST_BYTES = 35_000_000  # 25 MB of files in base64; of a larger mail only the beginning is taken
BEGINNING = 1_000_000
MAILS_AT_ONCE, BYTES_AT_ONCE = 20, 20_000_000
SIZES_AT_ONCE = 200
TRIES = 5  # then the house takes the raw words alone, and a person looks
MOST_LEFT = 5_000
_SIZE = re.compile(rb"UID (\d+)[^()]*RFC822\.SIZE (\d+)|RFC822\.SIZE (\d+)[^()]*UID (\d+)")
_LITERAL = re.compile(rb"\{(\d+)\}\Z")
_DATE = re.compile(rb'INTERNALDATE "([^"]{1,40})"')

_turns: dict[str, threading.Lock] = {}
_readers: dict[str, Reader] = {}
_failures: dict[str, int] = {}
_guard = threading.Lock()


@dataclass(frozen=True)
class Taken:
    """One mail that was fetched and read."""

    uid: str
    raw: bytes
    heard: Sequence[Heard]


def poll(account: Account, ears: Ears) -> Mapping[str, Any]:
    """Take what lies in the mailbox. While a listener is at it there is nothing to do here."""
    turn = turn_of(account)
    if not turn.acquire(timeout=STEP):
        return account.cursor
    try:
        with told_as_broken(), lines.mailbox(account) as box:
            return take_all(box, account, ears, account.cursor)
    finally:
        turn.release()


def listen(account: Account, ears: Ears, stopped: Callable[[], bool]) -> None:
    """In touch until `stopped`; OSError or Trouble when the line breaks, never a silent loop."""
    cursor = account.cursor
    with told_as_broken(), lines.mailbox(account) as box:
        while not stopped():
            with turn_of(account):
                cursor = take_all(box, account, ears, cursor)
            wait(box, stopped)


class told_as_broken:
    """Whatever a library says about a broken line comes out as OSError."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, lines.BROKEN) and not isinstance(error, OSError):
            raise ConnectionError(f"the mailbox's line broke: {type(error).__name__}") from error


def turn_of(account: Account) -> threading.Lock:
    with _guard:
        return _turns.setdefault(account.code, threading.Lock())


def reader_of(account: Account) -> Reader:
    with _guard:
        return _readers.setdefault(account.code, Reader())


def close_readers() -> None:
    """End the children; a new mail starts a new one."""
    with _guard:
        for one in _readers.values():
            one.close()
        _readers.clear()


# ---- waiting ----


def wait(box: BaseMailBox, stopped: Callable[[], bool]) -> None:
    """Until something comes, or it is time to ask whether the server still lives. Raises when it doesn't."""
    if "IDLE" not in box.client.capabilities:
        until = time.monotonic() + WITHOUT_IDLE
        while time.monotonic() < until and not stopped():
            time.sleep(min(STEP, WITHOUT_IDLE))
    else:
        idle(box, stopped)
    for name in ("EXISTS", "EXPUNGE", "RECENT", "VANISHED"):
        box.client.untagged_responses.pop(name, None)  # imaplib keeps them for as long as the line lives
    state, _ = box.client.noop()
    if state != "OK":
        raise ConnectionError("the mail server refused NOOP")


def idle(box: BaseMailBox, stopped: Callable[[], bool]) -> None:
    box.idle.start()
    until = time.monotonic() + IDLE_SECONDS
    while not stopped() and (left := until - time.monotonic()) > 0:
        step, before = min(left, STEP), time.monotonic()
        events = box.idle.poll(step)
        if any(b"BYE" in event for event in events):
            raise ConnectionError("the mail server said good-bye")
        if any(b"EXISTS" in event or b"RECENT" in event for event in events):
            break
        if not events and time.monotonic() - before < step / 2:
            raise ConnectionError("the line died in IDLE")
    box.idle.stop()


# ---- taking ----


def take_all(box: BaseMailBox, account: Account, ears: Ears, cursor: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that lies there, batch by batch, until a look finds nothing new."""
    validity = validity_of(box)
    same = cursor.get("uidvalidity") == validity
    left = {str(uid) for uid in cursor.get("left", ())} if same else set()
    tried: set[str] = set()
    while True:
        there = box.uids("ALL", charset=None)
        if not tried:
            left = set(move(box, account, sorted(left & set(there), key=int)))
        fresh = [uid for uid in there if uid not in left and uid not in tried]
        if not fresh:
            return {"uidvalidity": validity, "left": sorted(left, key=int)[-MOST_LEFT:]}
        for batch in batches(box, account, fresh):
            tried.update(uid for uid, _ in batch)
            left |= set(move(box, account, hand(account, ears, [one for _, one in batch if one])))
        tried.update(fresh)


def validity_of(box: BaseMailBox) -> str:
    told = (box.client.untagged_responses.get("UIDVALIDITY") or [b""])[-1]
    return told.decode("ascii", "replace") if isinstance(told, bytes) else ""


def batches(
    box: BaseMailBox, account: Account, uids: Sequence[str]
) -> Iterator[list[tuple[str, Taken | None]]]:
    """Fetched and read, some at a time; None for a mail that was gone when it was asked for."""
    found: list[tuple[str, Taken | None]] = []
    total = 0
    for start in range(0, len(uids), SIZES_AT_ONCE):
        chunk = uids[start : start + SIZES_AT_ONCE]
        sizes = sizes_of(box, chunk)
        for uid in chunk:
            if uid not in sizes:
                continue
            one = fetched(box, account, uid, sizes[uid])
            found.append((uid, one))
            total += len(one.raw) if one else 0
            if len(found) >= MAILS_AT_ONCE or total >= BYTES_AT_ONCE:
                yield found
                found, total = [], 0
    if found:
        yield found


def sizes_of(box: BaseMailBox, uids: Sequence[str]) -> dict[str, int]:
    state, lines_ = box.client.uid("FETCH", ",".join(uids), "(UID RFC822.SIZE)")
    if state != "OK":
        raise ConnectionError("the mail server refused to tell sizes")
    told: dict[str, int] = {}
    for line in lines_:
        if isinstance(line, bytes) and (found := _SIZE.search(line)):
            uid, size = (found[1], found[2]) if found[1] else (found[4], found[3])
            told[uid.decode()] = int(size)
    return told


def fetched(box: BaseMailBox, account: Account, uid: str, size: int) -> Taken | None:
    """One whole mail, or the beginning of one that is too large. A line cut on the way raises: nothing was taken."""
    cut = size > MOST_BYTES
    part = f"BODY.PEEK[]<0.{BEGINNING}>" if cut else "BODY.PEEK[]"
    state, answer = box.client.uid("FETCH", uid, f"(INTERNALDATE {part})")
    if state != "OK":
        raise ConnectionError("the mail server refused a mail")
    pairs = [one for one in answer if isinstance(one, tuple)]
    if not pairs:
        return None
    head, raw = pairs[0]
    told = _LITERAL.search(head)
    if told is None or len(raw) != int(told[1]):
        raise ConnectionError("a mail came in part only")
    around = head + b" " + b" ".join(one for one in answer if isinstance(one, bytes))
    mail = reader_of(account).read(raw, cut)
    return Taken(uid, raw, understood(account, mail, raw, moment(around)))


def understood(account: Account, mail: Mail, raw: bytes, at: datetime) -> Sequence[Heard]:
    """Whatever a stranger writes, those behind them are taken."""
    try:
        return heard(account, mail, raw, at)
    except Exception:
        log.exception("%s: a mail was not understood", account.code)
        return [Unreadable(account.code, once("mail", digest_of(raw)), "unparseable", at, raw)]


def moment(answer: bytes) -> datetime:
    """When our server took the mail."""
    now = datetime.now(UTC)
    found = _DATE.search(answer)
    try:
        at = parsedate_to_datetime(found[1].decode("ascii")) if found else now
    except (ValueError, TypeError):
        return now
    return min(now, at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC))


def hand(account: Account, ears: Ears, taken: Sequence[Taken]) -> list[str]:
    """UIDs of what is committed now. One that makes the ears stumble is left behind, and holds up no other; when
    nothing at all is taken the house is down, and its error goes up."""
    if not taken:
        return []
    try:
        ears([one for mail in taken for one in mail.heard])
    except Exception as error:
        return one_by_one(account, ears, taken, error)
    forget(taken)
    return [mail.uid for mail in taken]


def one_by_one(account: Account, ears: Ears, taken: Sequence[Taken], first: Exception) -> list[str]:
    done: list[Taken] = []
    for mail in taken:
        try:
            if len(taken) > 1:
                ears(mail.heard)
                done.append(mail)
                continue
        except Exception as error:
            first = error
        if raw_alone(account, ears, mail):
            done.append(mail)
    forget(done)
    if not done:
        raise first
    if len(done) < len(taken):
        log.warning(
            "%s: %s mails were not taken: %s", account.code, len(taken) - len(done), type(first).__name__
        )
    return [mail.uid for mail in done]


def raw_alone(account: Account, ears: Ears, mail: Taken) -> bool:
    """After some tries: the same mail as one that can't be read, so that a person gets it."""
    one = mail.heard[0]
    with _guard:
        tries = _failures[one.external_id] = _failures.get(one.external_id, 0) + 1
        if len(_failures) > 10_000:
            _failures.clear()
    if tries < TRIES:
        return False
    try:
        ears([Unreadable(account.code, one.external_id, "not_taken", one.at, mail.raw)])
    except Exception:
        return False
    return True


def forget(taken: Sequence[Taken]) -> None:
    with _guard:
        for mail in taken:
            _failures.pop(mail.heard[0].external_id, None)


def move(box: BaseMailBox, account: Account, uids: Sequence[str]) -> list[str]:
    """Away with what is committed; those that could not be moved come back."""
    if not uids:
        return []
    folder = account["imap_processed"]
    try:
        box.move(uids, folder)
        return []
    except ImapToolsError:
        pass
    try:
        box.folder.create(folder)
        box.move(uids, folder)
        return []
    except ImapToolsError:
        log.warning("%s: mails can't be moved to the folder %r", account.code, folder)
        return list(uids)
