"""Addresses of the desk."""

from django.urls import path

from .bulk import bulk
from .case import case, presence
from .deed import deed
from .inbox import inbox, news, preview
from .keys import keys
from .letters import again
from .photo import officer_photo
from .release import release
from .reveal import reveal
from .search import search
from .setting_apart import set_apart
from .triage import triage, triage_task
from .unreadable import unreadable, unreadable_task

urlpatterns = [
    path("petugas/", inbox, name="inbox"),
    path("petugas/baru/", news, name="news"),
    path("petugas/bersama/", bulk, name="bulk"),
    path("petugas/cari/", search, name="search"),
    path("petugas/perintah/", keys, name="keys"),
    path("petugas/pilah/", triage, name="triage"),
    path("petugas/pilah/<int:task>/", triage_task, name="triage_task"),
    path("petugas/pilah/tak-terbaca/", unreadable, name="unreadable"),
    path("petugas/pilah/tak-terbaca/<int:task>/", unreadable_task, name="unreadable_task"),
    path("petugas/surat/<int:letter>/ulang/", again, name="resend"),
    path("petugas/pesan/<int:message>/pisah/", set_apart, name="set_apart"),
    path("petugas/foto/<uuid:photo>/", officer_photo, name="officer_photo"),
    path("petugas/foto/<uuid:photo>/terbit/", release, name="release"),
    path("petugas/buka/<str:number>/", reveal, name="reveal"),
    path("petugas/sekilas/<path:number>/", preview, name="preview"),
    path("petugas/hadir/<path:number>/", presence, name="presence"),
    path("petugas/kasus/<path:number>/", case, name="case"),
    path("petugas/langkah/<path:number>/<str:step>/", deed, name="deed"),
]
