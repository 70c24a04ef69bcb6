"""What providers tell about letters we sent: in any order, twice, late, or before we know their name for the letter."""

from datetime import datetime

from tanggap import access
from tanggap.channels.base import Contact, Delivery
from tanggap.ledger import deed
from tanggap.models import Identity, Inbound, Letter, Reference
from tanggap.reply.heard import keep, lookup

TO = "to:"

# a state is only ever replaced by one of a higher rank: read after delivered, never the other way; a letter that was
# delivered after all was delivered
RANK = {Letter.QUEUED: 0, Letter.SENDING: 1, Letter.UNKNOWN: 2, Letter.SENT: 3, Letter.FAILED: 4, Letter.DELIVERED: 5,
        Letter.READ: 6}  # fmt: skip


@deed
def delivered(heard: Delivery, *, now: datetime) -> None:
    """One word about one letter; stored once."""
    if keep(heard, now, outcome=f"delivery:{heard.state}:{int(heard.gone)}", name=heard.of) is None:
        return
    if heard.of.startswith(TO):
        for letter in until_then(heard):
            raise_to(letter, heard.state, heard.reason, heard.gone, now)
        return
    letter = find(heard)
    if letter is not None:
        raise_to(letter, heard.state, heard.reason, heard.gone, now)


def until_then(heard: Delivery) -> list[Letter]:
    """A word about everything that went to one person by then, where the provider names no message."""
    kind = Reference.get().channels[heard.account].kind
    look = lookup(Contact(kind, heard.of.removeprefix(TO)), access.ring())
    rows = Letter.objects.select_for_update(of=("self",)).filter(account=heard.account, address__lookup=look)
    return list(
        rows.filter(settled_at__lte=heard.at, state__in=(Letter.SENT, Letter.DELIVERED)).order_by("id")
    )


def find(heard: Delivery) -> Letter | None:
    """Ours by our own id, when it really went by this account; else by the provider's."""
    rows = Letter.objects.select_for_update(of=("self",)).filter(account=heard.account)
    if heard.letter is not None:
        return rows.filter(pk=heard.letter).first()
    return rows.filter(external_id=heard.of).first() if heard.of else None


def raise_to(letter: Letter, state: str, reason: str, gone: bool, now: datetime) -> None:
    if gone and letter.address_id:
        Identity.objects.filter(pk=letter.address_id, gone_at=None).update(gone_at=now)
    if RANK.get(state, 0) <= RANK.get(letter.state, 9):
        return
    if state == Letter.FAILED and letter.state != Letter.UNKNOWN:
        # it did not arrive: the next way, where there is one
        tried = [*letter.data.get("tried", ()), letter.address_id]
        Letter.objects.filter(pk=letter.pk).update(
            state=Letter.QUEUED, due_at=now, attempts=0, settled_at=None,
            data={**letter.data, "tried": tried}, last_error=reason[:300],
        )  # fmt: skip
        return
    Letter.objects.filter(pk=letter.pk).update(
        state=state, last_error=reason[:300], due_at=None, settled_at=now
    )


def match_late(letter_id: int, now: datetime) -> None:
    """Words about this letter that came before we knew the provider's name for it."""
    letter = Letter.objects.get(pk=letter_id)
    rows = Inbound.objects.filter(
        account=letter.account, name=letter.external_id, outcome__startswith="delivery:"
    )
    for row in rows.order_by("id"):
        _, state, gone = row.outcome.split(":")
        letter.refresh_from_db()
        raise_to(letter, state, "", gone == "1", now)
