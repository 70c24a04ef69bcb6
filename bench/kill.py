"""`kill -9`, twenty times, on web, worker and database in turn, under load; then the client's own list is compared with
what is stored: nothing that was acknowledged may be lost, nothing may be there twice.

A client that gets no answer sends the same report again with the same id until it is told a number, as a browser's
second press of the button or an app's retry does.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from uuid import uuid4

from bench.client import App, Citizen, Refused
from bench.place import KEY, Place, Rows, place, say
from tanggap.lib import postgres

ROUNDS = 20
CLIENTS = 6
LOAD = (0.8, 1.4, 2.0)  # seconds of load before each kill
PATIENCE = 60


class Senders:
    """Citizens and apps with a list of their own: id -> the number they were told."""

    def __init__(self, port: int):
        self.port = port
        self.over = threading.Event()
        self.told: dict[str, str] = {}
        self.unanswered: set[str] = set()
        self.again = 0
        self.contradictions: list[str] = []
        self.threads = [threading.Thread(target=self.live, args=[at], daemon=True) for at in range(CLIENTS)]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(PATIENCE)

    def live(self, at: int) -> None:
        one = Citizen(self.port) if at % 2 else App(self.port, KEY)
        while not self.over.is_set():
            uuid = str(uuid4())
            self.unanswered.add(uuid)
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline:
                try:
                    number = one.send(uuid)
                except (OSError, AttributeError) as error:
                    self.again += 1
                    # a form's token is good for the page it stood on
                    if isinstance(one, Citizen) and isinstance(error, Refused) and error.status == 403:
                        one.token = ""
                    time.sleep(0.15)
                    continue
                if self.told.setdefault(uuid, number) != number:
                    self.contradictions.append(uuid)
                self.unanswered.discard(uuid)
                break
            # the very same once more, now and then: it must be the same report
            if uuid in self.told and at < 2:
                with contextlib.suppress(OSError, AttributeError):
                    if one.send(uuid) != self.told[uuid]:
                        self.contradictions.append(uuid)


def main() -> None:
    rows = Rows()
    with place() as here:
        running = {"serve": here.start("serve"), "work": here.start("work")}
        here.until_it_answers()
        senders = Senders(here.port)
        senders.start()
        longest = 0.0
        for turn in range(ROUNDS):
            time.sleep(LOAD[turn % len(LOAD)])
            target = ("serve", "database", "work")[turn % 3]
            began = time.monotonic()
            strike(here, running, target)
            time.sleep(0.05)  # what had been answered before is still being read
            before = len(senders.told)
            start_again(here, running, target)
            while len(senders.told) == before and time.monotonic() - began < PATIENCE:
                time.sleep(0.01)
            away = time.monotonic() - began
            longest = max(longest, away)
            say(f"  {turn + 1:2} {target:<8} reports again after {away:.1f} s")
        senders.stop()
        compare(senders, rows)
        rows.add("kill.longest", longest, "s until the next report was taken")
        stop_database(here)
    rows.tell()


def strike(here: Place, running: dict[str, subprocess.Popen], target: str) -> None:
    """Kill it and all its children at once."""
    pid = postmaster(here) if target == "database" else running[target].pid
    kill_all([pid, *children(pid)])
    if target != "database":
        running[target].wait()
        here.children.remove(running[target])


def start_again(here: Place, running: dict[str, subprocess.Popen], target: str) -> None:
    """As `tanggap up` does when it sees that something is gone."""
    if target != "database":
        running[target] = here.start(target)
        return
    url = os.environ.pop("DATABASE_URL")
    try:
        postgres.ensure(here.server.cluster.parent)
    finally:
        os.environ["DATABASE_URL"] = url


def postmaster(here: Place) -> int:
    return int((here.server.cluster / "postmaster.pid").read_text().split()[0])


def children(pid: int) -> list[int]:
    """Processes below this one. PostgreSQL's are sessions of their own, so no group holds them all."""
    shown = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    below: dict[int, list[int]] = {}
    for line in shown.splitlines():
        child, parent = map(int, line.split())
        below.setdefault(parent, []).append(child)
    found, waiting = [], [pid]
    while waiting:
        own = below.get(waiting.pop(), [])
        found += own
        waiting += own
    return found


def kill_all(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def compare(senders: Senders, rows: Rows) -> None:
    from bench.place import hang_up

    hang_up()
    from tanggap.models import DayNumber, Event, Inbound, Reaction, Report

    stored = dict(Inbound.objects.filter(report__isnull=False).values_list("external_id", "report__number"))
    by_id = {key_of(uuid): number for uuid, number in senders.told.items()}
    lost = [
        number
        for key, number in by_id.items()
        if stored.get(key[0]) != number and stored.get(key[1]) != number
    ]
    numbers = list(Report.objects.values_list("number", flat=True))
    doubled = len(numbers) - len(set(numbers)) + len(senders.contradictions)
    # reports nobody waits for: the id of none of ours
    ours = {one for key in by_id for one in key} | {
        one for uuid in senders.unanswered for one in key_of(uuid)
    }
    doubled += sum(1 for external in stored if external not in ours)
    gaps = sum(DayNumber.objects.values_list("last", flat=True)) - len(numbers)
    say(
        f"  {len(senders.told)} acknowledged, {senders.again} tried again, {len(senders.unanswered)} never answered"
    )
    rows.add("kill.lost", len(lost), f"of {len(senders.told)} acknowledged", "= 0", not lost)
    rows.add("kill.doubled", doubled, "reports", "= 0", doubled == 0)
    rows.add("kill.gaps", gaps, "numbers without a report", "= 0", gaps == 0)
    half = Report.objects.exclude(case__events__verb="case.received").count()
    rows.add("kill.half", half, "reports without their first event", "= 0", half == 0)
    deadline = time.monotonic() + PATIENCE
    while Reaction.objects.filter(parked_at=None).exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    # a lease of a killed worker runs out after a minute: what is still lent then counts as stuck only beyond it
    unheard = (
        Report.objects.count() - Event.objects.filter(verb="case.triaged").values("case").distinct().count()
    )
    parked = Reaction.objects.exclude(parked_at=None).count()
    rows.add("kill.unheard", unheard, "reports never triaged", "= 0", unheard == 0)
    rows.add("kill.parked", parked, "reactions put aside", "= 0", parked == 0)


def key_of(uuid: str) -> tuple[str, str]:
    """The external id as the web form and as Open311 store it."""
    import hashlib

    return uuid, "key:" + hashlib.sha256(uuid.encode()).hexdigest()


def stop_database(here: Place) -> None:
    """The server that was started again is not the one our place knows."""
    postgres.stop(postgres.Server("", True, postmaster(here), here.server.cluster))


if __name__ == "__main__":
    main()
