"""Sending a citizen's letter: marked `sending`, handed to the channel outside any transaction, marked again.

A letter of which nobody knows whether it went is `unknown` and never sent again by itself. What can't go one way goes
the next; when no way is left it stands on the page, and what must be known is told by a person.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from tanggap.channels.base import Account, Outgoing, SendResult
from tanggap.models import ChannelState, City, Identity, Inbound, Letter, Report, Task
from tanggap.reply import deliveries
from tanggap.reply.ways import Way, link, ways

HOUR = timedelta(hours=1)
STALE = timedelta(hours=24)  # older news that waited behind a broken line goes as one: the newest
PAUSES = (60, 300, 900, 1800)  # seconds a line that is down rests, longer each time
AUTOMATIC = ("received", "clarify", "status", "help")
AUTOMATIC_A_DAY = 3  # to one address: two machines that answer each other fall silent
BY_VOICE = frozenset({"done", "rejected", "outside", "asked"})


class NotYet(ConnectionError):
    """The provider could not take it now: the row is tried again later."""


def send(letter: Letter, now: datetime) -> None:
    """A claimed letter to a citizen. Raises NotYet where trying again makes sense."""
    report = Report.objects.select_related("reporter", "channel", "case").filter(pk=letter.report_id).first()
    if report is not None and report.reporter.key is None:
        settle(letter, SendResult(Letter.ON_PAGE, "erased"), now)
        return
    if is_overtaken(letter, now):
        settle(letter, SendResult(Letter.ON_PAGE, "merged into a newer letter"), now)
        return
    for way in ways(letter, report, now):
        if letter.by_id is None and enough_said(letter, way, now):
            continue
        until = must_wait(way, now)
        if until is not None:
            put_off(letter, until)
            return
        result = try_way(letter, report, way, now)
        if result is None or not is_shut(result):
            return
    no_way(letter, report, now)


def try_way(letter: Letter, report: Report | None, way: Way, now: datetime) -> SendResult | None:
    """One way. The result says whether the next is to be tried; None: another worker has the letter."""
    mine = Letter.objects.filter(pk=letter.pk, state=Letter.QUEUED)
    if not mine.update(
        state=Letter.SENDING, way=way.kind.name, account=way.channel.code, address=way.identity
    ):
        return None
    assert way.kind.send is not None
    try:
        result = way.kind.send(account_of(way, now), compose(letter, report, way))
    except Exception as error:  # a channel's code that breaks: nobody knows how far it came
        result = SendResult(Letter.UNKNOWN, type(error).__name__)
    mark_state(way, result, now)
    if result.gone:
        Identity.objects.filter(pk=way.identity.pk).update(gone_at=now)
    if waits(result):
        later = now + timedelta(seconds=result.after) if result.after else None
        Letter.objects.filter(pk=letter.pk).update(state=Letter.QUEUED, last_error=result.reason[:300])
        if result.down:
            put_off(letter, pause_until(way, now))
            return result
        if later:
            put_off(letter, later)
            return result
        raise NotYet(result.reason)
    if is_shut(result):
        letter.data = {**letter.data, "tried": [*letter.data.get("tried", ()), way.identity.id]}
        Letter.objects.filter(pk=letter.pk).update(
            state=Letter.QUEUED, data=letter.data, last_error=result.reason[:300]
        )
        letter.last_error = result.reason
        return result
    settle(letter, result, now)
    return result


def account_of(way: Way, now: datetime) -> Account:
    """With what its poll remembers: a purse is one for reading and writing."""
    return replace(way.account, now=now, cursor=way.state.cursor if way.state else {})


def waits(result: SendResult) -> bool:
    """Nothing went, and it may go later. What perhaps went is never tried again, whatever else the channel says."""
    return (result.down or result.again) and result.state != Letter.UNKNOWN


def is_shut(result: SendResult) -> bool:
    """This way takes the letter neither now nor later."""
    return not waits(result) and (result.closed or result.gone or result.state == Letter.FAILED)


def compose(letter: Letter, report: Report | None, way: Way) -> Outgoing:
    """The letter as the channel gets it, with the link it may carry."""
    address = link(report, way.own) if report is not None else ""
    text = f"{letter.text}\n\n{address}".strip()
    number = report.number if report else ""
    by_person = letter.by_id is not None
    return Outgoing(
        to=way.address, subject=letter.subject, text=text, reference=f"letter-{letter.id}", letter=letter.id,
        short=f"{letter.subject} {address}".strip(), token=str(report.id) if report else "", code=letter.code,
        language=letter.language, number=number, link=address, thread=thread_of(report, way.channel.code),
        heard_at=way.identity.heard_at, open_talk=bool(report and report.open_talk and way.own),
        automatic=not by_person,
    )  # fmt: skip


def thread_of(report: Report | None, account: str) -> tuple[str, ...]:
    """What the citizen's own words came with in this channel, the newest first."""
    if report is None:
        return ()
    rows = Inbound.objects.filter(Q(report=report) | Q(message__report=report), account=account)
    return tuple(said_as(row) for row in rows.order_by("-id").only("name", "external_id")[:10])


def said_as(row: Inbound) -> str:
    """How the channel's threads name one message; an album's name is that of several."""
    return row.name if row.name and not row.name.startswith("album:") else row.external_id


# ---- when ----


def is_overtaken(letter: Letter, now: datetime) -> bool:
    """News that waited a day behind a broken line, with newer news of the same report behind it."""
    if letter.by_id is not None or letter.at > now - STALE:
        return False
    newer = Letter.objects.filter(report=letter.report_id, state=Letter.QUEUED, by=None, id__gt=letter.id)
    return letter.report_id is not None and newer.exists()


def enough_said(letter: Letter, way: Way, now: datetime) -> bool:
    """Should the machine keep silent towards this address? A loop ends after three answers a day. A mail whose sender
    proves nothing gets no answer, and at most one letter an hour: whoever is named in a thousand forged mails must not
    get a thousand of ours (reliability.md E25)."""
    automatic = letter.code in AUTOMATIC
    if way.kind.name == "email" and way.own and way.identity.proven_at is None:
        return automatic or written(letter, way, now - HOUR) > 0
    if not automatic:
        return False
    if way.kind.name == "email" and written(letter, way, now - HOUR, AUTOMATIC) > 0:
        return True
    return written(letter, way, now - STALE, AUTOMATIC) >= AUTOMATIC_A_DAY


def written(letter: Letter, way: Way, since: datetime, codes: tuple[str, ...] = ()) -> int:
    """How many other letters went, or are going, to this address since then."""
    sent = Letter.objects.filter(address__lookup=way.identity.lookup, at__gt=since).exclude(pk=letter.pk)
    sent = sent.exclude(state=Letter.ON_PAGE)
    return (sent.filter(code__in=codes) if codes else sent).count()


def must_wait(way: Way, now: datetime) -> datetime | None:
    """Until when this line takes no letter: it is down, or has sent its day's share."""
    state = way.state
    if state is None:
        return None
    if state.down_until and state.down_until > now:
        return state.down_until
    city = City.get()
    today = now.astimezone(city.zone).date()
    if state.daily_quota is not None and state.sent_on == today and state.sent_today >= state.daily_quota:
        tomorrow = now.astimezone(city.zone).replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(
            days=1
        )
        return tomorrow.astimezone(now.tzinfo)
    return None


def put_off(letter: Letter, until: datetime) -> None:
    """Nothing is wrong with the letter: the tries don't count."""
    Letter.objects.filter(pk=letter.pk).update(state=Letter.QUEUED, due_at=until, attempts=0)


def pause_until(way: Way, now: datetime) -> datetime:
    state = ChannelState.objects.get(channel=way.channel)
    return state.down_until or now + timedelta(seconds=PAUSES[0])


def mark_state(way: Way, result: SendResult, now: datetime) -> None:
    """How the account is doing, for the administrator's page and for the other letters."""
    row, _ = ChannelState.objects.get_or_create(channel=way.channel)
    mine = ChannelState.objects.filter(pk=row.pk)
    today = now.astimezone(City.get().zone).date()
    if result.state == Letter.SENT and not (result.down or result.again or result.closed):
        count = F("sent_today") + 1 if row.sent_on == today else 1
        mine.update(
            sent_at=now, sent_on=today, sent_today=count, failing_since=None, down_until=None, attempts=0
        )
    elif result.down:
        pause = PAUSES[min(row.attempts, len(PAUSES) - 1)]
        mine.update(
            failing_since=Coalesce("failing_since", now), down_until=now + timedelta(seconds=pause),
            last_error=result.reason[:300], attempts=F("attempts") + 1,
        )  # fmt: skip


# ---- how it ended ----


def settle(letter: Letter, result: SendResult, now: datetime) -> None:
    Letter.objects.filter(pk=letter.pk).update(
        state=result.state, settled_at=now, due_at=None, last_error=result.reason[:300],
        external_id=result.external_id[:200],
    )  # fmt: skip
    if result.external_id:
        deliveries.match_late(letter.pk, now)


def no_way(letter: Letter, report: Report | None, now: datetime) -> None:
    """It stands on the page. What must be known, and failed on its way, is told by a person where there is a number."""
    failed = bool(letter.data.get("tried"))
    reason = letter.last_error or "no way"
    call = failed and report is not None and letter.code in BY_VOICE and has_number(report)
    state = Letter.BY_HAND if call else Letter.FAILED if failed else Letter.ON_PAGE
    Letter.objects.filter(pk=letter.pk).update(
        state=state, way="by_hand" if call else F("way"), settled_at=now, due_at=None, last_error=reason[:300]
    )
    if call:
        Task.objects.create(kind=Task.CALL_BACK, case=letter.case, letter=letter, role="counter", opened_at=now,
                            data={"report": letter.report_id})  # fmt: skip


def has_number(report: Report) -> bool:
    return Identity.objects.filter(reporter=report.reporter_id, channel="phone").exists()
