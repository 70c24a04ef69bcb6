"""`tanggap simulate --fast`: some days are lived, the rest is printed from them by COPY onto other days.

Finished histories are printed a whole number of weeks earlier (the same weekday, the same hours), open ones only onto
their own days, where nothing about them is overdue that wasn't. Words, persons, points, numbers and secrets are new.
"""

import hashlib
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction

from tanggap import ledger
from tanggap.demo import simulate as sim
from tanggap.demo.plates import MODELS, Cutter, Plate, families, gather
from tanggap.demo.words import ANSWERS, Voice
from tanggap.demo.world import World
from tanggap.intake.receive import NUMBERS
from tanggap.lib import geo, seal, text
from tanggap.lib.copied import HEX, columns, escaped, take_ids
from tanggap.models import THE_MACHINE, Case, Reference, Report
from tanggap.reply import texts
from tanggap.triage.redact import redact, title

LIVED = 300  # at most this many are lived; fewer where few are wanted
LIVED_DAYS = 16  # long enough that some histories are over to the last clock
BATCH = 2_000  # cases in one transaction
ENTRIES = 60  # texts for each theme
SPOTS = 24  # points in each kelurahan
WEEK = 7


def simulate(
    reports: int, days: int, seed: int, now: datetime, told: sim.Progress, photos: int
) -> sim.Result:
    lived = min(reports, min(LIVED, max(100, reports // 5)))
    lived_days = min(days, LIVED_DAYS)
    with sim.clock_in_hand(), sim.session_for_bulk():
        before = Case.objects.order_by("-id").values_list("id", flat=True).first() or 0
        result = sim.live(lived, lived_days, seed, now, told, photos)
        told("printing", 0, max(1, reports - lived))
        plates = cut(before, f"simulate:{seed}")
        if plates and reports > lived:
            result.printed = Press(plates, seed, now, days, lived_days).run(reports - lived, told)
            result.reports += result.printed
    return result


def cut(before: int, source: str) -> list[Plate]:
    """Plates of everything that was just lived."""
    zone = World(datetime.now().astimezone()).city.zone
    cases = Case.objects.filter(id__gt=before).only("id", "joined_into_id", "parent_id")
    # what a partner filed counts against its quota: it is not printed again
    filed = set(Report.objects.filter(partner__isnull=False).values_list("case", flat=True))
    kept = [ids for ids in families(cases) if filed.isdisjoint(ids)]
    plates = [Cutter(gather(ids), zone, source).plate() for ids in kept]
    return [plate for plate in plates if plate.count]


@dataclass(frozen=True)
class Entry:
    """Somebody's words, masked, stemmed and sealed with their own key: COPY text, ready to print."""

    values: dict[str, str]


class Press:
    def __init__(self, plates: list[Plate], seed: int, now: datetime, days: int, lived_days: int):
        self.now, self.seed = now, seed
        self.rng = random.Random(seed + 1)
        self.world = World(now)
        self.zone = self.world.city.zone
        self.open = plates
        self.over = [plate for plate in plates if plate.finished]
        self.weeks = max(0, (days - lived_days) // WEEK) if self.over else 0
        self.here = (lived_days / WEEK) / (
            lived_days / WEEK + self.weeks
        )  # share of prints on the lived days
        self.getters: dict[int, dict[type[models.Model], Any]] = {}
        self.entries = self.write_entries()
        self.spots = self.find_spots()

    # ---- what is new in each print ----

    def write_entries(self) -> dict[str, list[Entry]]:
        voice, keys = Voice(random.Random(self.seed)), seal.Keyring.parse(settings.SEAL_KEYS)
        found: dict[str, list[Entry]] = defaultdict(list)
        for theme, category in self.world.themes:
            for _ in range(ENTRIES):
                street, mark = voice.street(), voice.mark()
                words, _language = voice.report(theme, street, mark)
                found[category.code].append(entry(words, f"{street}, {mark}", voice, keys))
        found[""] = [row for rows in found.values() for row in rows[:3]]
        return found

    def find_spots(self) -> dict[int, list[tuple[float, float, str]]]:
        found = {}
        for area in self.world.areas:
            points = [self.world.point(area, self.rng) for _ in range(SPOTS)]
            found[area.id] = [(lat, lon, str(geo.cell(lat, lon))) for lat, lon in points]
        return found

    # ---- printing ----

    def run(self, wanted: int, told: sim.Progress) -> int:
        done = 0
        while done < wanted:
            batch = self.draw(min(BATCH, wanted - done))
            with transaction.atomic():
                self.print(batch)
            done += sum(plate.count for plate, _weeks in batch)
            told("printed", done, wanted)
        Reference.forget()
        return done

    def draw(self, reports: int) -> list[tuple[Plate, int]]:
        """(plate, weeks earlier), in the order of the days they land on."""
        batch, count = [], 0
        while count < reports:
            if self.weeks == 0 or self.rng.random() < self.here:
                plate, weeks = self.rng.choice(self.open), 0
            else:
                plate, weeks = self.rng.choice(self.over), self.rng.randint(1, self.weeks)
            if count and count + plate.count > reports:
                continue
            batch.append((plate, weeks))
            count += plate.count
        return sorted(batch, key=lambda pair: pair[0].at - timedelta(weeks=pair[1]))

    def print(self, batch: list[tuple[Plate, int]]) -> None:
        needed: Counter[type[models.Model]] = Counter()
        for plate, _weeks in batch:
            needed.update(plate.rows)
        following = {model: take_ids(model, count) for model, count in needed.items()}
        first = dict(following)
        numbers = self.numbers(batch)
        prints = []
        for plate, weeks in batch:
            prints.append((self.forms(plate), self.values(plate, weeks, following, numbers)))
            for model, count in plate.rows.items():
                following[model] += count
        copied = [
            ledger.Copied(
                model,
                [field.column for field in columns(model)],
                lines(model, prints),
                first[model],
                following[model] - 1,
            )
            for model in MODELS
            if needed[model]
        ]
        ledger.restore(copied, source=f"simulate:{self.seed}", by=THE_MACHINE, now=self.now)

    def forms(self, plate: Plate) -> dict[type[models.Model], tuple[str, Any]]:
        kept = self.getters.get(id(plate))
        if kept is None:
            places = {name: at for at, name in enumerate(plate.names)}
            kept = self.getters[id(plate)] = {}
            for model, (form, names) in plate.blocks.items():
                # itemgetter gives a bare value for a single place
                getter = itemgetter(*(places[name] for name in names)) if len(names) > 1 else tuple
                kept[model] = (form, getter)
        return kept

    def numbers(self, batch: list[tuple[Plate, int]]) -> Iterator[str]:
        """Public numbers in the order of the batch: each day's go on without a gap; secret reports have none."""
        prefix, wanted = self.world.city.prefix, []
        for plate, weeks in batch:
            wanted += [None if plate.secret else day - timedelta(weeks=weeks) for day in plate.days]
        counts = Counter(day for day in wanted if day)
        with connection.cursor() as cursor:
            days = sorted(counts)
            cursor.execute(NUMBERS, [days, [counts[day] for day in days]])
            following = {day: last - counts[day] for day, last in cursor.fetchall()}
        for day in wanted:
            if day is None:
                yield f"{prefix}-{os.urandom(5).hex().upper()}"
                continue
            following[day] += 1
            yield f"{prefix}{day:%y%m%d}{following[day]:04d}"

    def values(self, plate: Plate, weeks: int, following: dict, numbers: Iterator[str]) -> list[Any]:
        """What stands in each marked place of this print, in the order of the plate's names."""
        back = timedelta(weeks=weeks)
        rng = self.rng
        own = [next(numbers) for _ in plate.days]
        entries = [rng.choice(self.entries.get(code) or self.entries[""]).values for code in plate.categories]
        uuids = [UUID(int=rng.getrandbits(128), version=4) for _ in plate.days]
        lat, lon, cell = rng.choice(self.spots[plate.area]) if plate.area in self.spots else (0.0, 0.0, r"\N")
        new = {
            "id": lambda name: following[name[1]] + name[2],
            "day": lambda name: iso(name[1] - back),
            "spoken": lambda name: spoken(name[1] - back, name[2]),
            "salt": lambda name: f"{HEX}{rng.getrandbits(128):032x}",
            "number": lambda name: own[name[1]],
            "uuid": lambda name: uuids[name[1]],
            "fresh": lambda name: UUID(int=rng.getrandbits(128), version=4),
            "claim": lambda name: seal.claim_code(uuids[name[1]]),
            "lat": lambda name: lat,
            "lon": lambda name: lon,
            "cell": lambda name: cell,
            "near": lambda name: round((lat if name[1] == "lat" else lon) + name[2], 6),
        }
        return [new[name[0]](name) if name[0] in new else entries[name[1]][name[0]] for name in plate.names]


def lines(model: type[models.Model], prints: list[tuple[dict, list[Any]]]) -> Iterator[str]:
    """The rows of one table, some prints at a time: the server copies while the next are written."""
    for start in range(0, len(prints), 100):
        some = (
            form % getter(values)
            for (form, getter), values in (
                (forms[model], values) for forms, values in prints[start : start + 100] if model in forms
            )
        )
        yield "".join(some)


def entry(words: str, place: str, voice: Voice, keys: seal.Keyring) -> Entry:
    """As intake and triage would store these words, of a person with a name and a telephone."""
    key, phone, answer = seal.new_person_key(keys), voice.phone(), voice.pick(ANSWERS)
    masked, _kinds = redact(words)
    said = {
        "body": words,
        "words_sealed": words,
        "place_sealed": place,
        "name_sealed": voice.name(),
        "phone_sealed": phone,
        "answer_sealed": answer,
    }
    sealed = {name: HEX + seal.seal(keys, key, value).hex() for name, value in said.items()}
    return Entry(
        sealed
        | {
            "key": HEX + key.hex(),
            "hash": HEX + sha256(words),
            "lookup": HEX + seal.lookup(keys, f"phone:{phone}").hex(),
            "words": escaped(masked),
            "title": escaped(title(masked)),
            "stems": escaped(text.stems(f"{masked} {place}")),
            "answer": escaped(redact(answer)[0]),
        }
    )


def sha256(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


@lru_cache(maxsize=5000)
def iso(day: date) -> str:
    return day.isoformat()


@lru_cache(maxsize=5000)
def spoken(day: date, language: str) -> str:
    return texts.day(day, language)
