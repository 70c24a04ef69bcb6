"""Which copies stay, as a calculation; and that what goes takes only its own parts along."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.copies import last_good, manifest
from tanggap.copies.errors import CopyError, Damaged
from tanggap.copies.retention import Rule, kept, thin
from tanggap.models import Copy
from tests.cast import NOON

from .conftest import reported

START = datetime(2026, 1, 1, 3, tzinfo=UTC)


def daily(days: int) -> list[tuple[str, datetime]]:
    return [(f"{START + timedelta(days=day):%Y-%m-%d}", START + timedelta(days=day)) for day in range(days)]


def test_days_weeks_and_months():
    stay = kept(daily(365), Rule(daily=3, weekly=2, monthly=3))
    assert sorted(stay) == [
        "2026-10-31", "2026-11-30",  # the last of each month
        "2026-12-27",  # the last of the week before
        "2026-12-29", "2026-12-30", "2026-12-31",
    ]  # fmt: skip


def test_days_without_a_copy_do_not_count():
    copies = [("a", START), ("b", START + timedelta(days=40)), ("c", START + timedelta(days=90))]
    assert kept(copies, Rule(daily=2)) == {"b", "c"}


def test_of_one_day_the_newest_stays():
    copies = [("morning", START), ("evening", START + timedelta(hours=12))]
    assert kept(copies, Rule(daily=7)) == {"evening"}


def test_the_newest_that_was_proven_stays():
    assert kept(daily(30), Rule(daily=2), proven=["2026-01-05", "2026-01-03"]) == {
        "2026-01-05", "2026-01-29", "2026-01-30",
    }  # fmt: skip


@given(
    st.lists(st.integers(0, 500_000), max_size=40),
    st.builds(Rule, *[st.integers(0, 9)] * 3),
    st.sets(st.integers(0, 39)),
)
def test_the_newest_never_goes_and_no_more_stay_than_the_rule_says(minutes, rule, proven):
    copies = [(str(at), START + timedelta(minutes=minute)) for at, minute in enumerate(minutes)]
    stay = kept(copies, rule, [str(at) for at in proven])
    if copies:
        assert max(copies, key=lambda copy: (copy[1], copy[0]))[0] in stay
    assert len(stay) <= rule.daily + rule.weekly + rule.monthly + 2
    again = [copy for copy in copies if copy[0] in stay]
    assert kept(again, rule, [str(at) for at in proven]) == stay


@pytest.mark.parametrize(
    "text", ["", "daily", "daily=0", "daily=-1", "yearly=1", "daily=1,daily=2", "daily=x"]
)
def test_a_rule_that_is_none(text):
    with pytest.raises(CopyError, match="--keep"):
        Rule.parse(text)


def test_a_rule_as_it_is_written():
    assert Rule.parse("daily=7,weekly=4,monthly=12") == Rule(7, 4, 12)


def test_an_old_copy_goes_with_what_only_it_needs(city):
    first = city.backup().manifest
    reported(1)
    later = NOON + timedelta(days=1)
    done = city.backup(later, rule=Rule(daily=1))
    assert done.removed == [first.name]
    assert manifest.names(city.store) == [done.manifest.name]
    assert set(city.parts()) == {part.name for part in done.manifest.parts}
    assert city.restore().files == 7


def test_the_rows_say_what_was_removed(city):
    first = city.backup().manifest
    second = city.backup(NOON + timedelta(days=1), rule=Rule(daily=1))
    assert second.removed == [first.name]
    assert Copy.objects.get(name=first.name).removed_at == NOON + timedelta(days=1)
    assert last_good(NOON).name == second.manifest.name


def test_what_broken_copies_left_goes_after_a_day(city):
    city.store.put("parts/aa/" + "a" * 64 + ".age", b"left over")
    city.backup()
    now = datetime.now(UTC)
    thin(city.store, None, now)
    assert len([name for name in city.parts() if "aaaa" in name]) == 1
    thin(city.store, None, now + timedelta(hours=25))
    assert [name for name in city.parts() if "aaaa" in name] == []
    assert city.restore().files == 6


def test_a_manifest_that_cannot_be_read_stops_the_thinning(city):
    made = city.backup().manifest
    city.store.put("copies/20260101T000000-000000.json", b"{")
    with pytest.raises(Damaged):
        thin(city.store, Rule(daily=1), NOON + timedelta(days=900))
    assert manifest.read(city.store, made.name).name == made.name
    assert len(city.parts()) == len(made.parts)
