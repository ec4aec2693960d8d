"""What `dragoman doctor` looks at: each check tells what it found and, if it is wrong, the command that mends it."""

import asyncio
import json
import platform
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dragoman.local.broker import jars_folder
from dragoman.local.disk import free_bytes, rather_little, shown, too_little, unusable
from dragoman.local.heard import heard
from dragoman.local.reached import reached
from dragoman.local.refusal import STAGES_WITH_ENGINES, require_engines
from dragoman.runtime.called import called
from dragoman.runtime.errors import DragomanError
from dragoman.runtime.reach import kafka_trouble, redis_trouble, without_password
from dragoman.runtime.settings import Settings, unknown_variables
from schemas.languages import ANY, AUTO

if TYPE_CHECKING:
    from workers.synthesize.cores import Cores

_JAVA_AT_LEAST = 17
_ENGINE_START_S = 60.0
_LOOKED_FOR_S = 1.0
"""At what a container uses, after the engines' start."""
_LANGUAGES_SHOWN = 20


FindingState = Literal["ok", "note", "missing"]


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    state: FindingState
    """`missing`: something that is needed does not work."""
    text: str


async def check_all(settings: Settings) -> AsyncIterator[Finding]:
    """Every finding, as soon as it is known. Engines are really started and stopped again."""
    yield Finding("ok", f"Python {platform.python_version()}")
    for line in unknown_variables():
        yield Finding("note", line)
    for finding in check_programs(settings):
        yield finding
    yield check_disk(settings.data)
    async for finding in check_servers(settings):
        yield finding
    async for finding in check_engines(settings):
        yield finding
    for finding in check_models(settings):
        yield finding


def check_programs(settings: Settings) -> Iterator[Finding]:
    """The programs that are needed whatever engines there are."""
    yield _program("setpriv", "util-linux")
    if not settings.redis:
        yield _program("redis-server", "redis-server")
    if not settings.kafka:
        yield _java()
        if jars_folder().is_dir():
            yield Finding("ok", f"the jars of Apache Kafka in {jars_folder()}")
        else:
            yield _program("mvn", "maven")


def check_disk(data: Path) -> Finding:
    """Whether the data folder has room."""
    try:
        free = free_bytes(data)
    except OSError as error:
        return Finding("missing", unusable(data, error))
    if trouble := too_little(data, free):
        return Finding("missing", trouble)
    if warning := rather_little(data, free):
        return Finding("note", warning)
    return Finding("ok", f"{free / 1e9:.0f} GB free for the data folder {data}")


def check_models(settings: Settings) -> Iterator[Finding]:
    """Which better models could be had."""
    from dragoman.models.folder import ModelsFolder, models_folder
    from dragoman.models.manifest import SHIPPED, read_manifest

    folder = ModelsFolder(models_folder(settings.models))
    manifest = read_manifest(Path(settings.models_manifest or SHIPPED))
    engines = {name for stage in STAGES_WITH_ENGINES for name in settings.engines_of(stage)}
    absent = [m for m in manifest.models if m.default and m.engine in engines and folder.state(m) != "there"]
    if absent:
        names = " ".join(model.name for model in absent)
        size = shown(sum(model.bytes for model in absent))
        yield Finding("note", f"better models could be had, {size}: {called()} models fetch {names}")


async def check_servers(settings: Settings) -> AsyncIterator[Finding]:
    """Whether Kafka and Redis answer: those of the settings, else those that a running `dragoman up` has started."""
    run = _running(settings.data)
    for name, address, trouble_of in (
        ("Kafka", settings.kafka or run.get("kafka", ""), kafka_trouble),
        ("Redis", settings.redis or run.get("redis", ""), redis_trouble),
    ):
        if not address:
            yield Finding("note", f"{name} does not run; `{called()} up` starts it")
        elif trouble := await trouble_of(address):
            yield Finding("missing", trouble)
        else:
            yield Finding("ok", f"{name} answers at {without_password(address)}")


async def check_engines(settings: Settings) -> AsyncIterator[Finding]:
    """Which languages work from end to end, then what each engine can do."""
    from workers.synthesize.cores import Cores

    working: dict[str, list[Any]] = {stage: [] for stage in STAGES_WITH_ENGINES}
    findings = [
        finding
        for stage in STAGES_WITH_ENGINES
        for name in settings.engines_of(stage)
        async for finding in check_engine(stage, name, settings, working[stage].append)
    ]
    findings += [Finding("missing", f"{stage}: no engine works") for stage, those in working.items() if not those]
    if working["translate"]:
        from workers.translate.engines import joined

        working["translate"] = joined(working["translate"])
    cores = Cores()
    await asyncio.sleep(_LOOKED_FOR_S)
    try:
        choice = _choice(working["synthesize"], settings, cores)
    except DragomanError as error:
        yield Finding("missing", str(error))
        choice = _choice(working["synthesize"], settings.model_copy(update={"voices": ""}), cores)
    voices = {language: voicing.engine for language, voicing in choice.voicings().items()}
    for line in reached(working["transcribe"], working["translate"], voices):
        yield Finding("ok", line)
    for line in heard(working["synthesize"], choice):
        yield Finding("ok", line)
    for finding in findings:
        yield finding


def _choice(synthesizers: list[Any], settings: Settings, cores: "Cores") -> Any:
    """Of the voice for each language. Raises SettingsError for voices that the settings name and that there are not."""
    from workers.synthesize.choice import Choice
    from workers.synthesize.pins import check_pins

    return Choice(synthesizers, check_pins(settings, synthesizers), cores.beside)


async def check_engine(
    stage: str, name: str, settings: Settings, on_working: Callable[[Any], None]
) -> AsyncIterator[Finding]:
    """Whether an engine works here, and for which languages. One that nobody named may be missing."""
    from workers.errors import EngineError

    try:
        require_engines(stage, settings)
        engine: Any = import_module(f"workers.{stage}.engines").create(name, settings)
    except (DragomanError, EngineError) as error:
        yield Finding("missing", f"{stage}: {error}")
        return
    except ImportError as error:
        yield Finding("missing", f"{stage} with {name}: {error}: make setup, or pip install 'dragoman[{name}]'")
        return
    try:
        async with asyncio.timeout(_ENGINE_START_S):
            await engine.start()
        on_working(engine)
        languages = _targets(engine) if stage == "translate" else engine.languages
        yield Finding("ok", f"{stage} with {name}: {_listed(languages)}")
        for trouble in getattr(engine, "troubles", ()):  # few engines can work with something missing
            yield Finding("missing", f"{stage} with {name}: {trouble}")
        if (stage, name) == ("translate", "apertium"):
            for finding in _pairs_not_installed(languages):
                yield finding
    except (DragomanError, EngineError, TimeoutError) as error:
        detail = next(iter(error.args), "") or "it does not start"  # without the sentence that is the error's kind
        named = name in (*settings.listed(f"{stage}_engines"), *settings.listed("engines"))
        state: FindingState = "missing" if named else "note"
        yield Finding(state, f"{stage} with {name}: {detail}")
    finally:
        await engine.close()


def _targets(translator: Any) -> frozenset[str]:
    """From English; of one that does not know it, all."""
    every = frozenset(target for source in translator.sources for target in translator.targets(source))
    return translator.targets("en") or every


def _listed(languages: frozenset[str]) -> str:
    languages -= {AUTO}
    if ANY in languages:
        return "every language"
    return " ".join(sorted(languages)) if len(languages) <= _LANGUAGES_SHOWN else f"{len(languages)} languages"


def _pairs_not_installed(languages: frozenset[str]) -> Iterator[Finding]:
    from workers.translate.routes import PACKAGES

    for language, package in PACKAGES.items():
        if language not in languages:
            yield Finding("note", f"no translation to {language}: sudo apt-get install -y {package}")


def _program(name: str, package: str) -> Finding:
    if shutil.which(name) is None:
        return Finding("missing", f"{name}: sudo apt-get install -y {package}")
    return Finding("ok", name)


def _java() -> Finding:
    present = _program("java", "default-jre-headless")
    if present.state == "missing":
        return present
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, timeout=20, check=False).stderr
    version = re.search(r'"(\d+)[^"]*"', said)
    if version is None or int(version[1]) < _JAVA_AT_LEAST:
        found = said.splitlines()[0] if said else "java says nothing"
        return Finding("missing", f"Java {_JAVA_AT_LEAST} ({found}): sudo apt-get install -y default-jre-headless")
    return Finding("ok", f"java {version[0].strip(chr(34))}")


def _running(data: Path) -> dict[str, Any]:
    try:
        run: dict[str, Any] = json.loads((data / "run.json").read_text())
    except (OSError, ValueError):
        return {}
    return run
