"""Addresses of the boards."""

from django.urls import path

from .board import board
from .city import city_board
from .status import status

urlpatterns = [
    path("papan/", board, name="board"),
    path("keadaan/", status, name="status"),
    path("petugas/papan/", city_board, name="city_board"),
]
