"""Addresses for machines: those that watch over us, and providers that bring what citizens say."""

from django.urls import path

from .health import healthz, readyz
from .incoming import incoming

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("hooks/<slug:code>/", incoming, name="incoming"),
]
