"""Log-ins of the demo: each role once, at an agency that fits, in any city."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from tanggap import access
from tanggap.demo import people
from tanggap.models import Change, Membership, Officer
from tanggap.web.keys import find_key

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_logins_kept():
    (Path(settings.DATA) / people.KEPT).unlink(missing_ok=True)
    yield
    (Path(settings.DATA) / people.KEPT).unlink(missing_ok=True)


def roles() -> dict[str, tuple[str, str]]:
    rows = Membership.objects.filter(officer__email__endswith="@demo.invalid").select_related(
        "officer", "agency"
    )
    return {row.officer.username: (row.agency.code, row.role_id) for row in rows}


def test_every_role_has_a_log_in_of_the_minicity():
    people.ensure("kata sandi yang panjang", NOW)
    assert roles() == {
        "kelurahan": ("kel-m1.a.1", "desk"),
        "kecamatan": ("kec-m1.a", "watcher"),
        "kota": ("kota-m1", "watcher"),
        "dinas": ("dinas-jalan", "desk"),
        "sudin": ("cabang-jalan-a", "desk"),
        "lapangan": ("cabang-jalan-a", "field"),
        "ppsu": ("kel-m1.a.1", "field"),
        "pilah": ("setko", "triage"),
        "pemeriksa": ("setko", "reviewer"),
        "penengah": ("pengawas", "arbiter"),
        "loket": ("kec-m1.a", "counter"),
        "pengelola": ("setko", "administrator"),
        "auditor": ("pengawas", "auditor"),
        "mitra": ("ketua-rt-05", "partner"),
    }


def test_again_changes_nothing():
    first = people.ensure("kata sandi yang panjang", NOW)
    changes = Change.objects.count()
    assert people.ensure("kata sandi yang panjang", NOW) == first
    assert (Officer.objects.count(), Change.objects.count()) == (len(first), changes)


def test_another_password_holds_for_everybody():
    people.ensure("kata sandi yang panjang", NOW)
    people.ensure("kata sandi yang lain", NOW)
    assert all(officer.check_password("kata sandi yang lain") for officer in Officer.objects.all()[:2])


def test_without_a_password_each_has_a_random_one_that_is_kept_for_the_next_start():
    first = people.ensure(None, NOW)
    assert len({secret for _label, _name, secret in first}) == len(first)
    assert people.ensure(None, NOW) == first
    _label, name, secret = first[0]
    assert Officer.objects.get(username=name).check_password(secret)
    kept = Path(settings.DATA) / people.KEPT
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text())[name] == secret


def test_the_api_key_is_the_given_one_or_a_kept_one():
    assert (
        people.api_key("a-key-from-the-environment-0123456789", NOW)
        == "a-key-from-the-environment-0123456789"
    )
    assert find_key("a-key-from-the-environment-0123456789").channel.code == "open311"
    random_one = people.api_key(None, NOW)
    assert people.api_key(None, NOW) == random_one


def test_hired_officers_see_what_access_says():
    people.ensure("kata sandi yang panjang", NOW)
    staff = people.Staff(people.World(NOW), NOW)
    for viewer in list(staff.seated.values()):
        assert viewer == access.officer_viewer(viewer.officer, NOW)
    agency = staff.world.known.agencies["dinas-bersih"]
    hired = staff.desk(agency)
    assert hired == access.officer_viewer(Officer.objects.get(username="dinas-bersih.desk"), NOW)
    assert not hired.officer.has_usable_password()
