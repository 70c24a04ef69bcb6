"""Who can log in to the demo, one for each role, and the officers who live the simulated week."""

import json
import os
import random
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.db import transaction
from django.utils.translation import gettext_noop as _

from tanggap import access, ledger
from tanggap.access import Viewer
from tanggap.demo import partners
from tanggap.demo.words import Voice
from tanggap.demo.world import World
from tanggap.models import THE_MACHINE, Agency, Area, Channel, Membership, Officer
from tanggap.web.keys import make_key

SINCE = timedelta(days=400)  # the demo's officers have been in office since
KEPT = "demo-logins.json"  # random passwords, readable by the owner of the data folder only
API_KEY = "open311"


@dataclass(frozen=True)
class Post:
    """One log-in: what the list calls it, its user name, and the roles at an agency."""

    label: str
    username: str
    agency: Agency
    roles: tuple[str, ...]


def posts(world: World) -> list[Post]:
    """The roles of the demo, each at an agency of the loaded city found by kind, parent and mandate."""
    place = world.home.lineage()
    triage, review, arbiter = world.named("triage"), world.named("review"), world.named("arbiter")
    found: list[tuple[str, str, Agency | None, tuple[str, ...]]] = []
    labels = {
        Area.KELURAHAN: (_("Desk of a kelurahan"), "kelurahan", ("desk",)),
        Area.KECAMATAN: (_("District office"), "kecamatan", ("watcher",)),
        Area.KOTA: (_("City office"), "kota", ("watcher",)),
    }
    for area in place:
        label, username, roles = labels[area.level]
        found.append((label, username, world.office(area), roles))
    dinas, unit, company = handlers(world)
    found += [
        (_("Desk of a city agency"), "dinas", dinas, ("desk",)),
        (_("Desk of its unit"), "sudin", unit, ("desk",)),
        (_("City-owned company"), "bumd", company, ("desk",)),
        (_("Field crew of the unit"), "lapangan", unit or dinas, ("field",)),
        (_("Field crew of the kelurahan"), "ppsu", world.office(world.home), ("field",)),
        (_("Triage desk"), "pilah", triage, ("triage",)),
        (_("Reviewer"), "pemeriksa", review, ("reviewer",)),
        (_("Arbiter"), "penengah", arbiter, ("arbiter",)),
        (_("Counter"), "loket", world.office(place[1]) if len(place) > 1 else triage, ("counter",)),
        (_("Administrator"), "pengelola", triage, ("administrator",)),
        (_("Auditor"), "auditor", arbiter, ("auditor",)),
        (_("RT head (partner)"), "mitra", world.known.agencies.get(partners.CODE), ("partner",)),
    ]
    return [Post(label, username, agency, roles) for label, username, agency, roles in found if agency]


def handlers(world: World) -> tuple[Agency | None, Agency | None, Agency | None]:
    """The agency with most of the demo's work, its branch at the home place, and a company below a board."""
    work: dict[Agency, float] = {}
    companies: list[Agency] = []
    office = world.office(world.home)
    for theme, category in world.themes:
        agencies = world.competent(category, world.home)
        if not agencies or agencies[0] == office:
            continue
        work[agencies[0]] = work.get(agencies[0], 0) + theme.share
        units = [
            unit for unit in world.units.get(agencies[0].id, []) if world.may("delegate", agencies[0], unit)
        ]
        if units and not any(unit.area_id for unit in units):
            companies += [unit for unit in units if unit not in companies]
    rng = random.Random(1)
    for agency in sorted(work, key=lambda row: -work[row]):
        unit = world.unit(agency, world.home, rng)
        if unit is not None and unit.area_id:
            return agency, unit, next((row for row in companies if row.parent_id != agency.id), None)
    return max(work, key=lambda row: work[row], default=None), None, None


def ensure(password: str | None, now: datetime) -> list[tuple[str, str, str]]:
    """Make sure that everybody exists: (label, user name, password). Runs as often as you like.

    With a password everybody gets it. Without, each has a random one of their own, kept in the data folder.
    """
    partners.ensure(World(now), now)
    world = World(now)
    kept = read_kept()
    told = []
    # one hash for one password: hashing is slow on purpose, and fourteen log-ins are fourteen times slow
    shared = shared_hash(password) if password else ""
    with transaction.atomic():
        for post in posts(world):
            secret = password or kept.get(post.username) or secrets.token_urlsafe(12)
            officer = Officer.objects.filter(username=post.username).first()
            if officer is None:
                hire(post, shared or make_password(secret), now)
            elif (officer.password != shared) if shared else (post.username not in kept):
                officer.password = shared or make_password(secret)
                officer.save(update_fields=["password"])
                ledger.change(
                    f"officer:{post.username}",
                    "change",
                    before={"password": "old"},
                    after={"password": "new"},
                    by=THE_MACHINE,
                    now=now,
                    reason="demo",
                )
            told.append((post.label, post.username, secret))
    logins = {} if password else {username: secret for _label, username, secret in told}
    if logins != {name: secret for name, secret in kept.items() if name != API_KEY}:
        keep(logins | {API_KEY: kept.get(API_KEY, "")})
    return told


def shared_hash(password: str) -> str:
    """The hash that somebody of the demo has for this very password already, or a new one."""
    for officer in Officer.objects.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).order_by("id")[:1]:
        if officer.check_password(password):
            return officer.password
    return make_password(password)


def hire(post: Post, hashed: str, now: datetime, email: str | None = None) -> Officer:
    """An officer with roles, and the Change that says so. `hashed` is the password's hash."""
    officer = Officer.objects.create(
        username=post.username,
        name=Voice(random.Random(post.username)).name(),
        email=f"{post.username}@demo.invalid" if email is None else email,
        password=hashed,
    )
    since = (now - SINCE).date()
    Membership.objects.bulk_create(
        [
            Membership(officer=officer, agency=post.agency, role_id=role, valid_from=since)
            for role in post.roles
        ]
    )
    ledger.change(
        f"officer:{post.username}",
        "add",
        before={},
        after={"agency": post.agency.code, "roles": list(post.roles), "valid_from": since.isoformat()},
        by=THE_MACHINE,
        now=now,
        reason="demo",
    )
    return officer


def api_key(given: str | None, now: datetime) -> str:
    """The demo's Open311 key: the given one, the one kept, or a random one. "" where the city has no such channel."""
    channel = Channel.objects.filter(kind="open311", active=True).first()
    if channel is None:
        return ""
    kept = read_kept()
    key = given or kept.get(API_KEY) or secrets.token_urlsafe(32)
    make_key("Demo", channel, now, text=key)
    if not given:
        keep(kept | {API_KEY: key})
    return key


def read_kept() -> dict[str, str]:
    path = Path(settings.DATA) / KEPT
    return json.loads(path.read_text()) if path.exists() else {}


def keep(logins: dict[str, str]) -> None:
    path = Path(settings.DATA) / KEPT
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(logins, file, indent=1)
    fresh.replace(path)


def seen(rows: list[Membership]) -> Viewer:
    """What access.officer_viewer gives, from memberships that are at hand."""
    return Viewer(
        officer=rows[0].officer,
        roles=frozenset(row.role_id for row in rows),
        places=frozenset((row.agency_id, row.role_id) for row in rows),
        agency=rows[0].agency,
    )


class Staff:
    """Viewers of the officers who do the deeds: the log-ins where one sits at the agency, else somebody hired."""

    def __init__(self, world: World, now: datetime):
        self.world, self.now = world, now
        self.seated: dict[tuple[int, str], Viewer] = {}
        held: dict[int, list[Membership]] = {}
        rows = Membership.objects.current(now).select_related("officer", "agency").order_by("id")
        for row in rows:
            held.setdefault(row.officer_id, []).append(row)
        for mine in held.values():
            for row in mine:
                self.seated.setdefault((row.agency_id, row.role_id), seen(mine))

    def at(self, agency: Agency, role: str) -> Viewer:
        found = self.seated.get((agency.id, role))
        if found is None:
            username = f"{agency.code}.{role}"
            officer = Officer.objects.filter(username=username).first()
            if officer is None:
                # no password and no address: nobody logs in as them, nobody writes letters to them
                officer = hire(Post("", username, agency, (role,)), make_password(None), self.now, email="")
            found = self.seated[agency.id, role] = access.officer_viewer(officer, self.now)
        return found

    def desk(self, agency: Agency) -> Viewer:
        return self.at(agency, Membership.DESK)

    def crew(self, agency: Agency) -> Viewer:
        return self.at(agency, Membership.FIELD)

    def city(self, role: str) -> Viewer:
        """Somebody with a role for the whole city: triage, reviewer, arbiter."""
        seated = next((viewer for (_agency, held), viewer in self.seated.items() if held == role), None)
        if seated is not None:
            return seated
        named = {"triage": "triage", "reviewer": "review", "arbiter": "arbiter"}[role]
        agency = self.world.named(named)
        if agency is None:
            raise LookupError(f"city.toml names no {named}_agency")
        return self.at(agency, role)
