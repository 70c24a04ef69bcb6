"""officers.csv: a difference first, all or nothing; every fault with file, line, column, reason; again is no change."""

import time
from datetime import UTC, date, datetime

import pytest

from tanggap.access import THE_MACHINE_ITSELF
from tanggap.city import officers
from tanggap.city.files import BadFile
from tanggap.models import Change, Invitation, Membership, Officer
from tanggap.people import bulk
from tests import cast as people

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
HEAD = "username,name,email,language,agency,role,from,to,deputy_for\n"
LINA = "lina,Lina Sari,lina@melati.test,id,dinas-jalan,desk,2026-11-01,,\n"


@pytest.fixture
def cast():
    return people.assemble()


@pytest.fixture
def load(tmp_path):
    """`load(text)`: the plan of a file and what it did."""

    def one(text: str | bytes, *, apply: bool = True, head: str = HEAD, **more):
        path = tmp_path / "officers.csv"
        path.write_bytes(text if isinstance(text, bytes) else (head + text).encode())
        try:
            wanted = officers.read(path)
            plan = bulk.plan(wanted, NOW)
        except bulk.BadLine as fact:
            raise officers.placed(path, fact) from None
        if apply:
            bulk.apply(wanted, plan, by=THE_MACHINE_ITSELF, now=NOW, reason="a test's file", **more)
        return plan

    return one


def steps(plan) -> list[tuple[str, str]]:
    return [(step.kind, step.username) for step in plan.steps]


def test_new_officers_come_with_their_roles(load):
    plan = load(LINA + "lina,Lina Sari,lina@melati.test,id,dinas-jalan,field,,2027-01-01,\n")
    assert steps(plan) == [("added", "lina")] * 3
    lina = Officer.objects.get(username="lina")
    assert (lina.name, lina.email, lina.language, lina.has_usable_password()) == (
        "Lina Sari", "lina@melati.test", "id", False,
    )  # fmt: skip
    assert list(lina.memberships.order_by("id").values_list("role", "valid_from", "valid_to")) == [
        ("desk", date(2026, 11, 1), None), ("field", date(2026, 11, 24), date(2027, 1, 1)),
    ]  # fmt: skip
    assert Change.objects.filter(object="officer:lina", verb="add").count() == 3


def test_the_same_again_changes_nothing(load):
    text = (
        LINA + "mira,Mira,,en,,,,,\n" + "lina,Lina Sari,lina@melati.test,id,dinas-jalan,field,,2027-01-01,\n"
    )
    load(text)
    before = Change.objects.count()
    plan = load(text)
    assert (plan.steps, plan.unchanged) == ([], 4)
    assert Change.objects.count() == before


def test_what_differs_is_changed_and_what_is_missing_ends(load):
    load(LINA + "lina,Lina Sari,lina@melati.test,id,dinas-jalan,field,,,\n")
    plan = load("lina,Lina Sari,baru@melati.test,id,dinas-jalan,desk,2026-11-01,2026-12-31,\n")
    assert steps(plan) == [("changed", "lina"), ("changed", "lina"), ("ended", "lina")]
    assert [step.words for step in plan.steps] == [
        "email: lina@melati.test -> baru@melati.test",
        "desk at dinas-jalan from 2026-11-01 to 2026-12-31 (was from 2026-11-01)",
        "field at dinas-jalan from 2026-11-24 to 2026-11-24",
    ]
    assert load("lina,Lina Sari,baru@melati.test,id,dinas-jalan,desk,2026-11-01,2026-12-31,\n").steps == []


def test_a_dry_run_and_a_bad_line_change_nothing(load):
    load(LINA, apply=False)
    with pytest.raises(BadFile):
        load(LINA + "mira,Mira,,id,no-agency,desk,,,\n")
    assert not Officer.objects.filter(username="lina").exists()


def test_officers_who_are_not_in_the_file_stay(load, cast):
    assert load(LINA).left == len(people.PEOPLE)
    assert Membership.objects.filter(officer=cast.officer("budi"), valid_to=None).count() == 2


def test_a_deputy_comes_by_file_and_ends_by_itself(load, cast):
    load("eko,Eko Cast,eko@melati.test,id,dinas-bersih,desk,2020-01-01,,\n"
         "eko,Eko Cast,eko@melati.test,id,dinas-jalan,desk,2026-12-01,2026-12-14,citra\n")  # fmt: skip
    row = Membership.objects.get(deputy_for=cast.officer("citra"))
    assert (row.officer.username, row.valid_from, row.valid_to) == (
        "eko",
        date(2026, 12, 1),
        date(2026, 12, 14),
    )
    plan = load("eko,Eko Cast,eko@melati.test,id,dinas-bersih,desk,2020-01-01,,\n")
    assert plan.steps == []


def test_a_changed_role_ends_the_sessions_of_whoever_could_log_in(load, cast):
    load("eko,Eko Cast,eko@melati.test,id,dinas-bersih,field,,,\n")
    assert Officer.objects.get(username="eko").session_version == 1
    assert Officer.objects.get(username="budi").session_version == 0


def test_invitations_go_to_those_who_have_no_way_in_and_not_twice(load, cast):
    text = (
        LINA
        + "mira,Mira,,id,dinas-jalan,desk,,,\neko,Eko Cast,eko@melati.test,id,dinas-bersih,desk,2020-01-01,,\n"
    )
    load(text, invite=True)
    load(text, invite=True)
    row = Invitation.objects.get()
    assert (row.officer.username, row.kind, row.due_at) == ("lina", "invite", NOW)


def test_a_file_that_leaves_no_administrator_is_refused_whole(load, cast):
    with pytest.raises(bulk.NobodyLeft):
        load("joko,Joko Cast,joko@melati.test,id,setko,desk,,,\n")
    assert not Membership.objects.filter(officer=cast.officer("joko"), role="desk").exists()


def test_what_was_shown_must_still_be_so(tmp_path, cast):
    path = tmp_path / "officers.csv"
    path.write_text(HEAD + LINA)
    wanted = officers.read(path)
    shown = bulk.plan(wanted, NOW)
    Officer.objects.create(username="lina", name="Somebody else")
    with pytest.raises(bulk.Moved):
        bulk.apply(wanted, shown, by=THE_MACHINE_ITSELF, now=NOW, reason="a test's file")


def test_a_closed_account_is_not_opened_by_a_file(load, cast):
    Officer.objects.filter(username="eko").update(is_active=False)
    with pytest.raises(BadFile, match="line 2, column username: the account 'eko' is closed"):
        load("eko,Eko Cast,eko@melati.test,id,dinas-bersih,desk,,,\n")


L = "officers.csv, line"


@pytest.mark.parametrize(("text", "told"), [
    (b"\xef\xbb\xbf" + (HEAD + LINA).encode(), f"{L} 1: it starts with a byte order mark"),
    ((HEAD + LINA).replace(",", ";").encode(), f"{L} 1: columns are divided by semicolons; use commas"),
    ((HEAD + "lina,José,,id,,,,,\n").encode("cp1252"), f"{L} 2: this is not UTF-8"),
    (HEAD.encode(), "officers.csv: no officer stands in it"),
    (b"", f"{L} 1, column username: this column is missing"),
    ("lina,=HYPERLINK(1),,id,,,,,\n", f"{L} 2, column name: '=HYPERLINK(1)' begins like a formula"),
    ("lina,Lina,+62812@x.test,id,,,,,\n", f"{L} 2, column email: '+62812@x.test' begins like a formula"),
    (LINA + LINA, f"{L} 3, column username: the same username, agency, role and from as in line 2"),
    (LINA + "lina,Lina S.,lina@melati.test,id,setko,desk,,,\n", f"{L} 3, column name: 'Lina S.', but line 2 says"),
    (LINA.replace("2026-11-01", "46327"), f"{L} 2, column from: '46327' is Excel's number for 2026-11-01"),
    (LINA.replace("2026-11-01", "01/11/2026"), f"{L} 2, column from: '01/11/2026' is no day; write 2025-05-31"),
    (LINA.replace("2026-11-01", "2026-02-30"), f"{L} 2, column from: '2026-02-30' is no day"),
    (LINA.replace("dinas-jalan", "dinas-jalann"), f"{L} 2, column agency: 'dinas-jalann' is no agency of this city"),
    (LINA.replace("desk", "boss"), f"{L} 2, column role: 'boss' is no role"),
    (LINA.replace(",desk,", ",,"), f"{L} 2, column role: it is empty; agency and role go together"),
    (LINA.replace("lina,", "Lina S,", 1), f"{L} 2, column username: 'Lina S' is no code"),
    (LINA.replace("Lina Sari", ""), f"{L} 2, column name: it is empty"),
    (LINA.replace("lina@melati.test", "lina@"), f"{L} 2, column email: 'lina@' is no e-mail address"),
    (LINA.replace(",id,", ",jv,"), f"{L} 2, column language: 'jv' is none of"),
    (LINA.replace("01,,\n", "01,2026-11-01,\n"), f"{L} 2, column to: 2026-11-01 is not after from"),
    (LINA.replace("01,,\n", "01,2026-11-20,\n"), f"{L} 2, column to: 2026-11-20 is over already"),
    (LINA.replace("01,,\n", "01,2026-12-20,siapa\n"), f"{L} 2, column deputy_for: 'siapa' is no officer"),
    (LINA.replace("01,,\n", "01,2026-12-20,lina\n"), f"{L} 2, column deputy_for: nobody stands in for themselves"),
    (LINA.replace("01,,\n", "01,,budi\n"), f"{L} 2, column to: a deputy stands in at an agency, and until a day"),
    (LINA.replace(",\n", ",,\n"), f"{L} 2: 10 values where the header has 9"),
    (LINA.replace("Lina", "Li\x00na"), f"{L} 2: a control character stands here"),
])  # fmt: skip
def test_every_fault_has_its_place_and_its_reason(load, cast, text, told):
    with pytest.raises(BadFile) as fact:
        load(text)
    assert str(fact.value).startswith(told)


@pytest.mark.parametrize(("head", "told"), [
    (HEAD.replace("role", "peran"), "line 1, column role: this column is missing"),
    (HEAD.replace("role", "role,role"), "line 1, column role: this column stands here twice"),
    (HEAD.replace("role", "role,note"), "line 1, column note: no such column is known"),
])  # fmt: skip
def test_columns_are_named(load, head, told):
    with pytest.raises(BadFile, match=told):
        load(LINA, head=head)


def test_two_thousand_officers_in_a_minute(load):
    text = "".join(
        f"petugas{number},Petugas {number},p{number}@melati.test,id,kel-m1.a.1,{role},,,\n"
        for number in range(2000) for role in ("desk", "field")
    )  # fmt: skip
    told: list[tuple[int, int]] = []
    began = time.monotonic()
    load(text, invite=True, show=lambda done, total: told.append((done, total)))
    assert time.monotonic() - began < 60
    assert told[-1] == (6000, 6000)
    assert Officer.objects.filter(username__startswith="petugas").count() == 2000
    assert Invitation.objects.count() == 2000
