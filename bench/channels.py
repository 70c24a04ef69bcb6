"""Every channel at once: a burst of ten thousand messages over the webhooks while a mailbox drains what lay there
before; then twenty a second for a minute. Stored once, urgent ones in their office's inbox in time.

No provider answers here: what the city sends waits, and must hold up nothing.
"""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage

from bench.client import Citizen, Line, request
from bench.place import Place, Rows, place, say, share
from tanggap.channels import registry
from tests.world import graph_says as says
from tests.world.mail import Mailbox

BURST, CLIENTS, URGENT_EVERY = 10_000, 12, 50
LETTERS = 400  # mails that lie in the mailbox when it begins
A_SECOND, SECONDS = 20, 60
PLAIN_SECONDS = 8.0
GOAL_SECONDS, GOAL_RATIO = 3.0, 0.5
USUAL = "Lampu jalan mati di Kelurahan Pluit depan pasar, sudah tiga hari gelap."
URGENT = "Kebakaran rumah di Kelurahan Pluit, api besar, tolong segera."
SECRET = "a-secret-of-the-bench"
NOWHERE = "http://127.0.0.1:9"  # no provider answers

META = {"token": "T", "app_secret": SECRET, "verify_token": "v", "base_url": NOWHERE}
SETTINGS = {
    "sms-wa": {**META, "phone_number_id": says.PHONE_NUMBER_ID},
    "facebook": {**META, "page_id": says.PAGE},
    "gubernur": {**META, "account_id": says.INSTAGRAM},
    "telegram": {"token": "1:a", "way": "webhook", "secret": SECRET, "base_url": NOWHERE},
}


def meta(kind: str) -> Callable[[int, str], tuple[bytes, dict[str, str]]]:
    def write(place: int, words: str) -> tuple[bytes, dict[str, str]]:
        now, who = int(time.time()), f"{kind}{place}"
        entry = {
            "whatsapp": lambda: says.text(says.person(user=f"ID.{place:016}"), f"wamid.{who}", now, words),
            "facebook": lambda: says.direct(now * 1000, f"{7 * 10**15 + place}", f"m_{who}", words),
            "instagram": lambda: says.direct(now * 1000, f"{8 * 10**15 + place}", f"m_{who}", words,
                                             owner=says.INSTAGRAM),
        }[kind]()  # fmt: skip
        body = says.post(kind, entry)
        return body, {
            "X-Hub-Signature-256": f"sha256={hmac.digest(SECRET.encode(), body, hashlib.sha256).hex()}"
        }

    return write


def telegram(place: int, words: str) -> tuple[bytes, dict[str, str]]:
    who = {"id": 5 * 10**9 + place, "is_bot": False, "first_name": "Ani", "language_code": "id"}
    chat = {"id": who["id"], "first_name": "Ani", "type": "private"}
    said = {"message_id": 1, "from": who, "chat": chat, "date": int(time.time()), "text": words}
    body = json.dumps({"update_id": 10**6 + place, "message": said}).encode()
    return body, {"X-Telegram-Bot-Api-Secret-Token": SECRET}


WRITERS = {
    "sms-wa": meta("whatsapp"), "facebook": meta("facebook"), "gubernur": meta("instagram"), "telegram": telegram,
}  # fmt: skip


@dataclass
class Sent:
    """What the clients say they sent: the marks of urgent ones, and when."""

    count: int = 0
    refused: int = 0
    urgent: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


def main() -> None:
    rows, box = Rows(), Mailbox()
    with box:
        for number in range(LETTERS):
            box.put(mail(number))
        with place(**environment(box)) as here:
            here.start("serve")
            here.until_it_answers()
            plain = plain_rate(here)
            rows.add("channels.plain", plain, "reports/s by the web form, the same clients")
            here.start("work")
            burst(here, rows, plain)
            steadily(here, rows)
    rows.tell()


def environment(box: Mailbox) -> dict[str, str]:
    mailbox = {
        "address": "lapor@bench.test", "token_secret": SECRET, "imap_host": "127.0.0.1", "imap_port": str(box.port),
        "imap_security": "none", "imap_user": box.user, "imap_password": box.password, "smtp_host": "127.0.0.1",
        "smtp_port": "9", "smtp_security": "none",
    }  # fmt: skip
    every = {**SETTINGS, "surel": mailbox}
    return {
        registry.variable(code, name): value for code, given in every.items() for name, value in given.items()
    }


def mail(number: int) -> bytes:
    said = EmailMessage()
    said["From"], said["To"] = f"warga{number}@contoh.test", "lapor@bench.test"
    said["Subject"], said["Message-ID"] = "Lampu", f"<bench-{number}@contoh.test>"
    said["Date"] = "Tue, 24 Nov 2026 05:00:00 +0000"
    said.set_content(USUAL)
    return said.as_bytes()


def plain_rate(here: Place) -> float:
    from bench.client import rate

    return rate(lambda: Citizen(here.port), CLIENTS, PLAIN_SECONDS)[0]


def burst(here: Place, rows: Rows, plain: float) -> None:
    from tanggap.models import Inbound, Message, Report

    before = Report.objects.count()
    sent, seen, over = Sent(), {}, threading.Event()
    watcher = threading.Thread(target=watch, args=[seen, over], daemon=True)
    watcher.start()
    began = time.monotonic()
    send_all(here.port, sent, range(BURST), 0)
    took = time.monotonic() - began
    mails = Inbound.objects.filter(account="surel").count()
    until(lambda: Inbound.objects.filter(account="surel").count() >= LETTERS, 240)
    drained = time.monotonic() - began
    until(lambda: len(seen) >= len(sent.urgent), 60)
    over.set()
    watcher.join(5)
    stored = Report.objects.count() - before + Message.objects.count()
    rows.add("channels.burst", sent.count / took, "messages/s")
    rows.add("channels.ratio", sent.count / took / plain, "of the web form's rate", f">= {GOAL_RATIO}",
             sent.count / took / plain >= GOAL_RATIO)  # fmt: skip
    wrong = abs(stored - BURST - LETTERS) + (BURST - sent.count)
    rows.add("channels.wrong", wrong, f"of {BURST + LETTERS} lost or doubled", "= 0", wrong == 0)
    late = share([at - sent.urgent[mark] for mark, at in seen.items() if mark in sent.urgent], 0.99)
    missing = len(sent.urgent) - len(seen)
    rows.add("channels.urgent.p99", late, "s to the office's inbox", f"<= {GOAL_SECONDS:g}",
             late <= GOAL_SECONDS and not missing)  # fmt: skip
    rows.add("channels.mail.drained", LETTERS / drained, f"mails/s beside the burst ({mails} at its end)")
    say(f"  {sent.refused} times somebody was told to come again")


def steadily(here: Place, rows: Rows) -> None:
    from tanggap.models import Reaction

    until(lambda: not Reaction.objects.filter(parked_at=None).exists(), 240)
    sent, seen, over = Sent(), {}, threading.Event()
    watcher = threading.Thread(target=watch, args=[seen, over], daemon=True)
    watcher.start()
    send_all(here.port, sent, range(BURST, BURST + A_SECOND * SECONDS), A_SECOND, urgent=True)
    until(lambda: len(seen) >= len(sent.urgent), 60)
    over.set()
    watcher.join(5)
    took = [at - sent.urgent[mark] for mark, at in seen.items() if mark in sent.urgent]
    late, missing = share(took, 0.99), len(sent.urgent) - len(took)
    rows.add("channels.steady.p99", late, f"s at {A_SECOND} messages/s", f"<= {GOAL_SECONDS:g}",
             late <= GOAL_SECONDS and not missing)  # fmt: skip


def send_all(port: int, sent: Sent, places: range, a_second: int, urgent: bool = False) -> None:
    """All of them, each client its share; `a_second`: at their planned moments. `urgent`: every one is watched."""
    start = time.monotonic() + 0.2

    def live(client: int) -> None:
        line = Line(port, 60)
        for turn in range(client, len(places), CLIENTS):
            number = places[turn]
            if a_second:
                time.sleep(max(0.0, start + turn / a_second - time.monotonic()))
            watched = urgent or number % URGENT_EVERY == 0
            send(line, sent, number, watched, urgent)

    threads = [threading.Thread(target=live, args=[client]) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def send(line: Line, sent: Sent, number: int, watched: bool, usual: bool) -> None:
    code = list(WRITERS)[number % len(WRITERS)]
    mark = f"n{number}"
    words = f"{URGENT if watched and not usual else USUAL} {mark}"
    body, headers = WRITERS[code](number, words)
    asked = request(
        "POST", f"/hooks/{code}/", body, **{name.replace("-", "_"): value for name, value in headers.items()}
    )
    asked = asked.replace(b"application/x-www-form-urlencoded", b"application/json")
    began = time.time()
    for _ in range(200):
        answer = line.ask(asked)
        if answer.status == 200:
            break
        with sent.lock:
            sent.refused += 1
        time.sleep(0.05)
    else:
        return
    with sent.lock:
        sent.count += 1
        if watched:
            sent.urgent[mark] = began


def watch(seen: dict[str, float], over: threading.Event) -> None:
    """When each watched one is in the hands of its office: its mark stands in the masked words by then."""
    from django.db import connection

    last = 0
    while not over.is_set():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT r.id, r.words, c.holder_id FROM tanggap_report r JOIN tanggap_case c ON c.id = r.case_id"
                " WHERE r.id > %s ORDER BY r.id", [last],
            )  # fmt: skip
            found = cursor.fetchall()
        at = time.time()
        for _, words, holder in found:
            if holder is not None and words:
                seen.setdefault(words.rsplit(" ", 1)[-1], at)
        waiting = [key for key, _, holder in found if holder is None]
        done = [key for key, _, holder in found if holder is not None]
        last = min(waiting) - 1 if waiting else max(done, default=last)
        time.sleep(0.05)


def until(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not true():
        time.sleep(0.1)


if __name__ == "__main__":
    main()
