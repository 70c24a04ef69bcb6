"""The demo's photos while the week is played: drawn beside it on another core, used as uploads."""

import multiprocessing
import os
import random
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from tanggap.demo import pictures
from tanggap.demo.pictures import FRAMES, Print, Wanted, developed
from tanggap.intake import files as uploads
from tanggap.lib import files
from tanggap.models import Upload

FEW = 4  # so many are drawn here; starting two processes would take longer


class Album:
    """`count` drawings of these scenes, half before, half after; those that are needed first are begun first."""

    def __init__(
        self, scenes: list[tuple[str, str]], count: int, rng: random.Random, told: Callable[[int], None]
    ):
        self.rng, self.told = rng, told
        self.used: dict[tuple[str, bool, int, int], int] = {}
        self.prints: dict[tuple[str, bool], list[Future[list[Print]]]] = {}
        # a fork would carry the database's connection and threads along
        spawn = multiprocessing.get_context("spawn")
        # whoever plays and the database go first: the drawing fills what they leave
        self.pool = ProcessPoolExecutor(2, spawn, os.nice, (5,)) if scenes and count > FEW else None
        pairs = [scenes[at % len(scenes)] for at in range((count + 1) // 2)] if scenes else []
        shots = [
            (scene, light or rng.choice(pictures.BY_DAY), rng.randrange(1, 1 << 24)) for scene, light in pairs
        ]
        for after in (False, True):  # reports come before the work
            for scene, light, seed in shots:
                other = light if light == "dusk" or not after else rng.choice((light, "cloudy"))
                self.order(Wanted(scene, seed, after, other))

    def order(self, wanted: Wanted) -> None:
        future: Future[list[Print]] = Future()
        if self.pool is not None:
            future = self.pool.submit(developed, wanted)
        else:
            future.set_result(developed(wanted))
        future.add_done_callback(lambda done: self.told(1))
        self.prints.setdefault((wanted.scene, wanted.after), []).append(future)

    def print(self, scene: str, after: bool) -> Print | None:
        """The least used frame of what is drawn of a scene by now; only for the first drawing anybody waits."""
        futures = self.prints.get((scene, after))
        if not futures:
            others = [key for key in self.prints if key[1] == after]
            if not others:
                return None
            scene = self.rng.choice(others)[0]
            futures = self.prints[scene, after]
        drawn = [at for at, future in enumerate(futures) if future.done()] or [0]
        frames = [
            (self.used.get((scene, after, at, frame), 0), frame, at)
            for at in drawn
            for frame in range(FRAMES)
        ]
        _times, frame, at = min(frames)
        self.used[scene, after, at, frame] = self.used.get((scene, after, at, frame), 0) + 1
        return futures[at].result()[frame]

    def upload(
        self,
        frame: Print,
        *,
        draft: UUID,
        at: datetime,
        taken_at: datetime,
        moment: str,
        point: tuple[float, float] | None,
    ) -> Upload:
        """Kept like any photo, and ready at once: what the worker's child would find out is known of our own drawing,
        and starting three children for each of 300 photos would take longer than the week."""
        lat, lon = point or (None, None)
        row = uploads.keep_bytes(
            pictures.with_facts(frame.data, taken_at, lat, lon), draft=draft, now=at, moment=moment
        )
        row.copy = files.store_bytes(Path(settings.MEDIA_ROOT), frame.data, ".jpg")
        row.taken_at, row.lat, row.lon, row.dhash = taken_at.replace(microsecond=0), lat, lon, frame.dhash
        row.state = Upload.READY
        row.save()
        return row

    def close(self) -> None:
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)
