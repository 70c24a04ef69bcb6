"""Addresses of the street."""

from django.urls import path

from .job import field_case
from .today import field

urlpatterns = [
    path("petugas/lapangan/", field, name="field"),
    path("petugas/lapangan/<path:number>/", field_case, name="field_case"),
]
