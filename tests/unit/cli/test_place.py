"""The data folder: secrets, the mark of a running start, room and port."""

import os
import socket
import stat

import pytest

from tanggap.cli import doctor, main, place


@pytest.fixture(autouse=True)
def environment(tmp_path):
    """An empty one; what a test or a command puts into it is taken out again."""
    kept = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("TANGGAP_")]:
        del os.environ[name]
    os.environ["TANGGAP_DATA"] = str(tmp_path)
    yield os.environ
    os.environ.clear()
    os.environ.update(kept)


def test_a_demo_makes_its_secrets_once_and_for_itself(tmp_path):
    place.make_secrets(tmp_path)
    first = (tmp_path / "secrets.env").read_text()
    place.make_secrets(tmp_path)
    assert (tmp_path / "secrets.env").read_text() == first
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_what_the_environment_says_comes_before_the_demos_secrets(tmp_path, environment):
    place.make_secrets(tmp_path)
    environment["TANGGAP_SECRET_KEY"] = "a city's own key"
    place.use_secrets(tmp_path)
    assert os.environ["TANGGAP_SECRET_KEY"] == "a city's own key"
    assert os.environ["TANGGAP_SEAL_KEYS"].startswith("k1:")


def test_only_one_runs_in_a_folder(tmp_path):
    with place.marked_as_running(tmp_path) as was_killed:
        assert (was_killed, place.running(tmp_path)) == (False, os.getpid())
        with (
            pytest.raises(place.Refused, match=f"already runs .*process {os.getpid()}"),
            place.marked_as_running(tmp_path),
        ):
            pass
    assert place.running(tmp_path) is None


def test_a_start_knows_that_the_one_before_was_killed(tmp_path):
    (tmp_path / "up.pid").write_text("4711 http://127.0.0.1:8311\n")
    assert place.running(tmp_path) is None
    with place.marked_as_running(tmp_path) as was_killed:
        assert was_killed


def test_a_start_that_was_refused_left_properly(tmp_path):
    with pytest.raises(place.Refused), place.marked_as_running(tmp_path):
        raise place.Refused("no room")
    with place.marked_as_running(tmp_path) as was_killed:
        assert not was_killed


def test_a_taken_port_is_one_sentence(environment):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment["TANGGAP_PORT"] = str(taken.getsockname()[1])
        with pytest.raises(place.Refused, match=r"^Port \d+ of 127.0.0.1 .*TANGGAP_PORT"):
            place.check_port()


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(place, "NEEDED_FREE_MB", 10**9)
    with pytest.raises(place.Refused, match="MB are free"):
        place.check_room(tmp_path)


@pytest.mark.parametrize("given", ["eighty", "-1", "80.5"])
def test_a_number_that_is_none_is_refused(environment, given, capsys):
    environment["TANGGAP_PORT"] = given
    assert main(["serve"]) == 1
    assert capsys.readouterr().err == f"tanggap: TANGGAP_PORT must be a whole number, not {given!r}.\n"


def test_data_of_another_major_is_one_sentence(tmp_path, capsys):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9\n")
    assert main(["migrate"]) == 1
    told = capsys.readouterr().err
    assert (told.count("\n"), "PostgreSQL 9" in told) == (1, True)


def test_the_doctor_lists_every_setting_and_shows_no_secret(environment):
    environment["TANGGAP_SECRET_KEY"] = "s3cret"
    environment["DATABASE_URL"] = "postgresql://ani:s3cret@db/city"
    listed = {setting.name: setting for setting in doctor.settings()}
    assert {"TANGGAP_PORT", "TANGGAP_DATA", "TANGGAP_SEAL_KEYS", "DATABASE_URL"} <= set(listed)
    assert listed["TANGGAP_SEAL_KEYS"].shown() == "MISSING"
    assert listed["TANGGAP_PORT"].shown() == "default 8311"
    assert [name for name, setting in listed.items() if "s3cret" in setting.shown()] == []


def test_nothing_to_stop_is_said(tmp_path, capsys):
    assert main(["stop"]) == 0
    assert capsys.readouterr().out == f"Nothing runs in {tmp_path}.\n"
