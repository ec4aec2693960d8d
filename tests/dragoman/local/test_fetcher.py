"""What `dragoman up` fetches while it runs, by what Redis says and with children that do as the test says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from dragoman.local.fetcher import Fetcher, Processes
from dragoman.models.fetch_child import Report
from dragoman.models.folder import NOTE, Note
from dragoman.models.manifest import Model, Site
from dragoman.runtime.settings import Settings
from schemas.fetching import Fetching, asked_key, fetching_key
from tests.dragoman.models.places import a_file, a_manifest, a_model, mozilla_registry, serving
from tests.processes import until

HOST = "models.example"


def pair(name: str, **others: Any) -> Model:
    facts: dict[str, Any] = {"kind": "translation", "engine": "firefox", "languages": ("en", name[-2:]), **others}
    return a_model(name, Site(url=f"https://{HOST}/"), files=(a_file("model.bin", b"weights"),), **facts)


KNOWN = (
    pair("firefox-en-de"),
    pair("firefox-en-it"),
    pair("firefox-en-fr", stand_in="firefox-en-fr-tiny"),
    pair("firefox-en-fr-tiny", languages=("en", "fr")),
    pair("whisper", kind="recogniser", engine="whisper"),
    pair("piper-xx", kind="voice", engine="piper"),
)


class Children:
    """Answers with what the test prepared."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.hosts: tuple[str, ...] = (HOST,)
        self.refused: OSError | None = None
        self.reports: dict[str, Report] = {}
        self.ran: list[str] = []
        self.held = asyncio.Event()
        self.held.set()

    async def run(self, name: str) -> Report:
        self.ran.append(name)
        if self.refused:
            raise self.refused
        if name == "--reach":
            return Report(hosts=self.hosts)
        await self.held.wait()
        if name in self.reports:
            return self.reports[name]
        appear(self._folder, name)
        return Report(fetched=True)


def appear(folder: Path, name: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "model.bin").write_bytes(b"weights")
    files = (a_file("model.bin", b"weights"),)
    (folder / name / NOTE).write_bytes(msgspec.json.encode(Note(name=name, fetched_at="", places=(), files=files)))


class Machine:
    """A fetcher with its surroundings."""

    def __init__(self, folder: Path, redis: Any) -> None:
        manifest, self.models = folder / "manifest.json", folder / "models"
        manifest.write_bytes(msgspec.json.encode(a_manifest(*KNOWN)))
        self.settings = Settings(
            models=str(self.models), models_manifest=str(manifest), translate_engines="firefox", engines="scripted"
        )
        self.children, self.said, self.now, self.free = Children(self.models), list[str](), [0.0], [10**12]
        self.redis = redis
        self.fetcher = Fetcher(
            self.settings, redis, self.said.append, self.children, lambda: self.now[0], lambda _: self.free[0]
        )

    async def ask(self, *names: str, ago_ms: int = 0) -> None:
        seconds, microseconds = await self.redis.time()
        at = seconds * 1000 + microseconds // 1000 - ago_ms
        await self.redis.zadd(asked_key(), dict.fromkeys(names, at))

    async def states(self) -> dict[str, str]:
        await self.fetcher.look()
        told = msgspec.json.decode(await self.redis.get(fetching_key()), type=Fetching)
        return {name.removeprefix("firefox-en-"): model.state for name, model in told.models.items()}

    async def reach(self, wanted: Callable[[dict[str, str]], object]) -> dict[str, str]:
        while not wanted(states := await self.states()):  # noqa: ASYNC110  # the state is in Redis
            await asyncio.sleep(0.001)
        return states


@pytest.fixture
async def machine(tmp_path: Path, redis: Redis) -> AsyncIterator[Machine]:
    await redis.delete(asked_key(), fetching_key())
    yield Machine(tmp_path, redis)
    await redis.delete(asked_key(), fetching_key())


async def test_what_is_asked_for_is_fetched_one_after_the_other(machine: Machine) -> None:
    states = await machine.reach(bool)
    assert states == {"de": "absent", "fr": "absent", "it": "absent"}, "stand-ins come by themselves"
    machine.children.held.clear()
    await machine.ask("firefox-en-de", "firefox-en-it", "nonsense", "whisper", "piper-xx")
    assert await machine.states() == {"de": "fetching", "fr": "absent", "it": "waiting"}
    await asyncio.sleep(0)
    assert machine.children.ran[1:] == ["firefox-en-de"]
    machine.children.held.set()
    assert await machine.reach(lambda states: states["it"] == "fetched") == {
        "de": "fetched",
        "fr": "absent",
        "it": "fetched",
    }
    assert machine.said == [
        "fetching firefox-en-de (0 MB), as somebody listens to a language that lacks it",
        "firefox-en-de is there",
        "fetching firefox-en-it (0 MB), as somebody listens to a language that lacks it",
        "firefox-en-it is there",
    ]
    assert 0 < await machine.redis.pttl(fetching_key()) <= 15_000, "where nobody fetches, nothing is offered"


async def test_what_nobody_asks_for_any_more_is_not_begun(machine: Machine) -> None:
    await machine.reach(bool)
    await machine.ask("firefox-en-de", ago_ms=15_001)
    assert (await machine.states())["de"] == "absent"
    assert await machine.redis.zcard(asked_key()) == 0


async def test_a_failure_is_said_with_its_places_and_tried_again_after_a_pause(machine: Machine) -> None:
    await machine.reach(bool)
    await machine.ask("firefox-en-de")
    machine.children.reports["firefox-en-de"] = Report(troubles=("https://models.example/model.bin: HTTP 404", "no"))
    assert (await machine.reach(lambda states: states["de"] == "failed"))["de"] == "failed"
    assert machine.said[1] == (
        "firefox-en-de could not be had, and is tried again in 30 s: https://models.example/model.bin: HTTP 404; no"
    )
    ran = len(machine.children.ran)
    machine.now[0] += 29
    await machine.states()
    assert len(machine.children.ran) == ran
    machine.now[0] += 1
    del machine.children.reports["firefox-en-de"]
    await machine.reach(lambda states: states["de"] == "fetched")


async def test_a_stand_in_is_said_and_the_better_one_is_not_fetched_all_the_time(machine: Machine) -> None:
    await machine.reach(bool)
    await machine.ask("firefox-en-fr")
    machine.children.reports["firefox-en-fr"] = Report(fetched=True, troubles=("gone",))
    await machine.reach(lambda states: states["fr"] == "failed")
    assert "could not be had, firefox-en-fr-tiny serves instead, and is tried again in 30 s: gone" in machine.said[-1]
    assert machine.children.ran.count("firefox-en-fr") == 1


async def test_a_disk_that_is_nearly_full_is_not_filled(machine: Machine) -> None:
    machine.free[0] = 299_000_000
    await machine.reach(bool)
    await machine.ask("firefox-en-de")
    await machine.reach(lambda states: states["de"] == "failed")
    assert "only 299 MB are free on the disk of" in machine.said[-1]
    assert "firefox-en-de" not in machine.children.ran


async def test_where_no_official_place_answers_nothing_is_offered_until_one_does(machine: Machine) -> None:
    machine.children.hosts = ()
    await machine.states()
    await until(lambda: machine.children.ran)
    assert await machine.states() == {}
    machine.children.hosts = (HOST,)
    machine.now[0] += 599
    assert await machine.states() == {}
    machine.now[0] += 1
    await machine.reach(bool)
    assert machine.children.ran == ["--reach", "--reach"]


async def test_a_machine_that_starts_no_process_is_told_of_once_and_asked_again_later(machine: Machine) -> None:
    machine.children.refused = BlockingIOError("no more processes")
    await machine.states()
    await until(lambda: machine.said)
    assert machine.said == ["cannot look where models can be had, and tries again in 30 s: no more processes"]
    machine.now[0] += 29
    assert await machine.states() == {}
    assert machine.children.ran == ["--reach"], "it is not asked with each look"
    machine.now[0] += 1
    machine.children.refused = None
    await machine.reach(lambda states: states.get("de") == "absent")


async def test_a_model_that_is_fetched_by_hand_is_known_and_what_is_there_at_first_is_no_news(
    machine: Machine,
) -> None:
    appear(machine.models, "firefox-en-it")
    assert await machine.reach(bool) == {"de": "absent", "fr": "absent"}
    appear(machine.models, "firefox-en-de")
    assert (await machine.states())["de"] == "fetched"


async def test_it_ends_with_what_is_under_way(machine: Machine) -> None:
    machine.children.held.clear()
    await machine.ask("firefox-en-de")
    running = asyncio.create_task(machine.fetcher.run())
    await until(lambda: "firefox-en-de" in machine.children.ran)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(machine.said) == 1


async def test_the_children_bring_a_model_from_its_place(tmp_path: Path) -> None:
    """The real process, with places of this machine."""
    with serving() as places:
        document, files = mozilla_registry(places.url, "en-de", {"model.bin": b"m" * 9, "vocab.spm": b"v"})
        places.files |= files | {"/db/models.json": document}
        registry = {"type": "mozilla", "url": f"{places.url}/db/models.json", "pair": "en-de"}
        model = {"name": "firefox-en-de", "kind": "translation", "engine": "firefox", "languages": ["en", "de"]}
        listed = tmp_path / "manifest.json"
        listed.write_bytes(
            msgspec.json.encode({"models": [{**model, "licence": "MPL-2.0", "size": 10, "sources": [registry]}]})
        )
        settings = Settings(models=str(tmp_path / "models"), models_manifest=str(listed), models_from="official")
        children = Processes(settings.environment())
        assert (await children.run("--reach")).hosts == (places.url.removeprefix("http://"),)
        assert await children.run("firefox-en-de") == Report(fetched=True)
        assert (tmp_path / "models/firefox-en-de/model.bin").read_bytes() == b"m" * 9
        places.files["/db/models.json"] = b"{}"
        listed.write_bytes(listed.read_bytes().replace(b"firefox-en-de", b"firefox-xx-yy"))
        report = await children.run("firefox-xx-yy")
        assert not report.fetched
        assert "the registry has another form than expected" in report.troubles[0]
        assert "there is no model 'nose'" in (await children.run("nose")).troubles[0]
    assert (await children.run("--reach")).hosts == ()
