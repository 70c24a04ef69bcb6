"""How many received reports one worker triages and routes a second, the whole chain of reactions with it."""

import time
from uuid import uuid4

from bench.client import WORDS
from bench.place import Rows, place, say

REPORTS = 1_200
GOAL = 100
PATIENCE = 120


def main() -> None:
    rows = Rows()
    with place() as here:
        fill(REPORTS)
        from django.db import connection

        here.start("work")
        began = first = None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            routed, left = count(connection)
            if began is None and routed:
                began, first = time.monotonic(), routed
            if not left:
                break
            time.sleep(0.1)
        if began is None:
            raise RuntimeError(f"nothing was routed; see {here.folder / 'work.log'}")
        ended = time.monotonic()
        say(f"  {routed} routed, {left} reactions left")
        rate = (routed - first) / (ended - began)
        rows.add("react.routed", rate, "cases/s, one worker", f">= {GOAL}", rate >= GOAL and not left)
    rows.tell()


def fill(count: int) -> None:
    """Reports all over the city, of all kinds, as the door would hand them over."""
    import random

    from django.utils import timezone

    from tanggap import door
    from tanggap.channels.base import Submission
    from tanggap.demo.world import World
    from tanggap.intake import receive

    now, rng = timezone.now(), random.Random(4)
    world = World(now)
    batch = []
    for _ in range(count):
        lat, lon = world.point(world.draw_area(rng), rng)
        uuid = uuid4()
        said = Submission(
            uuid=uuid,
            channel="web",
            account="web",
            external_id=str(uuid),
            body=WORDS.encode(),
            words=WORDS,
            at=now,
            lat=lat,
            lon=lon,
        )
        batch.append(door.prepare(said))
    for start in range(0, count, 100):
        receive(batch[start : start + 100], now)


def count(connection) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM tanggap_case WHERE holder_id IS NOT NULL), "
            "(SELECT count(*) FROM tanggap_reaction WHERE parked_at IS NULL)"
        )
        return cursor.fetchone()


if __name__ == "__main__":
    main()
