"""
Replay docker/Dockerfile without a container engine: its own steps, in a Debian tree, then its entry point.

Where no engine is at hand this tries what can be tried: every RUN, COPY, ENV and USER of the Dockerfile
is read from it and done in a tree made by mmdebstrap; then, as compose.yaml would, the roles are made
in a password-protected PostgreSQL, and the entry point runs as the image's user on a read-only root
until the image's own health check is content, and is stopped. Needs root, Debian's mmdebstrap and unshare.

    python docker/replay.py [--keep]
"""

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from replay_servers import servers

REPOSITORY = Path(__file__).resolve().parent.parent
SKIPPED = 77  # what test harnesses take for "could not be tried here"
BASE = ["mmdebstrap", "--quiet", "--variant=minbase", "--include=python3,python3-venv", "bookworm"]
HEALTHY_WITHIN = 120.0
STOPS_WITHIN = 50.0

Step = tuple[str, str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the tree for a look")
    keep = parser.parse_args().keep
    missing = [
        it for it in ("mmdebstrap", "unshare", "nsenter", "chroot") if shutil.which(it) is None
    ]
    if os.geteuid() != 0 or missing:
        why = f"{', '.join(missing)} is not installed" if missing else "only root can make the tree"
        sys.stderr.write(f"SKIPPED: the image was not replayed: {why}\n")
        return SKIPPED
    work = Path(tempfile.mkdtemp(prefix="replay-", dir="/var/tmp"))
    work.chmod(0o755)
    try:
        _replay(work)
    finally:
        if keep:
            sys.stdout.write(f"the tree is at {work}\n")
        else:
            shutil.rmtree(work)
    return 0


def steps_of(dockerfile: str) -> Iterator[Step]:
    """The instructions of a Dockerfile, comments and continued lines taken away."""
    joined = "\n".join(
        line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")
    ).replace("\\\n", " ")
    for line in filter(str.strip, joined.splitlines()):
        word, _, rest = line.strip().partition(" ")
        yield word.upper(), rest.strip()


def _replay(work: Path) -> None:
    base = work / "base"
    _tell("debian tree")
    subprocess.run([*BASE, base], check=True)
    _download_wheels(base / "wheels")
    image = Image(work, base)
    for word, rest in steps_of((REPOSITORY / "docker" / "Dockerfile").read_text()):
        _tell(f"{word} {rest[:80]}")
        image.perform(word, rest)
    with servers(work) as found:
        image.run(
            ["python3", "-m", "shared_kernel.embedded", "provision"],
            {**found.roles, "ADMIN_URL": found.admin_url},
        )
        image.serve({"SECRET_KEY": "replayed" * 8, **found.environment})
    _tell("the image was built, served as its own user on a read-only root, and stopped")


def _download_wheels(place: Path) -> None:
    """By the ordinary client of this machine, so that the tree needs to know no index."""
    _tell("locked wheels")
    lock = REPOSITORY / "requirements" / "prod.txt"
    command = [sys.executable, "-m", "pip", "download", "-qq", "--require-hashes", "--no-deps"]
    subprocess.run([*command, "--only-binary", ":all:", "-d", place, "-r", lock], check=True)


class Image:
    """The stage that is being built, and what it will run."""

    def __init__(self, work: Path, base: Path) -> None:
        self.work, self.base = work, base
        self.stages: dict[str, Path] = {}
        self.begin(f"stage{len(self.stages)}")

    def begin(self, name: str) -> None:
        self.root, self.name = self.work / name, name
        self.environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
        self.directory, self.user = "/", "0:0"
        self.entrypoint: list[str] = []
        self.health: list[str] = []

    def perform(self, word: str, rest: str) -> None:
        """Do one instruction; one that is not known here is an error, not a silence."""
        match word:
            case "FROM":
                self.begin(rest.partition(" AS ")[2] or "final")
                # cp knows device nodes; shutil would read /dev/zero for ever
                subprocess.run(["cp", "-a", str(self.base), str(self.root)], check=True)
                self.stages[self.name] = self.root
            case "ENV":
                self.environment.update(part.split("=", 1) for part in shlex.split(rest))
            case "WORKDIR":
                self.directory = rest
                self._inside(rest).mkdir(parents=True, exist_ok=True)
            case "USER":
                self.user = rest
            case "COPY":
                self._copy(rest.split())
            case "RUN":
                offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}
                subprocess.run(
                    self._chroot(["/bin/sh", "-c", f"cd {self.directory} && {rest}"]),
                    check=True,
                    env={**self.environment, **offline},
                )
            case "ENTRYPOINT":
                self.entrypoint = json.loads(rest)
            case "HEALTHCHECK":
                self.health = json.loads(rest.partition("CMD ")[2])
            case "EXPOSE":
                pass  # a note to readers of the image
            case _:
                raise ValueError(f"docker/replay.py does not know {word}: teach it, or drop it")

    def run(self, command: list[str], environment: dict[str, str]) -> None:
        """Run a command as the image's user on a read-only root, and demand that it succeeds."""
        subprocess.run(self._contained(command), check=True, env=self._with(environment))

    def serve(self, environment: dict[str, str]) -> None:
        """Run the entry point until its health check is content; then stop it as engines do."""
        full = self._with(environment)
        container = self._started(self._contained(self.entrypoint), full)
        try:
            self._wait_until_healthy(container, full)
        finally:
            _end(container)

    def _started(
        self, command: list[str], environment: dict[str, str]
    ) -> "subprocess.Popen[bytes]":
        """With an output that belongs to the image's user, as engines give it."""
        reading, writing = os.pipe()
        os.fchown(writing, *map(int, self.user.split(":")))
        container = subprocess.Popen(command, env=environment, stdout=writing, stderr=writing)
        os.close(writing)
        subprocess.Popen(["/bin/cat"], stdin=reading)  # ends with the last writer
        os.close(reading)
        return container

    def _wait_until_healthy(
        self, container: "subprocess.Popen[bytes]", environment: dict[str, str]
    ) -> None:
        begun = time.monotonic()
        health = self._chroot(["/usr/bin/env", "-C", self.directory, *self.health])
        while not _passes_inside(container, health, environment):
            if container.poll() is not None:
                raise RuntimeError("the entry point ended: read what it said above")
            if time.monotonic() - begun > HEALTHY_WITHIN:
                raise TimeoutError(f"not healthy after {HEALTHY_WITHIN:.0f} s")
            time.sleep(0.5)
        _tell(f"healthy after {time.monotonic() - begun:.1f} s")

    def _with(self, environment: dict[str, str]) -> dict[str, str]:
        return {**self.environment, **environment}

    def _inside(self, path: str) -> Path:
        return self.root / path.removeprefix("/")

    def _copy(self, words: list[str]) -> None:
        source = REPOSITORY
        if words[0].startswith("--from="):
            source = self.stages[words.pop(0).removeprefix("--from=")]
        *origins, target = words
        to = self._inside(os.path.join(self.directory, target))  # noqa: PTH118 - an absolute one wins
        for origin in origins:
            path = source / origin.removeprefix("/")
            if path.is_dir():
                caches = shutil.ignore_patterns("__pycache__", "*.pyc", ".env")
                shutil.copytree(path, to, symlinks=True, dirs_exist_ok=True, ignore=caches)
            else:
                is_directory = target.endswith("/") or to.is_dir()
                place = to / path.name if is_directory else to
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, place)

    def _chroot(self, command: list[str]) -> list[str]:
        return [str(shutil.which("chroot")), f"--userspec={self.user}", str(self.root), *command]

    def _contained(self, command: list[str]) -> list[str]:
        """In mounts and a process tree of its own: root read-only, RUN_DIR and /tmp in memory."""
        uid, gid = self.user.split(":")
        run_dir = self.environment["RUN_DIR"]
        script = f"""
            run={self.root}{run_dir} tmp={self.root}/tmp
            mount --bind {self.root} {self.root}
            mount -t proc proc {self.root}/proc
            mount --bind /dev {self.root}/dev
            mount -t tmpfs -o mode=1777 tmpfs {self.root}/dev/shm
            mount -o remount,bind,ro {self.root}
            mount -t tmpfs -o mode=1777 tmpfs $tmp
            mount -t tmpfs -o uid={uid},gid={gid},mode=0700 tmpfs $run
            exec "$@"
        """
        inner = self._chroot(["/usr/bin/env", "-C", self.directory, *command])
        namespaces = [
            str(shutil.which("unshare")),
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
        ]
        return [*namespaces, "/bin/sh", "-ec", script, "sh", *inner]


def _passes_inside(
    container: "subprocess.Popen[bytes]", command: list[str], environment: dict[str, str]
) -> bool:
    """Whether a command succeeds within the mounts and the process tree of the container."""
    first = _first_process(container)
    if first is None:
        return False
    enter = [str(shutil.which("nsenter")), "--target", str(first), "--mount", "--pid"]
    return subprocess.run([*enter, *command], check=False, env=environment).returncode == 0


def _first_process(container: "subprocess.Popen[bytes]") -> int | None:
    children = Path(f"/proc/{container.pid}/task/{container.pid}/children").read_text().split()
    return int(children[0]) if children else None


def _end(container: "subprocess.Popen[bytes]") -> None:
    """TERM for the first process inside, as engines send it; unshare itself is deaf to that."""
    begun = time.monotonic()
    first = _first_process(container)
    if first is not None:
        os.kill(first, signal.SIGTERM)
    try:
        container.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        container.kill()  # and with its first process, the kernel ends all that are inside
        container.wait()
        raise
    _tell(f"stopped after {time.monotonic() - begun:.1f} s")


def _tell(words: str) -> None:
    sys.stdout.write(f"== {words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
