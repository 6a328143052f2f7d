import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from config.launch import LaunchError, launch
from config.launch.errors import AlreadyRunningError, MigrationFailedError, ProgramFailedError
from config.launch.leftovers import _marked
from shared_kernel import embedded
from tests.integration.config.launch.miniature import REPOSITORY, build

RUN = """
import sys
from pathlib import Path
from config.launch import run
sys.exit(run(Path(sys.argv[1])))
"""


def clean_environment(**more: str) -> dict[str, str]:
    """The environment of somebody who has set nothing."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, **more}


def processes_of(base: Path) -> list[str]:
    """Every process that works in that clone, its servers too."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            where = (entry / "cwd").readlink()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        ours = where == base or where.is_relative_to(
            embedded.addresses.layout_of(base, "main").state
        )
        if ours and state != "Z":
            found.append((entry / "cmdline").read_text().replace("\0", " "))
    return found


def house(address: str) -> dict[str, object]:
    with urlopen(f"{address}/house", timeout=10) as answer:
        return json.load(answer)


def within(seconds: float, condition, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    base = build(tmp_path_factory.mktemp("a house") / "clone")
    yield base
    embedded.destroy(base)


class TestALaunchedHouse:
    @pytest.fixture(scope="class")
    @classmethod
    def running(cls, clone):
        with launch(clone, carry_out="room", environment=clean_environment()) as running:
            yield running

    def test_every_set_answers_for_its_own_contexts_from_its_own_database(self, running):
        main, room = (house(running.addresses[name]) for name in ("main", "room"))
        assert (main["PROCESS_SET"], room["PROCESS_SET"]) == ("main", "room")
        assert (main["LOCAL_CONTEXTS"], room["LOCAL_CONTEXTS"]) == ("all,-room", "room")
        assert main["BUS_REMOTES"] == f"room={room['BUS_LISTEN']}"
        assert room["BUS_REMOTES"] == f"hall={main['BUS_LISTEN']}"
        assert "@/verdict?" in main["DATABASE_URL"]
        assert "@/room?" in room["DATABASE_URL"]

    def test_every_program_did_its_work(self, running):
        everyone = ["beat", "busserver", "relay", "web"]
        for address in running.addresses.values():
            within(20, lambda it=address: house(it)["notes"] == everyone, "a note of each program")

    def test_a_second_launch_of_the_clone_is_told_where_the_first_is(self, running, clone):
        with pytest.raises(AlreadyRunningError, match=running.addresses["main"]):
            launch(clone, environment=clean_environment())

    @pytest.mark.parametrize("program", ["web", "worker", "relay"])
    def test_a_killed_program_comes_back(self, running, program):
        supervised = running.supervised[1]
        before = _pid(supervised, program)
        os.kill(before, signal.SIGKILL)
        within(
            20,
            lambda: (
                _pid(supervised, program) not in {0, before}
                and supervised.states()[program] == "RUNNING"
            ),
            f"{program} runs again",
        )
        within(20, lambda: _answers(running.addresses["main"]), "the house answers")
        within(5, lambda: not _group_lives(before), "its children, unwatched now, are ended")

    def test_what_is_logged_by_web_and_watchdog_is_one_json_object_a_line(self, running):
        for program in ("web", "watchdog"):
            lines = (running.logs / "main" / f"{program}.log").read_text().splitlines()
            assert lines
            for line in lines:
                assert {"event", "level", "logger", "timestamp"} <= json.loads(line).keys()

    def test_its_secret_is_its_owners_alone(self, running, clone):
        secret = clone / "var" / "secret-key"
        assert secret.stat().st_mode & 0o777 == 0o600
        assert len(secret.read_text()) >= 50
        assert running.environment["SECRET_KEY"] == secret.read_text()


class TestTheEnd:
    def test_a_taken_port_is_left_to_its_owner_and_nothing_stays_behind(self, clone):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with launch(clone, port=port, environment=clean_environment()) as running:
                assert running.addresses["main"] != f"http://127.0.0.1:{port}"
                assert house(running.addresses["main"])["PROCESS_SET"] == "main"
                assert len(processes_of(clone)) > 6
        assert processes_of(clone) == []

    @pytest.mark.parametrize(
        ("moment", "number"),
        [
            ("starting", signal.SIGINT),
            ("migrating", signal.SIGTERM),
            ("waiting", signal.SIGINT),
            ("ready", signal.SIGTERM),
        ],
    )
    def test_whenever_it_is_asked_to_stop_nothing_stays_behind(self, clone, number, moment):
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, clone],
            cwd=REPOSITORY,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        for line in process.stdout:
            if moment in line:
                break
        process.send_signal(number)
        assert "stopped" in process.stdout.read()
        assert process.wait(60) == 0
        assert processes_of(clone) == []

    def test_servers_that_already_ran_go_on(self, clone):
        embedded.start(clone)
        with launch(clone, environment=clean_environment()):
            pass
        assert embedded.status(clone).answers
        embedded.stop(clone)

    def test_a_killed_launcher_takes_its_processes_along(self, clone):
        _launch_and_kill(clone)
        embedded.stop(clone)
        within(40, lambda: processes_of(clone) == [], "the watchdog ended the set")

    def test_a_launch_right_after_a_killed_one_ends_its_processes_first(self, clone):
        traces = _launch_and_kill(clone)
        assert len(processes_of(clone)) > 6
        with launch(clone, environment=clean_environment()) as running:
            assert list(_marked(traces[0])) == []
            assert not Path(traces[1]).exists()
            assert house(running.addresses["main"])["PROCESS_SET"] == "main"
        embedded.stop(clone)
        assert processes_of(clone) == []


def _launch_and_kill(clone: Path) -> list[str]:
    """Launch, kill the launcher when all is ready; what it noted about itself."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, clone],
        cwd=REPOSITORY,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if "ready" in line:
            break
    traces = (clone / "var" / "run.launch").read_text().splitlines()
    process.kill()
    process.wait()
    return traces


class TestWhatCannotStart:
    def test_a_program_that_gives_up_is_quoted(self, clone):
        environment = clean_environment(BROKEN="relay", START_RETRIES="0", START_SECONDS="8")
        with pytest.raises(ProgramFailedError, match=r"(?s)main/relay gave up.*broken on purpose"):
            launch(clone, environment=environment)
        assert processes_of(clone) == []

    def test_a_migration_that_fails_is_quoted(self, clone):
        migration = clone / "contexts/room/migrations/0002_broken.py"
        migration.write_text("raise RuntimeError('no such column as you think')\n")
        try:
            with pytest.raises(MigrationFailedError, match="no such column as you think"):
                launch(clone, environment=clean_environment())
        finally:
            migration.unlink()
        assert processes_of(clone) == []

    def test_servers_named_by_halves_are_a_question_to_the_caller(self, clone):
        environment = clean_environment(DATABASE_URL="postgresql://elsewhere/verdict")
        with pytest.raises(LaunchError, match="Set DATABASE_OWNER_URL"):
            launch(clone, environment=environment)

    def test_a_context_that_does_not_exist_cannot_be_carried_out(self, clone):
        with pytest.raises(ValueError, match="'attic' is no context; choose one of hall, room"):
            launch(clone, carry_out="attic", environment=clean_environment())
        assert processes_of(clone) == []


def _pid(supervised, program: str) -> int:
    return supervised.pids().get(program, 0)


def _group_lives(number: int) -> bool:
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


def _answers(address: str) -> bool:
    try:
        return house(address)["PROCESS_SET"] == "main"
    except OSError:
        return False
