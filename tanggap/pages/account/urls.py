"""Names are allauth's where its own code looks them up. Its sign-up, e-mail and reset pages have no address."""

from django.urls import path

from . import account, invited, login, outside, reset, second

urlpatterns = [
    path("masuk/", login.login, name="account_login"),
    path("keluar/", login.logout, name="account_logout"),
    path("masuk/luar/", outside.log_in, name="oidc_login"),
    path("masuk/luar/kembali/", outside.back, name="oidc_back"),
    path("atur-ulang/", reset.reset, name="reset"),
    path("undangan/", invited.set_password, name="set_password"),
    path("undangan/luar/", outside.connect_invited, name="oidc_invited"),
    path("undangan/<int:pk>/<str:secret>/", invited.invited, name="invited"),
    path("akun/", account.account, name="account"),
    path("akun/sambungan/", outside.connect, name="oidc_connect"),
    path("akun/sandi/", account.password, name="account_change_password"),
    path("akun/sekali-lagi/", second.reauthenticate, name="account_reauthenticate"),
    path("akun/dua-langkah/", second.overview, name="mfa_index"),
    path("akun/dua-langkah/masuk/", second.authenticate, name="mfa_authenticate"),
    path("akun/dua-langkah/sekali-lagi/", second.reauthenticate_code, name="mfa_reauthenticate"),
    path("akun/dua-langkah/nyalakan/", second.activate, name="mfa_activate_totp"),
    path("akun/dua-langkah/matikan/", second.deactivate, name="mfa_deactivate_totp"),
    path("akun/dua-langkah/kode/", second.show_codes, name="mfa_view_recovery_codes"),
    path("akun/dua-langkah/kode/baru/", second.new_codes, name="mfa_generate_recovery_codes"),
]
