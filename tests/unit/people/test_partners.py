"""Partners as an administrator looks after them: written down, changed, ended, undone; and where they never appear."""

from datetime import date, timedelta

import pytest

from tanggap import access
from tanggap.city import officers
from tanggap.city.files import BadFile
from tanggap.models import AgencyKind, Area, Change, Membership, Officer, Partner, Reference, Role, local_day
from tanggap.pages.desk import agencies
from tanggap.people import actions, partners, rules, undo
from tanggap.people.actions import NotUndoable, PeopleRefused
from tanggap.routing import actions as routing
from tests import cast as people
from tests.cast import NOON

pytestmark = pytest.mark.django_db
HEAD = "username,name,email,language,agency,role,from,to,deputy_for\n"


@pytest.fixture
def cast():
    return people.assemble()


@pytest.fixture
def common(cast):
    return {"by": cast.joko, "now": NOON, "reason": "Mitra tahun ini"}


@pytest.fixture
def row(common) -> Partner:
    made = partners.add("rt-07", "Ketua RT 07 Mawar", "rt_rw", quota=5, area=Area.objects.get(name="Mawar"),
                        contact="021-555", **common)  # fmt: skip
    Reference.forget()  # this test's transaction never commits
    return made


@pytest.fixture
def rani(row) -> Officer:
    officer = Officer.objects.create(username="rani", name="Rani", password=people.hashed())
    Membership.objects.create(
        officer=officer, agency=row.agency, role_id="partner", valid_from=date(2026, 1, 1)
    )
    return officer


def changes(verb: str) -> Change:
    return Change.objects.filter(object="partner:rt-07", verb=verb).latest("id")


def changed(row: Partner, common, **more) -> Partner:
    told = {"name": row.agency.name, "kind": row.kind, "quota": row.daily_quota, "area": row.area,
            "contact": row.contact}  # fmt: skip
    return partners.change(row, **told | more, **common)


# ---- deeds ----


def test_a_partner_is_an_agency_with_a_quota_and_a_change_that_says_so(row):
    assert (row.agency.kind_id, row.agency.name, row.daily_quota, row.active) == (
        "partner", "Ketua RT 07 Mawar", 5, True,
    )  # fmt: skip
    told = changes("add").after
    assert (told["name"], told["daily_quota"], told["area"]) == ("Ketua RT 07 Mawar", 5, "m1.a.1")


@pytest.mark.parametrize(("more", "code"), [
    ({"code": "setko"}, "code_taken"), ({"name": " \x00 "}, "name_missing"), ({"quota": 0}, "quota"),
    ({"quota": 1001}, "quota"), ({"kind": "spy"}, "kind"), ({"reason": "ya"}, "reason_missing"),
])  # fmt: skip
def test_what_is_wrong_has_a_name_and_leaves_nothing(common, more, code):
    given = {"code": "rt-08", "name": "RT 08", "kind": "ngo", "quota": 5, "area": None, "contact": ""}
    with pytest.raises(PeopleRefused) as fact:
        partners.add(**given | common | more)
    assert (fact.value.code, Partner.objects.count()) == (code, 0)


def test_a_change_keeps_what_differs_and_can_be_undone(row, common):
    changed(row, common, name="Ketua RT 07 RW 01", quota=9, area=None)
    row.refresh_from_db()
    assert (row.agency.name, row.daily_quota, row.area) == ("Ketua RT 07 RW 01", 9, None)
    Reference.forget()
    assert Reference.get().agencies["rt-07"].name == "Ketua RT 07 RW 01"
    told = changes("change")
    assert told.before == {"name": "Ketua RT 07 Mawar", "daily_quota": 5, "area": "m1.a.1"}
    undo.undo(told, **common)
    row = Partner.objects.select_related("agency", "area").get()
    assert (row.agency.name, row.daily_quota, row.area.name) == ("Ketua RT 07 Mawar", 5, "Mawar")
    with pytest.raises(NotUndoable):
        undo.undo(told, **common)


def test_the_same_again_is_no_change(row, common):
    with pytest.raises(PeopleRefused) as fact:
        changed(row, common)
    assert fact.value.code == "same"


def test_what_has_changed_since_is_not_undone(row, common):
    changed(row, common, quota=9)
    first = changes("change")
    changed(row, common, quota=7)
    with pytest.raises(NotUndoable) as fact:
        undo.undo(first, **common)
    assert fact.value.code == "moved_on"


def test_an_end_takes_the_powers_and_its_undoing_gives_them_back(row, rani, common):
    assert access.officer_viewer(rani, NOON).roles == {"partner"}
    partners.end(row, **common)
    rani.refresh_from_db()
    assert (access.officer_viewer(rani, NOON).roles, rani.session_version) == (frozenset(), 1)
    with pytest.raises(PeopleRefused) as fact:
        partners.end(row, **common)
    assert fact.value.code == "ended"
    undo.undo(changes("end"), **common)
    assert access.officer_viewer(rani, NOON).roles == {"partner"}


def test_undoing_the_first_line_ends_the_partnership(row, rani, common):
    undo.undo(changes("add"), **common)
    assert access.officer_viewer(rani, NOON).roles == frozenset()
    assert Partner.objects.get().active is False


# ---- one side or the other ----


def test_a_partners_role_is_held_at_a_partner_and_no_other_role_is(row, cast, common):
    new = Officer.objects.create(username="rina", name="Rina")
    for agency, role in ((row.agency, "desk"), (people.agency("setko"), "partner")):
        with pytest.raises(PeopleRefused) as fact:
            actions.give_role(new, agency, Role.objects.get(pk=role), **common)
        assert fact.value.code == "partner_role"
    actions.give_role(new, row.agency, Role.objects.get(pk="partner"), **common)


def test_nobody_is_an_officer_and_a_partner_or_two_partners(row, rani, cast, common):
    other = partners.add("rt-08", "Ketua RT 08", "rt_rw", quota=5, area=None, contact="", **common)
    desk, partner = Role.objects.get(pk="desk"), Role.objects.get(pk="partner")
    for who, agency, role in (
        (cast.officer("budi"), row.agency, partner),
        (rani, people.agency("setko"), desk),
        (rani, other.agency, partner),
    ):
        with pytest.raises(PeopleRefused) as fact:
            actions.give_role(who, agency, role, **common)
        assert fact.value.code == "both"
    week = {"begins": local_day(NOON), "ends": local_day(NOON) + timedelta(days=7)}
    with pytest.raises(PeopleRefused):
        actions.deputise(rani, cast.officer("budi"), **week, **common)


def test_should_both_be_held_after_all_only_the_officers_hold(row, cast):
    budi = cast.officer("budi")
    Membership.objects.create(officer=budi, agency=row.agency, role_id="partner", valid_from=date(2026, 1, 1))
    viewer = access.officer_viewer(budi, NOON)
    assert (viewer.has("partner"), viewer.agency.code) == (False, "kel-m1.a.1")


@pytest.mark.parametrize(("text", "told"), [
    ("rina,Rina,,,rt-07,desk,,,\n", "'rt-07' is a partner; the role 'desk' is not held there"),
    ("rina,Rina,,,setko,partner,,,\n", "'setko' is no partner; the role 'partner' is not held there"),
    ("rina,Rina,,,rt-07,partner,,,\nrina,Rina,,,setko,desk,,,\n", "one partner's; line 2 says otherwise"),
])  # fmt: skip
def test_a_list_of_officers_mixes_no_sides(row, tmp_path, text, told):
    path = tmp_path / "officers.csv"
    path.write_text(HEAD + text)
    with pytest.raises(BadFile) as fact:
        officers.read(path)
    assert told in str(fact.value)


def test_a_list_may_name_people_of_partners(row, tmp_path):
    path = tmp_path / "officers.csv"
    path.write_text(HEAD + "rina,Rina,rina@melati.test,,rt-07,partner,,,\n")
    assert [one.role.pk for one in officers.read(path)] == ["partner"]


# ---- nothing is handed to it, and it reads nothing ----


def test_a_case_reaches_no_partner_whatever_an_arbiter_wishes(row, cast):
    case = people.case_of(people.report())
    for deed in (
        lambda: routing.refer(case.id, row.agency, by=cast.budi, now=NOON),
        lambda: routing.arbitrate(case.id, row.agency, by=cast.hana, now=NOON, note="Mereka saja"),
        lambda: routing.divide(case.id, row.agency, "Periksa", by=cast.budi, now=NOON),
    ):
        with pytest.raises(routing.NoSuchWay):
            deed()
    case.refresh_from_db()
    assert case.holder.code == "kel-m1.a.1"


def test_no_picker_finds_a_partner_but_the_one_for_roles(row):
    assert agencies.by_name("Ketua RT 07 Mawar") is None
    assert agencies.by_name("Ketua RT 07 Mawar", partners=True).code == "rt-07"


def test_no_rule_hands_anything_to_partners(common):
    kind, dinas = AgencyKind.objects.get(pk="partner"), AgencyKind.objects.get(pk="dinas")
    for giver, taker in ((dinas, kind), (kind, dinas)):
        with pytest.raises(PeopleRefused) as fact:
            rules.add_handover(giver, "refer", taker, own_unit=False, approval_role="", begins=local_day(NOON),
                               ends=None, legal="uji", **common)  # fmt: skip
        assert fact.value.code == "partner"
    with pytest.raises(PeopleRefused):
        rules.add_agency("rt-09", "RT 09", kind, parent=None, begins=local_day(NOON), **common)


def test_a_partner_reads_no_case_not_even_its_own(row, rani):
    report = people.report(partner=row.pk, keyed_by=rani.pk, channel="mitra")
    viewer = access.officer_viewer(rani, NOON)
    assert (list(access.cases(viewer)), list(access.held(viewer))) == ([], [])
    assert access.relations(viewer, report.case) == frozenset()
    assert access.steps(viewer, report.case) == []
