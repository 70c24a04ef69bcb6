"""Every address x everybody: generated from the routes, so that a new page without an entry here fails.

The case asked for is private and in the hands of Kelurahan Mawar. "open" is an answer with words on it, "login" the way
to the log-in, "none" the same 404 as for what does not exist.
"""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from tanggap import access
from tanggap.models import Case, Change, Handover, Partner, Report, Task, Upload
from tests import cast as people
from tests.page import log_in
from tests.talk import of_channels

OFFICERS = frozenset(people.PEOPLE)
PARTNERS = frozenset({"mira", "nadia"})  # who file for others; the report asked for is Mira's partner's
EVERYBODY = OFFICERS | PARTNERS | {"nobody", "ani"}
CITY_WIDE = {"dewi", "gita", "hana", "kirana"}  # reviewer, triage desk, arbiter, auditor
READERS = {"budi", "indah"} | CITY_WIDE  # the holder, the kecamatan of the place, and those
DESKS = {"budi", "citra", "fajar", "eko"}
WATCHING = DESKS | {"indah", "hana", "kirana"}

# who gets an answer; everybody else: nobody and ani are led to the log-in, officers find nothing
PAGES: dict[str, set[str] | frozenset[str]] = {
    "inbox": OFFICERS, "search": OFFICERS, "keys": OFFICERS, "city_board": OFFICERS,
    "news": WATCHING, "bulk": DESKS,
    "case": READERS, "preview": {"budi", "indah", "hana", "kirana"},
    "release": {"budi", "dewi", "gita"},
    "deed": {"budi", "dewi", "gita", "hana"}, "reveal": READERS - {"indah"}, "officer_photo": READERS,
    "triage": {"gita"}, "triage_task": {"gita"}, "unreadable": {"gita"}, "unreadable_task": {"gita"},
    "resend": {"budi", "dewi", "gita"}, "set_apart": {"budi", "gita"},
    "review": {"dewi"}, "review_case": {"dewi"}, "tasks": {"dewi", "hana"}, "task": {"dewi"},
    "field": {"budi", "fajar"}, "field_case": {"budi"},
    "counter": {"indah"}, "receipt": set(), "call_back": set(),
    "admin": {"joko"}, "admin_agencies": {"joko"}, "admin_people": {"joko"},
    "admin_person": {"joko"}, "admin_mandates": {"joko"}, "admin_handovers": {"joko"},
    "admin_agency": {"joko"}, "admin_agency_new": {"joko"}, "admin_person_new": {"joko"},
    "admin_person_deed": {"joko"}, "admin_handover": {"joko"}, "admin_handover_new": {"joko"}, "admin_undo": {"joko"},
    "admin_partners": {"joko"}, "admin_partner_new": {"joko"}, "admin_partner": {"joko"},
    "admin_partner_deed": {"joko"},
    "admin_channels": {"joko"}, "admin_channel": {"joko"}, "admin_channel_deed": {"joko"},
    "account": OFFICERS | PARTNERS, "account_change_password": OFFICERS | PARTNERS, "mfa_index": OFFICERS | PARTNERS,
    "partner": PARTNERS, "partner_file": PARTNERS, "partner_sent": {"mira"}, "partner_slip": set(),
}  # fmt: skip
# open to everybody, whoever they are
PUBLIC = {
    "home", "report", "danger_words", "lookup", "track", "mine", "board", "status", "areas", "privacy",
    "privacy_version", "data_erased", "accessibility", "gaya", "reset", "open311_discovery",
    "open311_services", "open311_requests", "healthz", "app_enter",
}  # fmt: skip
# the citizen's own: with the secret proven, and for nobody else
OWN = {"confirm", "who_opened", "own_photo", "data", "data_download", "data_erase"}
# what an address answers whoever asks, and why
FIXED = {
    "look": "405",  # these are only sent to
    "around": "405",
    "presence": "405",
    "admin_parked": "405",
    "admin_channel_test": "405",
    "support": "405",
    "answer": "405",
    "forget": "405",
    "partner_handed": "405",
    "set_password": "none",  # without a link
    "invited": "none",  # nobody's link
    "app": None,  # test_apps: led to where the key is asked for
    "app_hook": "405",
    "app_again": "405",
    "app_leave": "405",
    "incoming": "none",  # no channel of this name is set up
    "oidc_login": "none",  # the city names no issuer
    "oidc_back": "none",
    "oidc_invited": "405",
    "oidc_connect": None,
    "staged": "none",  # another form's photo
    "sent": None,  # see below
    "secret_link": None,
    "public_photo": "none",  # nothing was released
    "readyz": None,
    "account_login": None,
    "account_logout": None,
    "account_reauthenticate": None,
    "mfa_authenticate": None,
    "mfa_reauthenticate": None,
    "mfa_activate_totp": None,
    "mfa_deactivate_totp": None,
    "mfa_view_recovery_codes": None,
    "mfa_generate_recovery_codes": None,
    "open311_definition": None,  # their own stories
    "open311_request": None,
    "open311_token": None,
    "open311_updates": None,
    None: None,  # Open311's own 404
}


# answers that are neither: (address, who) -> what
OTHERWISE = {
    **{("inbox", who): "elsewhere" for who in ("dewi", "gita", "joko")},  # to the first page of their own
    **{("bulk", who): "elsewhere" for who in DESKS},  # nothing was picked
    **{("confirm", who): "elsewhere" for who in EVERYBODY - {"ani"}},  # to where the secret can be typed
    ("deed", "indah"): "409",  # a reader is told that this step is not theirs
    ("deed", "kirana"): "409",
    ("reveal", "indah"): "403",
    **{("resend", who): "403" for who in ("indah", "hana", "kirana")},  # readers
    **{("set_apart", who): "403" for who in ("dewi", "indah", "hana", "kirana")},
    ("partner_slip", "mira"): "elsewhere",  # this session has not filed it: to the number, without its code
}


def routes(patterns=None, before: str = "") -> Iterator[tuple[str | None, str, URLPattern]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, before + str(pattern.pattern))
        else:
            yield pattern.name, before + str(pattern.pattern), pattern


def test_every_route_has_an_entry():
    names = {name for name, _, _ in routes()}
    entries = set(PAGES) | PUBLIC | OWN | set(FIXED)
    assert names - entries == set(), "a new page: say here who may open it"
    assert entries - names == set(), "an entry without a page"


@pytest.fixture
def asked(story) -> dict[str, dict]:
    """Arguments of each route, about one private case in the hands of Kelurahan Mawar."""
    eko = people.assemble().officer("eko").pk
    mira = people.partner("mira")
    people.partner("nadia")
    partner = Partner.objects.get(agency__code="rt-05-mawar").pk
    row = people.report(at=timezone.now(), partner=partner, keyed_by=mira.pk)
    photo = people.photo(row.said_at)
    (settings.MEDIA_ROOT / photo.copy).parent.mkdir(parents=True, exist_ok=True)
    (settings.MEDIA_ROOT / photo.copy).write_bytes(b"a photo")
    Upload.objects.filter(pk=photo.pk).update(report=row)
    case = Case.objects.get()
    task = Task.objects.create(kind=Task.MATTER, case=case, role="triage", opened_at=row.said_at)
    transfer = Task.objects.create(
        kind=Task.TRANSFER, case=case, role="reviewer", opened_at=row.said_at, agency=case.holder,
        target=people.agency("dinas-bersih"), data={"asked_by": 0},
    )  # fmt: skip
    number = {"number": row.number}
    return {
        "_row": row,
        **of_channels(row),
        "case": number, "preview": number, "presence": number, "deed": number | {"step": "note"}, "reveal": number,
        "field_case": number, "review_case": number, "receipt": number,
        "officer_photo": {"photo": photo.uuid}, "release": {"photo": photo.uuid},
        "own_photo": number | {"photo": photo.uuid},
        "triage_task": {"task": task.id}, "task": {"task": transfer.id}, "call_back": {"task": task.id},
        "admin_person": {"pk": eko}, "admin_person_deed": {"pk": eko, "name": "peran"},
        "admin_partner": {"pk": partner}, "admin_partner_deed": {"pk": partner, "name": "akhiri"},
        "partner_sent": number, "partner_slip": number, "partner_handed": number,
        "invited": {"pk": 1, "secret": "x"},
        "admin_agency": {"pk": case.holder_id}, "admin_handover": {"pk": Handover.objects.first().pk},
        "admin_undo": {"pk": Change.objects.create(object="x:y", verb="add", at=row.said_at).pk},
        "track": number, "confirm": number, "who_opened": number, "data": number,
        "data_download": number, "data_erase": number, "privacy_version": {"version": "2026-01"}, "answer": number,
        "support": number, "sent": number, "incoming": {"code": "x"}, "public_photo": {"name": "0" * 32 + ".jpg"},
        "staged": {"draft": uuid4(), "photo": photo.uuid},
        "open311_discovery": {"form": "json"}, "open311_services": {"form": "json"},
        "open311_requests": {"form": "json"},
    }  # fmt: skip


def browsers(story, row: Report) -> Iterator[tuple[str, object]]:
    yield "nobody", story.browser(follow_redirects=False)
    ani = story.browser()
    ani.get(f"/l/{row.number}/{access.secret_of(row)}/")
    ani.follow_redirects = False
    yield "ani", ani
    for name in (*people.PEOPLE, *sorted(PARTNERS)):
        browser = story.browser()
        log_in(browser, name, people.PASSWORD)
        browser.follow_redirects = False
        yield name, browser


def kind(answer) -> str:
    if answer.status_code in (301, 302, 303):
        return "login" if "/masuk/" in answer.headers["location"] else "elsewhere"
    return {200: "open", 404: "none"}.get(answer.status_code, str(answer.status_code))


def expected(name: str, who: str) -> str | None:
    if (name, who) in OTHERWISE:
        return OTHERWISE[name, who]
    if name in PUBLIC:
        return "open"
    if name in OWN:
        return "open" if who == "ani" else "none"
    if name in FIXED:
        return FIXED[name]
    if who in PAGES[name]:
        return "open"
    return "none" if who in OFFICERS | PARTNERS else "login"


def test_who_opens_what(story, asked):
    names = [
        name for name, _, _ in routes() if name in PAGES or name in PUBLIC or name in OWN or FIXED.get(name)
    ]
    wrong = []
    for who, browser in browsers(story, asked["_row"]):
        for name in names:
            address = reverse(name, kwargs=asked.get(name))
            found, wanted = kind(browser.get(address)), expected(name, who)
            if found != wanted:
                wrong.append(f"{name} for {who}: {found}, not {wanted}")
    assert not wrong, "\n".join(wrong)


def test_nothing_is_done_without_the_forms_token(story, asked):
    """Cross-site requests: each address that takes a form refuses one without its token (Open311 has no cookies)."""
    budi = story.browser()
    log_in(budi, "budi", people.PASSWORD)
    open_doors = []
    for name, _, _ in routes():
        if name is None or name.startswith("open311") or name == "secret_link":
            continue
        answer = budi.post(reverse(name, kwargs=asked.get(name)), data={"x": "y"})
        if answer.status_code not in (403, 404, 405):
            open_doors.append(f"{name}: {answer.status_code}")
    assert open_doors == []
