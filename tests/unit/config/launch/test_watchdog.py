import io
import json
import os
import signal
import subprocess

import pytest

from config.launch.watchdog import watch


def event(name: str, **facts: object) -> str:
    payload = " ".join(f"{key}:{value}" for key, value in facts.items())
    return f"ver:3.0 server:supervisor eventname:{name} len:{len(payload)}\n{payload}"


@pytest.fixture
def asked_to_end(monkeypatch):
    """Whom the watchdog told to end, instead of telling them."""
    told = []
    monkeypatch.setattr(os, "kill", lambda pid, number: told.append((pid, number)))
    return told


def hear(*events: str, environment: dict[str, str] | None = None) -> tuple[str, list[dict]]:
    answers, log = io.StringIO(), io.StringIO()
    watch(io.StringIO("".join(events)), answers, log, environment or {})
    return answers.getvalue(), [json.loads(line) for line in log.getvalue().splitlines()]


class TestWatch:
    def test_it_answers_each_event_as_supervisord_demands(self):
        answers, _ = hear(event("TICK_5", when=1), event("TICK_5", when=2))
        assert answers == "READY\nRESULT 2\nOKREADY\nRESULT 2\nOKREADY\n"

    def test_it_tells_each_change_as_one_json_line(self, asked_to_end):
        _, lines = hear(event("PROCESS_STATE_RUNNING", processname="web", pid=1))
        assert [(it["program"], it["state"], it["level"]) for it in lines] == [
            ("web", "running", "info")
        ]
        assert asked_to_end == []

    def test_a_program_that_gave_up_ends_the_set(self, asked_to_end):
        _, lines = hear(event("PROCESS_STATE_FATAL", processname="relay"))
        assert asked_to_end == [(os.getppid(), signal.SIGTERM)]
        assert lines[-1]["reason"] == "a program gave up"

    def test_a_launcher_that_is_gone_ends_the_set(self, asked_to_end, tmp_path):
        lock = tmp_path / "run.lock"
        lock.touch()
        hear(event("TICK_5", when=1), environment={"LAUNCH_LOCK": str(lock)})
        assert asked_to_end == [(os.getppid(), signal.SIGTERM)]

    def test_a_launcher_that_lives_does_not(self, asked_to_end, tmp_path):
        lock = tmp_path / "run.lock"
        with subprocess.Popen(["/usr/bin/flock", lock, "cat"], stdin=subprocess.PIPE) as launcher:
            while (
                subprocess.run(["/usr/bin/flock", "-n", lock, "true"], check=False).returncode == 0
            ):
                pass
            hear(event("TICK_5", when=1), environment={"LAUNCH_LOCK": str(lock)})
            launcher.stdin.close()
        assert asked_to_end == []

    def test_without_a_launcher_no_lock_is_asked_for(self, asked_to_end):
        hear(event("TICK_5", when=1))
        assert asked_to_end == []

    def test_children_of_a_killed_program_are_ended(self):
        leader = subprocess.Popen(
            ["/bin/sh", "-c", "sleep 60 & echo $!; exec sleep 60"],
            stdout=subprocess.PIPE,
            process_group=0,
            text=True,
        )
        leader.stdout.readline()
        leader.kill()
        leader.wait()
        os.killpg(leader.pid, 0)
        hear(event("PROCESS_STATE_EXITED", processname="web", pid=leader.pid))
        assert leader.stdout.read() == ""
