"""The one Django app."""

from django.apps import AppConfig


class TanggapConfig(AppConfig):
    name = "tanggap"
    label = "tanggap"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Tanggap"
