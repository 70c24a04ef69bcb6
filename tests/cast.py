"""The constant cast: Ani reports, Budi of the kelurahan handles, Citra of the dinas, Fajar of her unit works in the
street, Dewi reviews, Gita sits at the triage desk, Hana decides as arbiter, Eko of another agency must see nothing.
Where a test is about partners, Mira files for her neighbours as head of an RT, and Nadia for an NGO."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.hashers import make_password

from tanggap import access, door, flow
from tanggap.access import Viewer
from tanggap.channels.base import Contact, Receipt, Submission
from tanggap.city.load import load
from tanggap.intake import receive
from tanggap.models import (
    Agency,
    Area,
    Case,
    City,
    Membership,
    Notice,
    Officer,
    Partner,
    Reference,
    Report,
    Upload,
)

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # a Tuesday, 12.00 in the mini-city
PASSWORD = "kata sandi yang panjang"

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # what the app on everybody's telephone knows
SECOND_STEP = ("administrator", "auditor")  # as tests/minicity/roles.csv says

PEOPLE = {
    "budi": ("kel-m1.a.1", ("desk", "field")),
    "citra": ("dinas-jalan", ("desk",)),
    "fajar": ("cabang-jalan-a", ("desk", "field")),
    "dewi": ("setko", ("reviewer",)),
    "gita": ("setko", ("triage",)),
    "hana": ("pengawas", ("arbiter",)),
    "eko": ("dinas-bersih", ("desk",)),
    "indah": ("kec-m1.a", ("watcher", "counter")),
    "joko": ("setko", ("administrator",)),
    "kirana": ("pengawas", ("auditor",)),
}

# who files for others: code of the partner, its name, kind and reports a day
PARTNERS = {
    "mira": ("rt-05-mawar", "Ketua RT 05 Mawar", "rt_rw", 3),
    "nadia": ("sahabat-jalan", "Sahabat Jalan", "ngo", 20),
}


@dataclass
class Cast:
    """The officers by name: `cast.budi` is the Viewer, `cast.officer("budi")` the account."""

    officers: dict[str, Officer]
    now: datetime = NOON

    def __getattr__(self, name: str) -> Viewer:
        try:
            return access.officer_viewer(self.officers[name], self.now)
        except KeyError as error:
            raise AttributeError(name) from error

    def officer(self, name: str) -> Officer:
        return self.officers[name]


@lru_cache(maxsize=1)
def hashed() -> str:
    """Hashing is slow on purpose: once is enough for everybody."""
    return make_password(PASSWORD)


def assemble() -> Cast:
    """Make everybody, with their roles; the password is the same for all."""
    officers = {}
    for name, (agency, roles) in PEOPLE.items():
        officer = Officer(username=name, name=f"{name.title()} Cast", email=f"{name}@melati.test")
        officer.password = hashed()
        officer.save()
        for role in roles:
            Membership.objects.create(officer=officer, agency=Agency.objects.get(code=agency), role_id=role,
                                      valid_from=date(2020, 1, 1))  # fmt: skip
            if role in SECOND_STEP:
                TOTP.activate(officer, SECRET)
        officers[name] = officer
    return Cast(officers)


def partner(name: str = "mira") -> Officer:
    """Somebody of PARTNERS with their organisation; the password is everybody's."""
    code, called, kind, quota = PARTNERS[name]
    agency = Agency.objects.create(code=code, name=called, kind_id="partner", valid_from=date(2020, 1, 1))
    Partner.objects.create(agency=agency, kind=kind, daily_quota=quota, area=Area.objects.get(name="Mawar"))
    Reference.forget()
    officer = Officer.objects.create(
        username=name, name=f"{name.title()} Cast", email=f"{name}@melati.test", password=hashed()
    )
    Membership.objects.create(officer=officer, agency=agency, role_id="partner", valid_from=date(2020, 1, 1))
    return officer


MAWAR = (-1.99, 118.01)  # inside Kelurahan Mawar; a test of the city keeps it true
WORDS = "Jalan rusak, lubang besar di depan pasar. Hubungi 0812-3456-7890."


def code(ahead: int = 0) -> str:
    """What the app shows now; each code is taken once, so a second log-in within half a minute uses the next one."""
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + ahead))


def submission(words: str = WORDS, *, at: datetime = NOON, point: tuple[float, float] | None = MAWAR,
               **more: object) -> Submission:  # fmt: skip
    uuid = uuid4()
    values: dict = {
        "uuid": uuid, "channel": "web", "account": "web", "external_id": str(uuid), "body": words.encode(),
        "words": words, "at": at, "visibility": "private", "name": "Ani",
        "contacts": (Contact("phone", "+6281234567890"),),
    }  # fmt: skip
    if point:
        values |= {"lat": point[0], "lon": point[1]}
    return Submission(**{**values, **more})


def report(words: str = WORDS, *, at: datetime = NOON, react: bool = True, **more: object) -> Report:
    """One report through `receive`, and everything that follows from it by itself."""
    receipt = receive([door.prepare(submission(words, at=at, **more))], at)[0]
    assert isinstance(receipt, Receipt)
    if react:
        flow.run_inside(at)
    return Report.objects.get(pk=receipt.report_id)


def case_of(row: Report) -> Case:
    return Case.objects.select_related("holder", "area", "category").get(pk=row.own_case_id)


def agency(code: str) -> Agency:
    return Agency.objects.select_related("kind", "parent").get(code=code)


def photo(at: datetime = NOON) -> Upload:
    """A photo that is already decoded: what a test of another room needs."""
    return Upload.objects.create(uuid=uuid4(), path="none.jpg", copy="none.jpg", kind="jpeg", size=1, sha256=b"x" * 32,
                                 state=Upload.READY, at=at)  # fmt: skip


def move_to_jakarta() -> None:
    """Jakarta's own data for a test about it, instead of the mini-city's; gone with the test's transaction."""
    Area.objects.update(geometry=None, geometry_kind="")
    City.objects.update(areas_from="none")
    Notice.objects.all().delete()  # another city's was never published here
    load(Path(__file__).parents[1] / "reference/jakarta")
