"""Draws the stories of some days: when, where, what, by which channel, by whom, and which repeat another."""

import random
from datetime import datetime, time, timedelta
from uuid import UUID

from tanggap.demo import partners, people, script
from tanggap.demo.life import SLOT
from tanggap.demo.story import Story
from tanggap.demo.themes import Theme
from tanggap.demo.words import Voice
from tanggap.demo.world import World
from tanggap.models import Agency, AgencyKind, Area, Category, Channel, Membership
from tanggap.models.report import Report

# reports by hour of the local day: two humps, before work and on the way home
HOURS = (3, 2, 1, 1, 2, 8, 26, 46, 52, 50, 44, 36, 30, 32, 34, 38, 47, 55, 58, 52, 40, 26, 14, 7)
WEEK = (1.08, 1.06, 1.04, 1.03, 1.00, 0.92, 0.87)  # Monday first
AGAIN = 0.08  # repeats of another report
WRONG = 0.065  # a category chosen wrongly
LENT, LENT_EACH = 8, 2  # reports that a partner files: every other one of the home place, so many at most
OUTSIDE_M = 0.06  # degrees beyond the city's bounds for reports that belong to a neighbour


class Draw:
    def __init__(self, world: World, rng: random.Random, voice: Voice):
        self.world, self.rng, self.voice = world, rng, voice

    def stories(self, count: int, days: int, now: datetime) -> list[Story]:
        """`count` stories of the `days` days before `now`, in the order of time; the scripted ones are among them."""
        began = now - timedelta(days=days)
        moments = sorted(self.moment(began, now) for _ in range(count))
        found: list[Story] = []
        for at in moments:
            older = [story for story in found[-60:] if story.copy_of is None and story.geotag]
            if older and self.rng.random() < AGAIN:
                found.append(self.repeated(self.rng.choice(older), at))
            else:
                found.append(self.story(at))
        if count >= 20:
            self.write_in(found, began, now, days)
            self.lend(found)
        return sorted(found, key=lambda story: story.at)

    def moment(self, began: datetime, now: datetime) -> datetime:
        """By day of the week and hour of the day, in the city's own time."""
        zone = self.world.city.zone
        first, last = began.astimezone(zone).date(), now.astimezone(zone).date()
        dates = [first + timedelta(days=at) for at in range((last - first).days + 1)]
        while True:
            day = self.rng.choices(dates, [WEEK[date.weekday()] for date in dates])[0]
            hour = self.rng.choices(range(24), HOURS)[0]
            at = datetime.combine(day, time(hour, self.rng.randint(0, 59), self.rng.randint(0, 59)), zone)
            if began < at < now - SLOT:
                return at.astimezone(now.tzinfo)

    def story(
        self, at: datetime, area: Area | None = None, pair: tuple[Theme, Category] | None = None
    ) -> Story:
        rng, world = self.rng, self.world
        theme, category = (
            pair or rng.choices(world.themes, [theme.share for theme, _category in world.themes])[0]
        )
        channel = self.channel(category)
        area = area or world.draw_area(rng)
        street, mark = self.voice.street(), self.voice.mark()
        words, language = self.voice.report(theme, street, mark)
        story = Story(
            at,
            theme,
            category,
            area,
            world.point(area, rng),
            words,
            language,
            channel,
            place=self.place(area, channel, street, mark),
            geotag=channel.geotag,
            chosen=self.choice(category, channel),
            visibility=self.visibility(category),
            photo=bool(theme.scene) and channel.geotag and rng.random() < 0.62,
            uuid=UUID(int=rng.getrandbits(128), version=4),
        )
        self.person(story)
        if channel.geotag and rng.random() < 0.008:
            self.move_outside(story)
        return story

    def channel(self, category: Category) -> Channel:
        rows = self.world.channels
        return self.rng.choices([row for row, _ in rows], [share for _, share in rows])[0]

    def place(self, area: Area, channel: Channel, street: str, mark: str) -> str:
        """Where there is no point, words must do: mostly with the kelurahan, sometimes without."""
        if channel.geotag:
            return f"{street}, {mark}" if self.rng.random() < 0.45 else ""
        above = area.parent.name if area.parent else ""
        ways = (
            (f"{street}, Kelurahan {area.name}", 55),
            (f"{street} {mark}, kel. {area.name}, kec. {above}", 20),
            (f"{street}, {above}", 15),
            (f"{street} {mark}", 10),
        )
        return self.rng.choices([words for words, _ in ways], [share for _, share in ways])[0]

    def choice(self, category: Category, channel: Channel) -> str:
        """What the citizen ticked: only forms and apps ask, and it is often not the right one."""
        if not channel.geotag or self.rng.random() < 0.15:
            return ""
        if self.rng.random() < WRONG:
            return self.rng.choice(
                [other.code for _theme, other in self.world.themes if other.code != category.code] or [""]
            )
        return category.code

    def visibility(self, category: Category) -> str:
        if category.visibility:
            return category.visibility
        return self.rng.choices((Report.PRIVATE, Report.PUBLIC, Report.SECRET), (54.0, 45.4, 0.6))[0]

    def person(self, story: Story) -> None:
        if self.rng.random() < 0.42:
            story.phone = self.voice.phone()
        if self.rng.random() < 0.30:
            story.name = self.voice.name()

    def move_outside(self, story: Story) -> None:
        bounds = self.world.city.value("bounds")
        if bounds:
            story.point = (
                round(bounds["min_lat"] - self.rng.uniform(0.02, OUTSIDE_M), 6),
                round(self.rng.uniform(bounds["min_lon"], bounds["max_lon"]), 6),
            )
            story.outside = True

    def repeated(self, first: Story, at: datetime) -> Story:
        """Somebody else, or the same person again: a few metres off, nearly the same words."""
        lat, lon = first.point
        story = Story(
            at,
            first.theme,
            first.category,
            first.area,
            (round(lat + self.rng.gauss(0, 0.0001), 6), round(lon + self.rng.gauss(0, 0.0001), 6)),
            self.voice.again(first.words),
            first.language,
            self.channel(first.category),
            copy_of=first,
            chosen=first.chosen,
            visibility=self.visibility(first.category),
            uuid=UUID(int=self.rng.getrandbits(128), version=4),
        )
        story.geotag = True
        story.photo = bool(first.theme.scene) and self.rng.random() < 0.4
        self.person(story)
        return story

    # ---- what must be there ----

    def write_in(self, found: list[Story], began: datetime, now: datetime, days: int) -> None:
        """Give some stories a written ending instead of a drawn one."""
        world = self.world
        photographed = [pair for pair in world.themes if pair[0].scene and not pair[1].visibility]
        handed = [
            pair
            for pair in photographed
            if (meant := world.competent(pair[1], world.home)) and meant[0] != world.office(world.home)
        ]
        movable = [
            pair for pair in handed if world.mover((meant := world.competent(pair[1], world.home))[0], meant)
        ]
        _agency, branch, company = people.handlers(world)
        units = {"branch": branch, "company": company}
        # a place of its own for each, so that none takes another's; the first is kept for the ping-pong
        places = self.rng.sample(range(1, len(found)), min(len(found) - 1, len(script.ENDINGS)))
        for hours, fate in script.ENDINGS:
            pairs = movable if fate.get("transfer") and movable else handed or photographed
            unit = units.get(fate.get("at", ""))
            if "at" in fate:
                pairs = self.meant_for(unit)
            if hours < days * 24 and pairs and places:
                at, more = now - timedelta(hours=hours), {"unit": unit}
                story = self.written(at, self.rng.choice(pairs), fate | more)
                found[places.pop()] = story
        self.write_pong(found, began, now)

    def lend(self, found: list[Story]) -> None:
        """Some of the home place's reports are filed by the partner instead: no story is told more or less."""
        partner = partners.known()
        channel = Channel.objects.filter(kind=AgencyKind.PARTNER, active=True).first()
        if partner is None or channel is None:
            return
        keyed_by = (
            Membership.objects.filter(agency=partner.agency_id).values_list("officer", flat=True).first()
        )
        meant = [
            story for story in found
            if story.area == self.world.home and story.geotag and story.visibility != Report.SECRET
            and not (story.copy_of or story.script or story.outside or story.fate)
        ]  # fmt: skip
        for story in meant[::LENT_EACH][:LENT]:
            story.channel, story.filed_by, story.keyed_by = channel, partner.pk, keyed_by

    def meant_for(self, unit: Agency | None) -> list[tuple[Theme, Category]]:
        """What its agency would delegate to this unit at the home place."""
        world = self.world
        return [
            pair
            for pair in world.themes
            if unit and not pair[1].visibility
            and (meant := world.competent(pair[1], world.home)) and meant[0].id == unit.parent_id
        ]  # fmt: skip

    def written(self, at: datetime, pair: tuple[Theme, Category], fate: dict) -> Story:
        """A public story at the home place, with a photo where its matter has one; what of its life is fixed."""
        world = self.world
        story = self.story(at, world.home, pair)
        story.geotag, story.photo, story.outside = True, bool(pair[0].scene), False
        story.point, story.visibility = world.point(world.home, self.rng), Report.PUBLIC
        story.fate = {"forgotten": False, **fate}
        self.make_vague(story)
        return story

    def make_vague(self, story: Story) -> None:
        """What only a person can place or name."""
        fate, elsewhere = story.fate, [row for row, _share in self.world.channels if not row.geotag]
        if "words" in fate:
            story.words, story.chosen, story.photo = fate["words"], "", False
        if fate.get("place") == "vague" and elsewhere:
            above = story.area.parent.name if story.area.parent else ""
            story.geotag, story.photo, story.channel = False, False, self.rng.choice(elsewhere)
            story.place = f"{self.voice.street()}, {above}"

    def write_pong(self, found: list[Story], began: datetime, now: datetime) -> None:
        world = self.world
        pair = next((pair for pair in world.themes if pair[0].key == "building"), None)
        if pair is None or world.home.name != "Pluit" or not script.pong_possible(world.known.agencies):
            return
        story = self.story(began + timedelta(hours=3), world.home, pair)
        story.words, story.point, story.language = script.PONG_WORDS, script.PONG_POINT, "id"
        story.geotag, story.visibility, story.photo, story.place = (
            True,
            Report.PUBLIC,
            True,
            "Taman Waduk Pluit",
        )
        story.chosen, story.copy_of, story.outside = pair[1].code, None, False
        story.script = script.pong(now)
        found[0] = story
