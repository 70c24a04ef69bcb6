"""Addresses of partners."""

from django.urls import path

from .filing import file
from .home import home
from .slip import handed, sent, slip

urlpatterns = [
    path("mitra/", home, name="partner"),
    path("mitra/lapor/", file, name="partner_file"),
    path("mitra/terkirim/<str:number>/", sent, name="partner_sent"),
    path("mitra/terkirim/<str:number>/slip/", slip, name="partner_slip"),
    path("mitra/terkirim/<str:number>/diserahkan/", handed, name="partner_handed"),
]
