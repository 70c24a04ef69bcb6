"""Coded reasons (refuse, send back, reject, pause) and ways a case can end. Rows of the city, in two languages."""

from django.db import models


class Reason(models.Model):
    code = models.CharField(max_length=40, primary_key=True)
    step = models.CharField(max_length=20)
    name_id = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    legal = models.CharField(max_length=200, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_id


class Resolution(models.Model):
    """How a case ended: fixed, fixed for now, scheduled, passed outside, unproven, rejected."""

    code = models.CharField(max_length=30, primary_key=True)
    name_id = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=0)

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_id
