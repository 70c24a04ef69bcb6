"""Addresses of the pages for makers of apps."""

from django.urls import path

from .entry import enter, leave
from .flow import again, app, hook

urlpatterns = [
    path("aplikasi/", app, name="app"),
    path("aplikasi/masuk/", enter, name="app_enter"),
    path("aplikasi/keluar/", leave, name="app_leave"),
    path("aplikasi/kabar/", hook, name="app_hook"),
    path("aplikasi/ulang/", again, name="app_again"),
]
