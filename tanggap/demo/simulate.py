"""`tanggap simulate`: draws some days of a city and plays them through the real doors and deeds, at their own times.

Volumes, hours, channels, places, hand-overs and durations follow what was published about Jakarta, assumed
where nothing was. The same seed tells the same stories. While it runs it holds the clock: workers wait, and no
letter of these days is ever sent.
"""

import gc
import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from tanggap import door, flow
from tanggap.channels.base import Contact, Receipt, Submission
from tanggap.demo.album import Album
from tanggap.demo.draw import Draw
from tanggap.demo.life import SLOT, Life
from tanggap.demo.people import Staff
from tanggap.demo.story import Stage, Story
from tanggap.demo.words import Voice
from tanggap.demo.world import World
from tanggap.intake import receive
from tanggap.models import Letter
from tanggap.work.lines import CLOCK_LOCK

PHOTOS = 60
QUIET = timedelta(minutes=15)  # clocks are looked at this often while nothing happens

Progress = Callable[[str, int, int], None]  # what, how many, of how many


@dataclass
class Result:
    reports: int = 0
    printed: int = 0  # of these by --fast
    photos: int = 0
    refused: Counter = field(default_factory=Counter)


def simulate(
    reports: int,
    days: int,
    seed: int,
    now: datetime,
    fast: bool = False,
    progress: Progress | None = None,
    photos: int = PHOTOS,
) -> Result:
    """Live `days` days that end at `now`. With `fast` a part is lived, the rest is printed from it (history.py)."""
    told = progress or (lambda what, done, total: None)
    if fast:
        from tanggap.demo import history

        return history.simulate(reports, days, seed, now, told, photos)
    with clock_in_hand(), session_for_bulk():
        return live(reports, days, seed, now, told, photos)


def live(reports: int, days: int, seed: int, now: datetime, told: Progress, photos: int) -> Result:
    rng = random.Random(seed)
    world = World(now)
    voice = Voice(rng)
    stories = Draw(world, rng, voice).stories(reports, days, now)
    drawn = itertools.count(1)
    album = Album(
        scenes_of(stories), photos, random.Random(seed), lambda one: told("photos", next(drawn), photos)
    )
    try:
        stage = Stage(world, Staff(world, now), album, rng, voice).read()
        Play(stage, now, seed, told).play(stories)
        return Result(len(stories), refused=stage.refused, photos=photos)
    finally:
        album.close()


def scenes_of(stories: list[Story]) -> list[tuple[str, str]]:
    """Scenes and their light, in the order in which they are needed."""
    found = {(story.theme.scene, story.theme.light): None for story in stories if story.photo}
    return list(found)


@contextmanager
def clock_in_hand() -> Iterator[None]:
    """Only one brings its own time: workers and a second simulation wait."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [CLOCK_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [CLOCK_LOCK])
            cursor.execute("RESET statement_timeout; RESET lock_timeout")


@contextmanager
def session_for_bulk() -> Iterator[None]:
    """Nobody was told "received" for these reports, so a crash may take the last moment of them along."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    # most of what is made here is thrown away at once; looking for rings among it costs a tenth of the time
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
        gc.set_threshold(*usual)


class Play:
    """The stories in the order of time, slot by slot: who reports, who does what, then the reactions."""

    def __init__(self, stage: Stage, now: datetime, seed: int, told: Progress):
        self.stage, self.now, self.seed, self.told = stage, now, seed, told
        self.count = itertools.count()
        self.deeds: list[tuple[datetime, int, Iterator]] = []

    def play(self, stories: list[Story]) -> None:
        arriving = sorted(stories, key=lambda story: story.at)
        came, last = 0, arriving[0].at if arriving else self.now
        while came < len(arriving) or self.deeds:
            following = [story.at for story in arriving[came : came + 1]] + [row[0] for row in self.deeds[:1]]
            begins = min(following)
            if begins > self.now:
                break
            self.quiet(last, begins)
            ends = min(begins + SLOT, self.now)
            coming = [story for story in arriving[came:] if story.at < ends]
            came += len(coming)
            self.receive(coming)
            while self.deeds and self.deeds[0][0] < ends:
                at, _order, life = heapq.heappop(self.deeds)
                self.go_on(life, at)
            flow.run_inside(ends)
            last = ends
            self.told("reports", came, len(arriving))
            if ends == self.now:
                break
        self.quiet(last, self.now)
        flow.run_inside(self.now)
        settle_letters(self.now)

    def quiet(self, since: datetime, until: datetime) -> None:
        """Clocks ring at night too, each at its own time."""
        while until - since > QUIET:
            since += QUIET
            flow.run_inside(since)

    def go_on(self, life: Iterator, at: datetime | None) -> None:
        """Let a life do its deed; it says when the next one comes."""
        try:
            following = life.send(at)
        except StopIteration:
            return
        if following <= self.now:
            heapq.heappush(self.deeds, (following, next(self.count), life))

    def receive(self, stories: list[Story]) -> None:
        if not stories:
            return
        said = [door.prepare(self.submission(story)) for story in stories]
        for story, answer in zip(stories, receive(said, stories[-1].at), strict=True):
            # a second run of the same seed finds its reports there already, and leaves their lives alone
            if isinstance(answer, Receipt) and not answer.again:
                story.case_id, story.report_id = answer.case_id, answer.report_id
                self.go_on(Life(story, self.stage).run(), None)

    def submission(self, story: Story) -> Submission:
        lat, lon = story.point if story.geotag else (None, None)
        photos: list[UUID] = []
        if story.photo:
            frame = self.stage.album.print(story.theme.scene, after=False)
            if frame is not None:
                taken_at = (story.at - timedelta(minutes=2)).astimezone(self.stage.world.city.zone)
                row = self.stage.album.upload(
                    frame,
                    draft=story.uuid,
                    at=story.at,
                    taken_at=taken_at,
                    moment="before",
                    point=story.point,
                )
                photos = [row.uuid]
        contacts = (Contact("phone", "+62" + story.phone.replace("-", "")[1:]),) if story.phone else ()
        return Submission(
            uuid=story.uuid,
            channel=story.channel.code,
            account=f"simulate:{self.seed}",
            external_id=str(story.uuid),
            body=story.words.encode(),
            words=story.words,
            at=story.at,
            lat=lat,
            lon=lon,
            place=story.place,
            category=story.chosen,
            visibility=story.visibility,
            name=story.name,
            contacts=contacts,
            language=story.language,
            draft=story.uuid if photos else None,
            photos=tuple(photos),
            partner=story.filed_by,
            keyed_by=story.keyed_by,
        )


def settle_letters(now: datetime) -> None:
    """Letters of simulated time are never sent: they stay readable where they are."""
    Letter.objects.filter(state=Letter.QUEUED, at__lte=now).update(
        state=Letter.ON_PAGE, way="web", settled_at=now, due_at=None
    )
