"""The launcher, against real servers in temporary folders."""

import os
import shutil
import signal
import subprocess
import sys

import psycopg
import pytest

from tanggap.lib import postgres, postgres_programs


@pytest.fixture
def data_dir(tmp_path, monkeypatch):
    """A data folder whose server is stopped afterwards."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if os.geteuid() == 0:
        # the account nobody must pass; the folders that pytest makes are private
        for folder in (tmp_path, *tmp_path.parents):
            if folder.stat().st_mode & 0o777 == 0o700:
                folder.chmod(0o711)
    yield tmp_path
    server = postgres._running(tmp_path / "postgres")
    if server:
        postgres.stop(server)


def ask(server, question="SELECT 1"):
    with psycopg.connect(server.dsn_url, autocommit=True) as connection:
        return connection.execute(question).fetchone()[0]


def test_a_given_address_is_used_untouched(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/city")
    server = postgres.ensure(tmp_path)
    assert (server.dsn_url, server.started_by_us) == ("postgresql://elsewhere/city", False)
    postgres.stop(server)
    assert list(tmp_path.iterdir()) == []


def test_a_new_folder_gets_a_server_with_checksums_on_a_private_socket(data_dir):
    server = postgres.ensure(data_dir)
    assert server.started_by_us
    assert ask(server, "SHOW data_checksums") == "on"
    assert ask(server, "SHOW fsync") == "on"
    assert ask(server, "SHOW listen_addresses") == ""
    assert ask(server, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == "C.UTF-8"
    socket = ask(server, "SHOW unix_socket_directories")
    assert (len(socket) <= 90, os.stat(socket).st_mode & 0o777) == (True, 0o700)


def test_a_running_server_is_used_by_the_next(data_dir):
    first = postgres.ensure(data_dir)
    second = postgres.ensure(data_dir)
    assert (second.pid, second.dsn_url, second.started_by_us) == (first.pid, first.dsn_url, False)


def test_the_last_one_to_leave_stops_the_server(data_dir):
    with postgres.used(data_dir) as first:
        with postgres.used(data_dir):
            pass
        assert ask(first) == 1
    assert postgres._running(data_dir / "postgres") is None


@pytest.mark.parametrize("killed", ["postmaster", "everybody"])
def test_a_killed_server_comes_back_with_what_was_committed(data_dir, killed):
    server = postgres.ensure(data_dir)
    with psycopg.connect(server.dsn_url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    children = postgres._processes_in(server.cluster) if killed == "everybody" else [server.pid]
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    again = postgres.ensure(data_dir)
    assert again.started_by_us
    assert again.dsn_url == server.dsn_url
    assert ask(again, "SELECT n FROM kept") == 7


def test_a_stale_pid_that_belongs_to_a_stranger_now_is_forgotten(data_dir):
    server = postgres.ensure(data_dir)
    postgres.stop(server)
    stale = f"{os.getpid()}\n{data_dir}/postgres\n1\n5432\n/tmp\n\n"
    (data_dir / "postgres" / "postmaster.pid").write_text(stale)
    assert ask(postgres.ensure(data_dir)) == 1


def test_a_first_start_that_was_killed_half_way_is_made_anew(data_dir):
    half = data_dir / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    assert ask(postgres.ensure(data_dir)) == 1


def test_data_of_another_major_is_left_alone_with_one_sentence(data_dir):
    (data_dir / "postgres").mkdir()
    (data_dir / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(postgres.WrongMajor, match="PostgreSQL 9") as refused:
        postgres.ensure(data_dir)
    assert "\n" not in str(refused.value)
    assert [file.name for file in (data_dir / "postgres").iterdir()] == ["PG_VERSION"]


def test_a_full_disk_is_told_before_anything_is_written(data_dir, monkeypatch):
    monkeypatch.setattr(postgres, "NEEDED_FREE_MB", 10**9)
    with pytest.raises(postgres.DiskFull, match="MB are free"):
        postgres.ensure(data_dir)
    assert not (data_dir / "postgres").exists()


def test_a_server_that_does_not_start_shows_its_log(data_dir):
    postgres.stop(postgres.ensure(data_dir))
    with open(data_dir / "postgres" / "postgresql.conf", "a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(postgres.CannotStart, match="no_such_setting"):
        postgres.ensure(data_dir)


def test_system_programs_serve_on_request(data_dir, monkeypatch):
    found = postgres_programs.system_programs()
    if not found or found[0].major < postgres_programs.OLDEST_MAJOR:
        pytest.skip("no PostgreSQL of the system's on this machine")
    monkeypatch.setenv("TANGGAP_PG", "system")
    assert ask(postgres.ensure(data_dir), "SHOW server_version_num")[:2] == str(found[0].major)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account to give")
def test_without_namespaces_root_starts_the_server_as_nobody(data_dir, monkeypatch):
    ordinary = postgres.account_for
    postgres.stop(postgres.ensure(data_dir))
    monkeypatch.setattr(postgres, "account_for", lambda programs: ordinary(programs, namespaces=False))
    server = postgres.ensure(data_dir)
    assert ask(server) == 1
    assert os.stat(f"/proc/{server.pid}").st_uid != 0
    postgres.stop(server)
    monkeypatch.setattr(postgres, "account_for", ordinary)
    assert ask(postgres.ensure(data_dir)) == 1


def test_a_temporary_server_leaves_nothing(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with postgres.temporary() as server:
        assert ask(server) == 1
        socket = ask(server, "SHOW unix_socket_directories")
    assert (server.cluster.parent.exists(), os.path.exists(socket)) == (False, False)


def test_the_temporary_server_of_a_killed_process_is_removed_by_the_next():
    script = (
        "import os, sys; from tanggap.lib import postgres\n"
        "with postgres.temporary() as server: print(server.cluster, flush=True); sys.stdin.read()"
    )
    command, pipe = [sys.executable, "-c", script], subprocess.PIPE
    owner = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    cluster = postgres.Path(owner.stdout.readline().strip())
    pid = postgres._pid_file(cluster)[0]
    owner.kill()
    owner.communicate()
    with postgres.temporary():
        pass
    assert (cluster.parent.exists(), postgres._lives_in(pid, cluster)) == (False, False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account to give")
def test_a_copy_of_the_programs_is_made_for_an_account_that_may_not_enter(tmp_path):
    source = postgres_programs.programs_for(tmp_path)
    hidden = tmp_path / "checkout"
    shutil.copytree(source.bin, hidden / "bin", symlinks=True)
    (hidden / "lib").mkdir()
    (hidden / "share").mkdir()
    hidden.chmod(0o700)
    account = postgres_programs.account_for(
        postgres_programs.Programs(hidden / "bin", source.major), namespaces=False
    )
    try:
        assert account.uid != 0
        assert account.programs.bin != hidden / "bin"
        assert (account.programs.bin / "postgres").stat().st_mode & 0o005 == 0o005
    finally:
        shutil.rmtree(account.programs.bin.parent)
