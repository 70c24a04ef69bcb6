"""Addresses of the reviewer and the arbiter."""

from django.urls import path

from .case import review_case
from .review import review
from .task import task
from .tasks import tasks

urlpatterns = [
    path("petugas/periksa/", review, name="review"),
    path("petugas/periksa/<path:number>/", review_case, name="review_case"),
    path("petugas/tugas/", tasks, name="tasks"),
    path("petugas/tugas/<int:task>/", task, name="task"),
]
