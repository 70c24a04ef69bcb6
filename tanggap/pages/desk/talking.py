"""Deeds that are words: ask and tell the citizens, note inside. What goes out is shown before it goes."""

import hashlib
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from tanggap.models import Event
from tanggap.reply import actions as reply
from tanggap.workflow import BY_NAME

from .form import Deed


def seen_of(said: str) -> str:
    """A short mark of the words that were previewed; other words are previewed again."""
    return hashlib.sha256(" ".join(said.split()).encode()).hexdigest()[:16]


class Words(Deed):
    """Words to the citizens: first shown as the letter they will be, then sent."""

    looked = True

    said = forms.CharField(
        label=lazy("Your words"),
        max_length=reply.WORDS_LIMIT,
        widget=forms.Textarea,
        error_messages={"required": lazy("Write something first.")},
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def previewed(self) -> bool:
        return self.cleaned_data["seen"] == seen_of(self.cleaned_data["said"])

    def mark_seen(self) -> None:
        """What is shown now may be sent with the next press."""
        self.data = self.data.copy()
        self.data["seen"] = seen_of(self.cleaned_data["said"])

    def event(self) -> Event:
        return Event(case=self.case, verb=BY_NAME[self.step].verb, at=self.now)

    def voices(self) -> int:
        return self.case.reports.count()


class Ask(Words):
    step, key = "ask", "t"
    label = lazy("Ask the citizens")
    heading = lazy("Ask the citizens")
    button = lazy("Send the question")

    def act(self) -> Any:
        return reply.ask(self.case.id, self.cleaned_data["said"], by=self.viewer, now=self.now,
                         version=self.at_version())  # fmt: skip

    def told(self) -> str:
        return _("The question is on its way. The case waits for an answer.")


class Tell(Words):
    step, key = "tell", ""
    label = lazy("Write to the citizens")
    heading = lazy("Write to the citizens")
    button = lazy("Send")

    def act(self) -> Any:
        return reply.tell(self.case.id, self.cleaned_data["said"], by=self.viewer, now=self.now,
                          version=self.at_version())  # fmt: skip

    def told(self) -> str:
        count = self.voices()
        return ngettext("Sent to %(num)s reporter.", "Sent to %(num)s reporters.", count) % {"num": count}


class Note(Deed):
    step, key = "note", "n"
    follows = (
        lazy("Officers who may read this case see it, in their conversation."),
        lazy("It is never sent to citizens and stops no clock."),
    )
    label = lazy("Note inside")
    heading = lazy("Write a note inside")
    button = lazy("Keep the note")

    said = forms.CharField(
        label=lazy("Note"),
        max_length=reply.WORDS_LIMIT,
        widget=forms.Textarea,
        help_text=lazy("Officers who may read this case see it. It is never sent to citizens."),
        error_messages={"required": lazy("Write something first.")},
    )

    def act(self) -> Any:
        return reply.note(self.case.id, self.cleaned_data["said"], by=self.viewer, now=self.now)

    def told(self) -> str:
        return _("The note is kept.")
