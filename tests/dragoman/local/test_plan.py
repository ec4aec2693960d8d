import socket
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from dragoman.local.plan import Plan, count_workers, make_plan
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings, read_settings


def settings(tmp_path: Path, **others: object) -> Settings:
    """Settings with servers that are already there, so that nothing has to be prepared."""
    given = {"kafka": "127.0.0.1:1", "redis": "redis://127.0.0.1:2/0", "port": 0, "operator_port": 0, **others}
    return read_settings(data=tmp_path, **given)


def plan(tmp_path: Path, **others: object) -> Plan:
    return make_plan(settings(tmp_path, **others), lambda line: None)


def test_there_is_one_worker_of_each_stage_unless_said() -> None:
    assert count_workers("") == {"transcribe": 1, "translate": 1, "synthesize": 1, "broadcast": 1}
    assert count_workers("transcribe=2, synthesize=0")["transcribe"] == 2
    assert count_workers("transcribe=2, synthesize=0")["synthesize"] == 0


@pytest.mark.parametrize("text", ["transcribe", "transcribe=", "transcribe=-1", "speak=1", "transcribe=1=2"])
def test_workers_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(DragomanError, match="STAGE=NUMBER"):
        count_workers(text)


def test_every_process_has_a_name_and_a_port_of_its_own(tmp_path: Path) -> None:
    made = plan(tmp_path, workers="transcribe=2")
    names = [part.program.name for part in made.parts]
    assert names == ["gateway", "transcribe-0", "transcribe-1", "translate-0", "synthesize-0", "broadcast-0"]
    assert len({part.operator_port for part in made.parts} | {int(made.url.rpartition(":")[2])}) == 7
    for part in made.parts:
        assert part.program.environment["DRAGOMAN_INSTANCE"] == part.program.name
        assert part.program.environment["DRAGOMAN_OPERATOR_PORT"] == str(part.operator_port)
    assert made.workers[1].program.argv[1:] == ("-m", "workers.transcribe")


def test_children_read_the_settings_of_their_parent(tmp_path: Path) -> None:
    made = plan(tmp_path, engines="scripted", grace_s=5.5)
    for part in made.parts:
        environment = part.program.environment
        assert environment["DRAGOMAN_ENGINES"] == "scripted"
        assert environment["DRAGOMAN_GRACE_S"] == "5.5"
        assert environment["DRAGOMAN_DATA"] == str(tmp_path)
        assert environment["DRAGOMAN_KAFKA"] == "127.0.0.1:1"
        assert len(environment["DRAGOMAN_SECRET"]) >= 32


def test_the_secret_of_the_settings_wins(tmp_path: Path) -> None:
    assert plan(tmp_path, secret="said").gateway.program.environment["DRAGOMAN_SECRET"] == "said"


def test_servers_that_are_given_are_not_started(tmp_path: Path) -> None:
    assert plan(tmp_path).servers == ()
    made = plan(tmp_path, redis=None)
    assert [server.name for server in made.servers] == ["redis"]
    assert made.redis == f"redis://127.0.0.1:{made.servers[0].argv[4]}/0"
    assert made.servers[0].environment["DRAGOMAN_DATA"] == str(tmp_path)


def test_the_gateway_stops_first_and_kafka_last(tmp_path: Path) -> None:
    workers = ["transcribe-0", "translate-0", "synthesize-0", "broadcast-0"]
    assert plan(tmp_path).stop_order == [["gateway", "ops"], workers, ["redis"], ["kafka"]]


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(DragomanError, match=rf"^port {port} is taken on 127\.0\.0\.1: .*DRAGOMAN_PORT"):
            plan(tmp_path, port=port)
        with pytest.raises(DragomanError, match=rf"operator port {port} is taken .*DRAGOMAN_OPERATOR_PORT"):
            plan(tmp_path, operator_port=port - 2)  # the second worker's


def test_all_taken_ports_are_said_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        port, operator_port = one.getsockname()[1], other.getsockname()[1]
        with pytest.raises(
            DragomanError, match=rf"^port {port} .*--port .*; operator port {operator_port} .*--operator"
        ):
            plan(tmp_path, port=port, operator_port=operator_port)


def test_operator_ports_that_were_not_said_are_free_ones(tmp_path: Path) -> None:
    with ExitStack() as stack:
        with suppress(OSError):  # taken already is as good
            stack.enter_context(socket.create_server(("127.0.0.1", 8082)))
        ports = [part.operator_port for part in plan(tmp_path, operator_port=None).parts]
    assert len(set(ports)) == 5
    assert min(ports) >= 8081
    assert 8082 not in ports


def test_operator_ports_leave_the_gateways_alone(tmp_path: Path) -> None:
    with pytest.raises(DragomanError, match="is one of the operator ports"):
        plan(tmp_path, port=29001, operator_port=29000)


@pytest.mark.parametrize(
    ("host", "cert", "url"),
    [
        ("127.0.0.1", "", "http://127.0.0.1:"),
        ("0.0.0.0", "", "http://127.0.0.1:"),
        ("::1", "", "http://[::1]:"),
        ("localhost", "cert.pem", "https://localhost:"),
    ],
)
def test_the_url_is_where_this_machine_reaches_the_gateway(tmp_path: Path, host: str, cert: str, url: str) -> None:
    assert plan(tmp_path, host=host, tls_cert=cert or None).url.startswith(url)
