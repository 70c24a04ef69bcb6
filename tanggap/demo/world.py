"""The loaded city as the demo uses it: where reports come from, which category a theme means here, who does what.

Everything is found by kinds, parents and mandates, so that the demo lives in any city.
"""

import random
from collections import defaultdict
from datetime import datetime
from functools import cached_property

import shapely

from tanggap.demo.themes import THEMES, Theme
from tanggap.demo.words import Voice
from tanggap.models import Agency, Area, Category, Channel, City, Handover, Mandate, Reference, valid_on
from tanggap.triage.classify import classify

# reports of one month by city (March 2021, official codes); elsewhere each kelurahan weighs the same
CITY_WEIGHTS = {"31.75": 689, "31.74": 638, "31.73": 402, "31.71": 363, "31.72": 218, "31.01": 6}
HOME = "Pluit"  # the showcase is this kelurahan where it exists: the ping-pong of 2023 began here
HOME_SHARE = 0.10  # so that whoever logs in at one kelurahan of 267 finds work
# by kind of channel, in per cent: about nine reports in ten come with a point
CHANNELS = {
    "jaki": 73.0, "web": 12.0, "open311": 6.0, "x": 2.6, "whatsapp": 2.2, "email": 1.3, "facebook": 0.8,
    "georeport": 0.8, "counter": 0.9, "instagram": 0.3, "press": 0.1,
}  # fmt: skip


class World:
    """What the simulator needs to know, read once."""

    def __init__(self, now: datetime):
        self.now = now
        self.city = City.get()
        self.known = Reference.get()
        self.areas = [area for area in self.known.areas.values() if area.level == Area.KELURAHAN]
        self.weights = self.area_weights()
        self.by_id = {agency.id: agency for agency in self.known.agencies.values()}
        self.area_by_id = {area.id: area for area in self.known.areas.values()}
        self.home = next((area for area in self.areas if area.name == HOME), self.areas[0])
        self._mandates: dict[tuple[int, int], list[Mandate]] = {}

    def area_weights(self) -> list[float]:
        count: dict[str, int] = defaultdict(int)
        for area in self.areas:
            count[area.lineage()[-1].code] += 1
        return [
            CITY_WEIGHTS.get(top, 100.0) / count[top]
            for top in (area.lineage()[-1].code for area in self.areas)
        ]

    @cached_property
    def shapes(self) -> dict[int, shapely.Geometry]:
        rows = Area.objects.filter(level=Area.KELURAHAN).exclude(geometry=None).values_list("id", "geometry")
        return {key: shapely.from_wkb(bytes(wkb)) for key, wkb in rows}

    @cached_property
    def themes(self) -> list[tuple[Theme, Category]]:
        """Themes this city has a category for, by its own lexicon."""
        voice, found = Voice(random.Random(0)), []
        for theme in THEMES:
            votes: dict[str, int] = defaultdict(int)
            for says in theme.says:
                guess = classify(voice.filled(says, "Jalan Kenanga", "dekat pos RW 03"))
                votes[guess.code if guess.sure else ""] += 1
            code = max(votes, key=lambda key: (votes[key], key))
            if code:
                found.append((theme, self.known.categories[code]))
        return found

    @cached_property
    def channels(self) -> list[tuple[Channel, float]]:
        active = [row for row in self.known.channels.values() if row.active and row.valid_to is None]
        same = defaultdict(int)
        for row in active:
            same[row.kind] += 1
        return [(row, CHANNELS[row.kind] / same[row.kind]) for row in active if row.kind in CHANNELS]

    def point(self, area: Area, rng: random.Random) -> tuple[float, float]:
        """Somewhere inside, not at the very edge: a point on a border belongs to whoever the index says."""
        shape = self.shapes.get(area.id)
        if shape is None:
            return area.label_lat, area.label_lon
        west, south, east, north = shape.bounds
        for _ in range(60):
            lat, lon = rng.uniform(south, north), rng.uniform(west, east)
            if shapely.contains_xy(shape, lon, lat):
                return round(lat, 6), round(lon, 6)
        inner = shape.representative_point()
        return round(inner.y, 6), round(inner.x, 6)

    def draw_area(self, rng: random.Random) -> Area:
        if rng.random() < HOME_SHARE:
            return self.home
        return rng.choices(self.areas, self.weights)[0]

    # ---- who does what ----

    def office(self, area: Area) -> Agency | None:
        return self.known.office.get(area.code)

    def competent(self, category: Category, area: Area) -> list[Agency]:
        """Agencies with a mandate, first the one meant; the kelurahan itself where the rule says so."""
        key = (category.id, area.id)
        if key not in self._mandates:
            self._mandates[key] = Mandate.objects.competent(category, area, self.now)
        found = []
        for mandate in self._mandates[key]:
            agency = self.known.agencies[mandate.agency.code] if mandate.agency_id else self.office(area)
            if agency is not None:
                found.append(agency)
        return found

    @cached_property
    def units(self) -> dict[int, list[Agency]]:
        found = defaultdict(list)
        for agency in self.known.agencies.values():
            if agency.parent_id and agency.valid_to is None:
                found[agency.parent_id].append(agency)
        return found

    @cached_property
    def rules(self) -> dict[tuple[str, str, str], bool]:
        """(step, from kind, to kind) -> whether only to a unit of one's own."""
        rows = Handover.objects.filter(valid_on(self.now.date()))
        return {(row.step, row.from_kind_id, row.to_kind_id): row.own_unit for row in rows}

    def may(self, step: str, giver: Agency, taker: Agency) -> bool:
        own = self.rules.get((step, giver.kind_id, taker.kind_id))
        return own is not None and giver.id != taker.id and (not own or taker.parent_id == giver.id)

    def unit(self, agency: Agency, area: Area, rng: random.Random) -> Agency | None:
        """The unit this agency would give a case of this place to: its branch there, else any it may give to."""
        units = [unit for unit in self.units.get(agency.id, []) if self.may("delegate", agency, unit)]
        places = {above.id for above in area.lineage()}
        near = [unit for unit in units if unit.area_id in places]
        return (
            near[0]
            if near
            else rng.choice(units)
            if units and not any(unit.area_id for unit in units)
            else None
        )

    def wrong(self, agency: Agency, giver: Agency, rng: random.Random) -> Agency | None:
        """Another agency of the same sort, to which the giver may refer by mistake."""
        others = [
            other for other in self.known.agencies.values()
            if other.kind_id == agency.kind_id and other.id != agency.id and other.valid_to is None
            and self.may("refer", giver, other)
        ]  # fmt: skip
        return rng.choice(others) if others else None

    def mover(self, agency: Agency, meant: list[Agency]) -> Agency | None:
        """Where this agency might want a case moved: to another one with a mandate, else to one of its kind."""
        others = [other for other in meant if self.may("transfer", agency, other)]
        return next(iter(others), None) or next(
            (other for other in self.known.agencies.values() if self.may("transfer", agency, other)), None
        )

    def named(self, key: str) -> Agency | None:
        """The agency that city.toml names for a part: triage, review, arbiter."""
        return self.known.agencies.get(self.city.value(f"{key}_agency", ""))
