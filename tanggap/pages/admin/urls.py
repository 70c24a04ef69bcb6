"""Addresses of the administrator."""

from django.urls import path

from . import channels, partners, person, rules
from .agencies import agencies
from .mandates import mandates
from .overview import admin, parked_again
from .people import people

urlpatterns = [
    path("petugas/atur/", admin, name="admin"),
    path("petugas/atur/diparkir/", parked_again, name="admin_parked"),
    path("petugas/atur/instansi/", agencies, name="admin_agencies"),
    path("petugas/atur/instansi/baru/", rules.new_agency, name="admin_agency_new"),
    path("petugas/atur/instansi/<int:pk>/", rules.agency, name="admin_agency"),
    path("petugas/atur/kanal/", channels.channels, name="admin_channels"),
    path("petugas/atur/kanal/<int:pk>/", channels.channel, name="admin_channel"),
    path("petugas/atur/kanal/<int:pk>/uji/", channels.trial, name="admin_channel_test"),
    path("petugas/atur/kanal/<int:pk>/<slug:name>/", channels.deed, name="admin_channel_deed"),
    path("petugas/atur/mitra/", partners.partners, name="admin_partners"),
    path("petugas/atur/mitra/baru/", partners.new_partner, name="admin_partner_new"),
    path("petugas/atur/mitra/<int:pk>/", partners.partner, name="admin_partner"),
    path("petugas/atur/mitra/<int:pk>/<slug:name>/", partners.deed, name="admin_partner_deed"),
    path("petugas/atur/orang/", people, name="admin_people"),
    path("petugas/atur/orang/baru/", person.new_person, name="admin_person_new"),
    path("petugas/atur/orang/<int:pk>/", person.person, name="admin_person"),
    path("petugas/atur/orang/<int:pk>/<slug:name>/", person.deed, name="admin_person_deed"),
    path("petugas/atur/kewenangan/", mandates, name="admin_mandates"),
    path("petugas/atur/serah/", rules.handovers, name="admin_handovers"),
    path("petugas/atur/serah/baru/", rules.new_handover, name="admin_handover_new"),
    path("petugas/atur/serah/<int:pk>/", rules.handover, name="admin_handover"),
    path("petugas/atur/urungkan/<int:pk>/", person.take_back, name="admin_undo"),
]
