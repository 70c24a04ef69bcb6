"""Addresses of the counter."""

from django.urls import path

from .call import call_back
from .counter import counter
from .receipt import receipt

urlpatterns = [
    path("petugas/loket/", counter, name="counter"),
    path("petugas/loket/tanda-terima/<str:number>/", receipt, name="receipt"),
    path("petugas/loket/telepon/<int:task>/", call_back, name="call_back"),
]
