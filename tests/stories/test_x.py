"""X through the city's own door: said in the open, answered in private where it goes, else below the post in words that
hold the number and nobody's secret (C05, C08, F26)."""

from datetime import UTC, datetime, timedelta

import pytest

from tanggap.channels import registry
from tanggap.models import Case, ChannelState, Inbound, Letter, Message, Report
from tanggap.work import lines
from tests import cast as people
from tests.stories import test_channels
from tests.voices import Letters, Voice
from tests.world import x

CLEAR = "@DKIJakarta lampu jalan mati di Kelurahan Mawar depan pasar, gelap sekali"


@pytest.fixture(name="world")
def _world(story, monkeypatch):
    people.assemble()
    with x.World() as world:
        for name, value in {**x.KEYS, "user_id": world.own, "base_url": world.url}.items():
            monkeypatch.setenv(registry.variable("x", name), value)
        world.webhook = f"{story.url}/hooks/x/"
        yield world


def work(story, hours: float = 0) -> None:
    story.work(datetime.now(UTC) + timedelta(minutes=2, hours=hours))


def ask() -> None:
    """The worker's poll; its time has come."""
    ChannelState.objects.update(due_at=None)
    assert lines.poll_due() == 1


def test_a_mention_is_answered_by_direct_message_with_the_number_and_the_link(story, world):
    ani = world.person("31")
    world.posts_on(ani, CLEAR)
    ask()
    work(story)
    report = Report.objects.get()
    assert (report.open_talk, report.case.status) == (True, "ASSIGNED")
    assert [one["to"] for one in world.letters] == ["31"] * len(world.letters)
    assert f"/l/{report.number}/" in world.letters[0]["text"]
    sent = Letter.objects.filter(state="sent").order_by("id")
    assert [row.external_id for row in sent] == [f"dm:{one['message']}" for one in world.letters]


def test_who_takes_no_messages_is_answered_below_the_post_without_a_secret(story, world):
    shy = world.person("32", takes_messages=False)
    post = world.posts_on(shy, CLEAR)
    ask()
    work(story)
    number = Report.objects.get().number
    (public,) = world.letters
    assert public["reply"] == {"in_reply_to_tweet_id": post["id"]}
    assert (number in public["text"], "/l/" in public["text"], "lampu" in public["text"]) == (
        True,
        False,
        False,
    )
    assert Letter.objects.get(code="received").external_id == f"post:{public['post']}"
    world.people["32"].takes_messages = True
    world.posts_on(
        shy, "@DKIJakarta masih gelap", referenced_tweets=[{"type": "replied_to", "id": public["post"]}]
    )
    ChannelState.objects.update(cursor={})
    ask()
    assert (Report.objects.count(), Message.objects.count()) == (1, 1)


def test_the_webhook_and_the_poll_hear_one_thing(story, world):
    post = world.posts_on(world.person("31"), CLEAR)
    assert (world.challenges(), world.post(world.event("post.mention.create", post))) == (True, 200)
    ask()
    work(story)
    assert (Report.objects.count(), Message.objects.count()) == (1, 0)
    ChannelState.objects.update(cursor={})
    ask()  # our own letters come back
    work(story)
    assert (Report.objects.count(), Message.objects.count()) == (1, 0)
    assert Inbound.objects.filter(outcome="ignored:own_echo").count() == len(world.letters)


def test_no_credit_is_shown_and_all_goes_afterwards(story, world):
    world.writes(world.person("31"), CLEAR)
    ask()
    path = "/2/dm_conversations/with/31/messages"
    world.fail(path, 402, "Credits depleted")
    work(story)
    state = ChannelState.objects.get(channel__code="x")
    assert (world.letters, state.last_error) == ([], "x_402_no_credit")
    work(story, hours=2)
    assert Letter.objects.get(code="received").state == "sent"
    assert ChannelState.objects.get(channel__code="x").failing_since is None


class XVoice(Voice):
    """Ani writes direct messages; the worker asks for them."""

    code = "x"

    def open(self) -> None:
        self.world = self.stack.enter_context(x.World())
        self.settings(**x.KEYS, user_id=self.world.own, base_url=self.world.url)
        self.ani = self.world.person("31")

    def say(self, words: str) -> None:
        self.next()
        self.world.writes(self.ani, words, at=datetime.fromtimestamp(self.now(), UTC))
        ChannelState.objects.update(due_at=None, cursor={})  # another poll, at once, from the beginning
        assert lines.poll_due() == 1

    def letters(self) -> Letters:
        return [(f"dm:{one['message']}", one["text"]) for one in self.world.letters]


def test_in_and_back_by_direct_message(story, monkeypatch):
    """Writing costs there, so only what has to be told goes; all of it is on the report's page."""
    cast, voice = people.assemble(), XVoice(story, monkeypatch.setenv)
    voice.say("Lampu jalan mati, gelap sekali")
    work(story)
    case, report = Case.objects.get(), Report.objects.get()
    assert (case.waiting_for, report.number in voice.letters()[0][1], report.open_talk) == (
        "reporter",
        True,
        False,
    )
    voice.say("Di Kelurahan Mawar, depan pasar")
    work(story)
    case.refresh_from_db()
    assert (case.status, case.area.name, Report.objects.count()) == ("ASSIGNED", "Mawar", 1)
    test_channels.finish(cast, case)
    work(story, hours=1)
    sent = Letter.objects.filter(report=report, state="sent").order_by("id")
    assert [row.code for row in sent] == ["clarify", "done"]
    assert [row.external_id for row in sent] == [name for name, _ in voice.letters()]
    voice.close()
