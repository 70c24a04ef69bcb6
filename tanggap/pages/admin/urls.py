"""Addresses of the administrator."""

from django.urls import path

from .agencies import agencies
from .mandates import handovers, mandates
from .overview import admin, parked_again
from .people import people, person

urlpatterns = [
    path("petugas/atur/", admin, name="admin"),
    path("petugas/atur/diparkir/", parked_again, name="admin_parked"),
    path("petugas/atur/instansi/", agencies, name="admin_agencies"),
    path("petugas/atur/orang/", people, name="admin_people"),
    path("petugas/atur/orang/<int:pk>/", person, name="admin_person"),
    path("petugas/atur/kewenangan/", mandates, name="admin_mandates"),
    path("petugas/atur/serah/", handovers, name="admin_handovers"),
]
