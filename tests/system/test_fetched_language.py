"""A language that is not there: chosen by a listener, fetched from a place of this machine, read; with real weights."""

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from dragoman.client.listener import Listener
from dragoman.client.pace import Pace, of_bytes, speak
from dragoman.client.speaker import Speaker
from dragoman.measure.clips import read_samples
from dragoman.models.folder import NOTE, models_folder
from dragoman.models.manifest import File, Model, Site
from dragoman.runtime.settings import read_settings
from schemas.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from schemas.socket import Caption, LanguagesChanged
from tests.dragoman.models.places import Places, a_manifest, a_model, serving
from tests.processes import until
from tests.system.machine import Machine, machine

pytestmark = pytest.mark.system

HERE = models_folder(read_settings().models)
PAUSE = bytes(BYTES_PER_SAMPLE * SAMPLE_RATE)
THERE = ("whisper-tiny.en", "firefox-pt-en-tiny")


def portuguese(places: Places) -> Model:
    """English to Portuguese as this machine has it, at a place of this machine."""
    files = []
    for path in sorted((HERE / "firefox-en-pt-tiny").iterdir()):
        if path.name != NOTE:
            content = path.read_bytes()
            places.files[f"/hub/{path.name}"] = content
            files.append(File(path=path.name, size=len(content), sha256=hashlib.sha256(content).hexdigest()))
    facts: dict[str, Any] = {"kind": "translation", "engine": "firefox", "languages": ("en", "pt")}
    return a_model("firefox-en-pt", Site(url=f"{places.url}/hub/"), files=tuple(files), **facts)


@pytest.fixture
def places() -> Iterator[Places]:
    with serving() as found:
        yield found


@pytest.fixture
def up(tmp_path: Path, kafka: str, redis_url: str, places: Places) -> Iterator[Machine]:
    """A machine that understands English and translates only into it; its download is held, and cut in the middle."""
    models = tmp_path / "models"
    models.mkdir()
    for name in THERE:
        (models / name).symlink_to(HERE / name)
    model = portuguese(places)
    (tmp_path / "manifest.json").write_bytes(msgspec.json.encode(a_manifest(model)))
    held, first = threading.Event(), f"/hub/{max(model.files, key=lambda file: file.size).path}"
    places.held[first], places.cuts[first] = held, [1_000_000]
    settings = {
        "DRAGOMAN_MODELS": str(models),
        "DRAGOMAN_MODELS_MANIFEST": str(tmp_path / "manifest.json"),
        "DRAGOMAN_MODELS_FROM": "official",
        "DRAGOMAN_FETCH_MODELS": "on",
        "DRAGOMAN_TRANSLATE_ENGINES": "firefox",
        "DRAGOMAN_WHISPER_MODEL": "tiny.en",
        "DRAGOMAN_SYNTHESIZE_ENGINES": "scripted",
        "DRAGOMAN_RECOGNISERS": "1",
    }
    options = ("--kafka", kafka, "--redis", redis_url, "--partitions", "4")
    with machine(tmp_path / "data", *options, **settings) as up:
        up.read_until("ready")
        yield up


async def offered(url: str) -> None:
    """Waits until `up` has seen that the place answers."""
    async with aiohttp.ClientSession() as http, asyncio.timeout(120):
        while True:
            async with http.get(f"{url}/api/languages") as answer:
                english = (await answer.json())["sourceLanguages"].get("en", [])
            if any((each["language"], each["state"]) == ("pt", "fetchable") for each in english):
                return
            await asyncio.sleep(0.2)


async def test_a_listener_chooses_it_reads_that_it_is_prepared_and_then_what_is_said(
    up: Machine, places: Places
) -> None:
    await offered(up.run["url"])
    (held,) = places.held.values()
    states: list[tuple[str, object]] = []
    captions: list[Caption] = []
    ready = asyncio.Event()

    async def listen() -> None:
        async with Listener.join(up.run["url"], speaker.code, "pt", audio=False) as listener:
            async for message in listener.messages():
                if isinstance(message, LanguagesChanged):
                    states.extend((each.state, each.fetch_mb) for each in message.languages if each.language == "pt")
                    if states[-1][0] == "available":
                        ready.set()
                elif isinstance(message, Caption) and message.final:
                    captions.append(message)
                    if states and message.outcome == "skipped":
                        held.set()  # something was said, and nothing has come yet

    clips = {clip.name: clip.pcm for clip in read_samples()}
    async with Speaker.create(up.run["url"], "en") as speaker:
        listening = asyncio.create_task(listen())
        await until(lambda: states, timeout_s=60)
        for clip in ("go_somewhere", "goforward"):
            await speak(speaker, of_bytes(clips[clip] + PAUSE), Pace(fast=True))
            await speaker.delivered()
            async with asyncio.timeout(120):
                await ready.wait()
        await until(lambda: any(caption.revised is True for caption in captions))
        await speaker.end()
        async with asyncio.timeout(120):
            await listening
    told = [(state, size) for state, size in states if state != "fetchable"]
    assert told == [("preparing", 23), ("available", msgspec.UNSET)]
    read = " ".join(caption.text for caption in captions if caption.outcome == "ok").lower()
    assert any(word in read for word in ("algum", "vá", "metros", "frente")), captions
    late = {caption.segment for caption in captions if caption.revised is True}
    assert late <= {caption.segment for caption in captions if caption.reason == "no-audience"}, "it is filled in"
    starts = [start for path, start in places.asked if path in places.held]
    assert 1_000_000 in starts, "it went on where it was cut"
    assert "firefox-en-pt is there" in up.read_until("firefox-en-pt is there")
