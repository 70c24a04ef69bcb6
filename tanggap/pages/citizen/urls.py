"""Addresses of the citizens' pages. A number is the report's; what it opens is seen.py's answer."""

from django.urls import path

from tanggap.web.uploads import staged

from .about import accessibility
from .answer import answer
from .confirm import confirm
from .danger import danger_words
from .data import data, download, erase, erased
from .ground import areas
from .home import around, home
from .lookup import lookup
from .mine import forget, mine
from .pictures import own_photo, public_photo
from .privacy import privacy, privacy_version
from .report import look, report
from .sent import sent
from .support import support
from .track import secret_link, track
from .who import who_opened

urlpatterns = [
    path("", home, name="home"),
    path("sekitar/", around, name="around"),
    path("lapor/", report, name="report"),
    path("lapor/lihat/", look, name="look"),
    path("lapor/kata-darurat.json", danger_words, name="danger_words"),
    path("lapor/foto/<uuid:draft>/<uuid:photo>/", staged, name="staged"),
    path("lapor/terkirim/<str:number>/", sent, name="sent"),
    path("lacak/", lookup, name="lookup"),
    path("lacak/<str:number>/", track, name="track"),
    path("l/<str:number>/<str:secret>/", secret_link, name="secret_link"),
    path("lacak/<str:number>/jawab/", answer, name="answer"),
    path("lacak/<str:number>/beres/", confirm, name="confirm"),
    path("lacak/<str:number>/ikut/", support, name="support"),
    path("lacak/<str:number>/siapa/", who_opened, name="who_opened"),
    path("lacak/<str:number>/foto/<uuid:photo>/", own_photo, name="own_photo"),
    path("lacak/<str:number>/data/", data, name="data"),
    path("lacak/<str:number>/data/unduh/", download, name="data_download"),
    path("lacak/<str:number>/data/hapus/", erase, name="data_erase"),
    path("data-terhapus/", erased, name="data_erased"),
    path("laporan-saya/", mine, name="mine"),
    path("laporan-saya/lupakan/", forget, name="forget"),
    path("foto/<str:name>", public_photo, name="public_photo"),
    path("peta/wilayah.json", areas, name="areas"),
    path("privasi/", privacy, name="privacy"),
    path("privasi/<str:version>/", privacy_version, name="privacy_version"),
    path("aksesibilitas/", accessibility, name="accessibility"),
]
