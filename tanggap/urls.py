"""Addresses of every page and door. Each folder of pages lists its own."""

from django.urls import include, path

from tanggap.pages.gaya import gaya

FOLDERS = (
    "tanggap.pages.hooks",
    "tanggap.pages.account",
    "tanggap.pages.desk",
    "tanggap.pages.review",
    "tanggap.pages.counter",
    "tanggap.pages.field",
    "tanggap.pages.mitra",
    "tanggap.pages.board",
    "tanggap.pages.admin",
    "tanggap.pages.app",
    "tanggap.api.open311",
    "tanggap.pages.citizen",
)
urlpatterns = [path("", include(f"{folder}.urls")) for folder in FOLDERS]
urlpatterns += [path("gaya/", gaya, name="gaya")]

handler400 = "tanggap.web.errors.bad_request"
handler403 = "tanggap.web.errors.forbidden"
handler404 = "tanggap.web.errors.not_found"
handler500 = "tanggap.web.errors.server_error"
handler429 = "tanggap.pages.account.login.too_many"  # allauth asks for it by this name
