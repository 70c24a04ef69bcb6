"""An empty Debian in a folder, with a process tree and a network of its own: what docs/install.md begins with."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# how this machine reaches its registries; nothing else of its environment goes in
REGISTRIES = re.compile(r"(?i)^(pip_.*|ssl_cert_.*|(https?|no)_proxy)$")
NAMES = "127.0.0.1 localhost laporan.example.id smtp.example.id\n"


class Root:
    """`run` commands in it; `close` ends everything that they started."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.holder: subprocess.Popen | None = None
        self.helpers: list[subprocess.Popen] = []

    def make(self) -> None:
        release = dict(
            line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line
        )
        command = ["debootstrap", "--variant=minbase", "--include=ca-certificates,procps",
                   release["VERSION_CODENAME"], str(self.folder)]  # fmt: skip
        # in memory: packages ask the disk for every file they write, and all of it is thrown away again
        self.folder.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4g,mode=755", "tmpfs", str(self.folder)], check=True
        )
        run = subprocess.run([*command, *mirror()], capture_output=True, text=True, timeout=600)
        assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
        for name in (
            "etc/apt/apt.conf.d",
            "etc/apt/sources.list.d",
            "usr/share/keyrings",
            "usr/local/share/ca-certificates",
        ):
            if (Path("/") / name).is_dir():
                shutil.copytree(Path("/") / name, self.folder / name, dirs_exist_ok=True, symlinks=True,
                                ignore_dangling_symlinks=True)  # fmt: skip
        for name in (
            "etc/apt/sources.list",
            "etc/resolv.conf",
            "etc/pip.conf",
            "etc/ssl/certs/ca-certificates.crt",
        ):
            if (Path("/") / name).is_file():
                shutil.copyfile(Path("/") / name, self.folder / name)
        own = Path.home() / ".config/pip"
        if own.is_dir():
            shutil.copytree(own, self.folder / "root/.config/pip", dirs_exist_ok=True)
        (self.folder / "etc/hosts").write_text(NAMES)
        self.put("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")  # packages start nothing by themselves
        self.put("usr/local/bin/systemctl", (HERE / "systemctl.py").read_text())

    def put(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)

    def boot(self) -> None:
        """A first process that holds the namespaces; its end is the end of all in them."""
        mounts = ["mount --make-rprivate /", f"mount -t proc proc {self.folder}/proc",
                  f"mount --rbind /dev {self.folder}/dev", f"mount -t tmpfs tmpfs {self.folder}/dev/shm"]  # fmt: skip
        for shelf in shelves():
            (self.folder / shelf.relative_to("/")).mkdir(parents=True, exist_ok=True)
            mounts.append(f"mount --bind {shelf} {self.folder}{shelf}")
        script = "\n".join(
            ["set -e", *mounts, "exec unshare --net sh -c 'ip link set lo up; exec sleep 5000'"]
        )
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script],
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.holder.poll() is None:
            if (first := self.first()) and Path(f"/proc/{first}/comm").read_text().strip() == "sleep":
                return
            time.sleep(0.05)
        raise AssertionError("the clean root did not come up")

    def first(self) -> str:
        assert self.holder is not None
        pid = self.holder.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().strip()

    def enter(self, network: bool) -> list[str]:
        """With `network`: this machine's own, for the registries; else the root's, where nothing is but itself."""
        return ["nsenter", "-t", self.first(), "-m", "-p", *([] if network else ["-n"])]

    def run(self, script: str, *, network: bool = False, timeout: float = 600) -> str:
        """The output of a shell script; a failing line fails the test, with what was said last."""
        told = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        told |= {name: value for name, value in os.environ.items() if REGISTRIES.match(name)}
        done = subprocess.run(
            [*self.enter(network), "chroot", str(self.folder), "sh", "-eu", "-c", script],
            env=told, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=timeout,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n---\n{done.stdout[-3000:]}{self.logs()}"
        return done.stdout

    def beside(self, *command: str) -> subprocess.Popen:
        """A program of the test's own in the root's network."""
        child = subprocess.Popen(["nsenter", "-t", self.first(), "-n", *command], stdin=subprocess.DEVNULL)
        self.helpers.append(child)
        return child

    def logs(self) -> str:
        found = sorted((self.folder / "var/log").glob("tanggap-*.log"))
        return "".join(f"\n--- {log.name}\n{log.read_text()[-1500:]}" for log in found)

    def close(self) -> None:
        for child in self.helpers:
            child.kill()
            child.wait()
        if self.holder is not None:
            self.holder.kill()
            self.holder.wait()
        subprocess.run(["umount", "--lazy", str(self.folder)], check=False)


def mirror() -> list[str]:
    """Where this machine's own packages come from."""
    for file in sorted(Path("/etc/apt/sources.list.d").glob("*.sources")):
        if found := re.search(r"(?m)^URIs:\s*(\S+)", file.read_text()):
            return [found[1]]
    listed = Path("/etc/apt/sources.list")
    found = re.search(r"(?m)^deb (?:\[[^]]*\] )?(\S+)", listed.read_text()) if listed.is_file() else None
    return [found[1]] if found else []


def shelves() -> list[Path]:
    """Folders of this machine that pip is told to look into."""
    told = subprocess.run(["python3", "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    said = " ".join([told, *(value for name, value in os.environ.items() if name.startswith("PIP_"))])
    named = [Path(name) for name in re.findall(r"(?:file://)?(/[\w./-]+)", said)]
    folders = {
        Path(*path.parts[:3]) for path in named if path.is_dir() and path.parts[1] in ("opt", "srv", "mnt")
    }
    return sorted(folders)


def pack(into: Path, version: str) -> None:
    """The release: every file of the repository as it stands, under one folder."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    ).stdout
    names = [name for name in listed.decode().split("\0") if name and (REPOSITORY / name).exists()]
    subprocess.run(
        ["tar", "-czf", str(into / f"tanggap-{version}.tar.gz"), f"--transform=s,^,tanggap-{version}/,", "-T", "-"],
        cwd=REPOSITORY, input="\n".join(names), text=True, check=True,
    )  # fmt: skip
