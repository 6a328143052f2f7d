import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from config.launch.container import is_healthy, serve
from config.launch.errors import LaunchError
from config.launch.ports import reserved_port
from config.launch.process_sets import PROGRAMS, carried_out, contexts_of, whole
from config.launch.secret import secret_key
from config.launch.servers import uses_embedded

REPOSITORY = Path(__file__).parents[4]
SERVERS = {
    "DATABASE_URL": "postgresql://app@db/verdict",
    "DATABASE_OWNER_URL": "postgresql://owner@db/verdict",
    "REDIS_URL": "redis://redis",
}


class TestProcessSets:
    def test_the_usual_house_is_one_set_without_a_bus_to_others(self):
        (main,) = whole(port=8000)
        assert main.address == "http://127.0.0.1:8000"
        assert "busserver" not in main.programs
        assert "BUS_LISTEN" not in main.environment

    def test_a_context_carried_out_and_the_house_know_each_other(self):
        outside, house = carried_out(
            "calculator",
            contexts=["calculator", "coupons", "taxes"],
            sockets=Path("/run/x"),
            port=8000,
            context_port=8100,
            database={"DATABASE_URL": "postgresql://app@db/calculator"},
        )
        assert (outside.name, house.name) == ("calculator", "main")
        assert outside.environment == {
            "DATABASE_URL": "postgresql://app@db/calculator",
            "PORT": "8100",
            "LOCAL_CONTEXTS": "calculator",
            "BUS_LISTEN": "unix:/run/x/calculator.bus",
            "BUS_REMOTES": "coupons=unix:/run/x/main.bus;taxes=unix:/run/x/main.bus",
        }
        assert house.environment == {
            "PORT": "8000",
            "LOCAL_CONTEXTS": "all,-calculator",
            "BUS_LISTEN": "unix:/run/x/main.bus",
            "BUS_REMOTES": "calculator=unix:/run/x/calculator.bus",
            "EDGE_FORWARDS": "calculator=http://127.0.0.1:8100",
        }

    def test_every_program_is_one_of_the_supervisors_and_the_other_way_round(self):
        text = (REPOSITORY / "docker" / "supervisord.conf").read_text()
        described = {line[9:-1] for line in text.splitlines() if line.startswith("[program:")}
        assert described == set(PROGRAMS)

    def test_contexts_are_those_with_an_application(self):
        assert "calculator" in contexts_of(REPOSITORY)


class TestServers:
    def test_without_any_address_the_clones_own_are_meant(self):
        assert uses_embedded({"DATABASE_URL": ""})
        assert not uses_embedded(SERVERS)

    @pytest.mark.parametrize("missing", SERVERS)
    def test_addresses_are_given_together_or_not(self, missing):
        with pytest.raises(LaunchError, match=f"Set {missing}: "):
            uses_embedded({name: url for name, url in SERVERS.items() if name != missing})


class TestContainer:
    @pytest.mark.parametrize("missing", [*SERVERS, "SECRET_KEY"])
    def test_a_container_makes_up_neither_servers_nor_secrets(self, missing):
        environment = {name: "x" for name in (*SERVERS, "SECRET_KEY") if name != missing}
        with pytest.raises(LaunchError, match=f"Set {missing}: "):
            serve(REPOSITORY, environment)

    def test_an_unknown_program_is_refused_before_anything_is_touched(self):
        environment = {**SERVERS, "SECRET_KEY": "x", "PROGRAMS": "web,cron"}
        with pytest.raises(LaunchError, match="Set PROGRAMS: a comma-separated choice of web"):
            serve(REPOSITORY, environment)

    @pytest.mark.parametrize("programs", ["web", "worker,relay"])
    def test_a_container_whose_supervisor_is_silent_is_not_healthy(self, tmp_path, programs):
        assert not is_healthy({"PROGRAMS": programs, "RUN_DIR": str(tmp_path)})


class TestPorts:
    def test_the_preferred_one_is_taken_when_free_and_another_when_not(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with reserved_port(port) as other:
                assert other not in {0, port}
        with reserved_port(port) as same:
            assert same == port

    def test_only_one_of_many_who_ask_at_the_same_moment_is_given_it(self):
        together, with_all_held = Barrier(8), Barrier(8)
        with reserved_port() as port:
            pass

        def ask(_: int) -> int:
            together.wait()
            with reserved_port(port) as given:
                with_all_held.wait()
                return given

        for _ in range(20):
            with ThreadPoolExecutor(8) as pool:
                given = list(pool.map(ask, range(8)))
            assert len(set(given)) == len(given)

    def test_a_web_process_that_shares_its_port_may_listen_there_and_another_launch_is_sent_on(
        self,
    ):
        with reserved_port() as port, socket.socket() as web:
            web.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            web.bind(("127.0.0.1", port))
            web.listen()
            with reserved_port(port) as other:
                assert other != port
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                web.accept()[0].close()


class TestSecretKey:
    def test_it_is_made_once_and_for_its_owner_only(self, tmp_path):
        made = secret_key(tmp_path / "run")
        assert secret_key(tmp_path / "run") == made
        assert len(made) >= 50
        assert [file.name for file in (tmp_path / "run").iterdir()] == ["secret-key"]
        assert (tmp_path / "run" / "secret-key").stat().st_mode & 0o777 == 0o600
