"""Bringing an old system's cases in: rows a second and the memory of the whole command, with one file of 20,000 rows
(BENCH_IMPORT_ROWS for another number), open and closed, with hand-overs, words, points and contacts.

The command runs as it is typed, in a process of its own; time and memory are that process's.
"""

import csv
import os
import random
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.place import Rows, place, say

ROWS = int(os.environ.get("BENCH_IMPORT_ROWS", "20000"))
GOAL_ROWS, GOAL_SECONDS, GOAL_MB = 200_000, 600, 500
NAMES = (
    "number", "opened_at", "status", "words", "category", "lat", "lon", "place", "handovers", "started_at",
    "submitted_at", "closed_at", "answer", "name", "phone", "visibility",
)  # fmt: skip


def main() -> None:
    rows = Rows()
    with place() as here:
        path = here.folder / "old.csv"
        write(path, ROWS)
        say(f"  {ROWS} rows, {path.stat().st_size // 2**20} MB")
        seconds, megabytes = bring(path)
        from tanggap.models import Case

        came = Case.objects.count()
        rate = came / seconds
        rows.add("import.rate", rate, "rows/s")
        whole = GOAL_ROWS / rate
        rows.add(
            f"import.{GOAL_ROWS}",
            whole,
            "s" if came == GOAL_ROWS else f"s, from {came}",
            f"<= {GOAL_SECONDS}",
            whole <= GOAL_SECONDS and came == ROWS,
        )
        rows.add("import.memory", megabytes, "MB at most", f"<= {GOAL_MB}", megabytes <= GOAL_MB)
        again, _ = bring(path)
        same = Case.objects.count() == came
        rows.add("import.again", ROWS / again, "rows/s that are here already", "nothing changes", same)
    rows.tell()


def bring(path: Path) -> tuple[float, float]:
    """Seconds and megabytes of one run of the command."""
    began = time.monotonic()
    command = [sys.executable, "-m", "tanggap.cli", "import-cases", str(path), "--source", "bench"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"import-cases ended with {done.returncode}: {done.stdout[-600:]}")
    say(f"  {done.stdout.strip().splitlines()[-1]}")
    return time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def write(path: Path, count: int) -> None:
    """Histories of a year as the demo words them: two thirds over, a third open."""
    from tanggap.demo.words import Voice
    from tanggap.demo.world import World

    now, rng = datetime.now(UTC), random.Random(10)
    world, voice = World(now), Voice(rng)
    with open(path, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(NAMES)
        for number in range(count):
            rows.writerow(row(number, now, rng, world, voice))


def row(number: int, now: datetime, rng: random.Random, world, voice) -> list[str]:
    area, (theme, category) = world.draw_area(rng), rng.choice(world.themes)
    opened = now - timedelta(hours=rng.uniform(24, 24 * 365))
    street, mark = voice.street(), voice.mark()
    words, _language = voice.report(theme, street, mark)
    lat, lon = world.point(area, rng)
    steps = [opened + (now - opened) * part * 0.9 for part in sorted(rng.random() for _ in range(5))]
    status = rng.choices(("selesai", "proses", "menunggu", "menunggu validasi"), (66, 16, 12, 6))[0]
    meant = world.competent(category, area)
    hands = [f"{opened:%Y-%m-%dT%H:%M:%SZ} > kel-{area.code}"]
    if status != "menunggu" and meant and meant[0].code != f"kel-{area.code}":
        hands.append(f"{steps[0]:%Y-%m-%dT%H:%M:%SZ} > {meant[0].code}")
    reached = {"menunggu": 0, "proses": 1, "menunggu validasi": 2, "selesai": 3}[status]
    times = [f"{at:%Y-%m-%dT%H:%M:%SZ}" if place <= reached else "" for place, at in enumerate(steps[1:4], 1)]
    return [
        f"CRM-{number:07d}", f"{opened:%Y-%m-%dT%H:%M:%SZ}", status, words, category.code, lat, lon,
        f"{street}, {mark}", " | ".join(hands), *times,
        voice.pick(theme.done) if status == "selesai" else "", voice.name(), voice.phone(),
        rng.choice(("private", "private", "public")),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
