"""Notice: the privacy notice as citizens read it, in versions; Retention: how long what is kept."""

from django.db import models

from .agency import Dated


class Notice(Dated):
    """The version that holds on a day is the youngest begun. Which one a reporter saw stands in `case.received`."""

    version = models.CharField(max_length=20, unique=True)
    text_id = models.TextField()
    text_en = models.TextField()

    def text(self, language: str) -> str:
        return self.text_en if language == "en" else self.text_id


class Retention(models.Model):
    """After `days` the thing named by `what` goes: raw words, letters' texts, names and contacts of closed cases."""

    RAW, ORIGINALS, CONTACTS, LETTERS, WORDS, SESSIONS = RULES = (
        "raw", "originals", "contacts", "letters", "words", "sessions",
    )  # fmt: skip

    what = models.CharField(max_length=40, primary_key=True)
    days = models.PositiveIntegerField()
    name_id = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    legal = models.CharField(max_length=200, blank=True, default="")

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_id
