"""From a citizen's click to the officer's inbox: twenty reports a second for a minute, web and worker running.

Begins when the report's bytes leave the client, ends when the same query that draws the inbox finds the case. The
query is asked twenty times a second, so up to 50 ms of what is told are the measuring's own.
"""

import threading
import time
from uuid import uuid4

from bench.client import App, Citizen
from bench.place import KEY, Rows, place, say, share

A_SECOND = 20
SECONDS = 60
GOAL = 2.0
DRAIN = 30


def main() -> None:
    rows = Rows()
    with place() as here:
        here.start("serve")
        here.start("work")
        here.until_it_answers()
        warm(here.port)
        sent: dict[str, float] = {}
        seen: dict[str, float] = {}
        over = threading.Event()
        watcher = threading.Thread(target=watch, args=[seen, over], daemon=True)
        watcher.start()
        late = send_all(here.port, sent, points())
        deadline = time.monotonic() + DRAIN
        while time.monotonic() < deadline and len(seen.keys() & sent.keys()) < len(sent):
            time.sleep(0.1)
        over.set()
        watcher.join(5)
        took = [seen[number] - began for number, began in sent.items() if number in seen]
        missing = len(sent) - len(took)
        say(f"  {len(sent)} sent, {missing} not seen, the sender was up to {late:.2f} s behind its own plan")
        p99 = share(took, 0.99)
        rows.add("freshness.p50", share(took, 0.5), "s")
        rows.add(
            "freshness.p99", p99, f"s at {A_SECOND} reports/s", f"<= {GOAL:g}", p99 <= GOAL and not missing
        )
    rows.tell()


def warm(port: int) -> None:
    for _ in range(4):
        Citizen(port).send(str(uuid4()))


def points() -> list[tuple[float, float]]:
    """Spread over the kelurahan whose inbox is watched, a new one for each report."""
    import random

    from django.utils import timezone

    from tanggap.demo.world import World

    world, rng = World(timezone.now()), random.Random(9)
    return [world.point(world.home, rng) for _ in range(A_SECOND * SECONDS)]


def send_all(port: int, sent: dict[str, float], where: list[tuple[float, float]]) -> float:
    """Half through the web form, half by an app; each at its own planned moment."""
    lanes, planned, lateness = 8, A_SECOND * SECONDS, [0.0]
    start = time.monotonic() + 0.5

    def live(lane: int) -> None:
        one = Citizen(port) if lane % 2 else App(port, KEY)
        for turn in range(lane, planned, lanes):
            at = start + turn / A_SECOND
            time.sleep(max(0.0, at - time.monotonic()))
            lateness[0] = max(lateness[0], time.monotonic() - at)
            began = time.time()
            sent[one.send(str(uuid4()), where[turn])] = began

    threads = [threading.Thread(target=live, args=[lane]) for lane in range(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return lateness[0]


def watch(seen: dict[str, float], over: threading.Event) -> None:
    """The inbox of the kelurahan where all of them are, by its own query."""
    from django.utils import timezone

    from tanggap import access
    from tanggap.demo import people
    from tanggap.monitoring import queries

    now = timezone.now()
    staff = people.Staff(people.World(now), now)
    desk = staff.desk(staff.world.office(staff.world.home))
    last = 0
    assert access.held(desk) is not None
    while not over.is_set():
        found = queries.tab(desk, queries.OURS, timezone.now()).filter(id__gt=last - 500)
        at = time.time()
        for key, number in found.values_list("id", "number"):
            seen.setdefault(number, at)
            last = max(last, key)
        time.sleep(0.05)


if __name__ == "__main__":
    main()
