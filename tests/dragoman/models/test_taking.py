import hashlib
import json
from pathlib import Path

import pytest

from dragoman.models.folder import ModelsFolder
from dragoman.models.manifest import Archive, Model, Mozilla, Piper, Site
from tests.dragoman.models.places import (
    Places,
    a_model,
    from_package,
    mozilla_registry,
    tarred,
    zipped,
)
from tests.dragoman.models.weights import (
    FILES,
    OFFICIAL,
    ONE,
    TWO,
    WHEEL,
    fetched,
    in_wheel,
    is_whole,
    outcomes,
)


def test_only_what_one_place_lacks_is_fetched_from_the_next(places: Places, models: Path) -> None:
    places.files["/hub/model.bin"] = ONE
    rest = tarred({"weights-1.0/two": TWO})
    places.index("weights", **{"weights-1.0.tar.gz": rest})
    source = from_package("weights-1.0.tar.gz", rest, **{"deep/voices é.bin": ("weights-1.0/two",)})
    model = a_model("voice", Site(url=f"{places.url}/hub/", files=("model.bin",)), source, files=FILES)
    assert outcomes(fetched(models, model)) == {"voice": "fetched"}
    assert is_whole(models)


def test_an_official_archive_is_unpacked(places: Places, models: Path) -> None:
    places.files["/argos.zip"] = zipped({"pack/model.bin": ONE, "pack/two": TWO})
    members = {"model.bin": "pack/model.bin", "deep/voices é.bin": "pack/two"}
    source = Archive(url=f"{places.url}/argos.zip", size=len(places.files["/argos.zip"]), members=members)
    places.cuts["/argos.zip"] = [100]
    assert outcomes(fetched(models, a_model("voice", source, files=FILES))) == {"voice": "fetched"}
    assert is_whole(models)


def test_an_archive_with_wrong_bytes_is_not_kept(places: Places, models: Path) -> None:
    members = {"model.bin": "pack/model.bin"}
    places.files["/argos.zip"] = zipped({"pack/model.bin": ONE[::-1]})
    source = Archive(url=f"{places.url}/argos.zip", size=len(places.files["/argos.zip"]), members=members)
    assert outcomes(fetched(models, a_model("voice", source, files=FILES[:1]))) == {"voice": "missing"}
    places.files["/argos.zip"] = zipped({"pack/model.bin": ONE})
    mended = Archive(url=source.url, size=len(places.files["/argos.zip"]), members=members)
    assert outcomes(fetched(models, a_model("voice", mended, files=FILES[:1]))) == {"voice": "fetched"}


def test_a_package_of_another_size_is_not_even_downloaded(places: Places, models: Path) -> None:
    source = in_wheel(places)
    places.index("weights", **{WHEEL: b"another release"})
    (found,) = fetched(models, a_model("voice", source, files=FILES))
    assert found.troubles[0].startswith(f"{WHEEL} has 15 bytes there instead of ")


def test_a_package_that_was_cut_goes_on_the_next_time(places: Places, models: Path) -> None:
    source = in_wheel(places)
    places.cuts[f"/files/{WHEEL}"] = [200, *[0] * 30]
    model = a_model("voice", source, files=FILES)
    assert outcomes(fetched(models, model)) == {"voice": "missing"}
    places.cuts.clear()
    places.asked.clear()
    assert outcomes(fetched(models, model)) == {"voice": "fetched"}
    assert (f"/files/{WHEEL}", 200) in places.asked


def test_two_models_of_one_package_download_it_once(places: Places, models: Path) -> None:
    source = in_wheel(places)
    two = (a_model("voice", source, files=FILES), a_model("again", source, files=FILES))
    assert outcomes(fetched(models, *two)) == {"voice": "fetched", "again": "fetched"}
    assert places.paths().count(f"/files/{WHEEL}") == 1


PAIR = {"model.enes.bin": b"weights" * 500, "vocab.enes.spm": b"words" * 500, "lex.enes.bin": b"short" * 500}


@pytest.fixture
def mozilla(places: Places) -> Model:
    document, files = mozilla_registry(places.url, "en-es", PAIR)
    places.files |= {"/db/models.json": document, **files}
    return a_model("en-es", Mozilla(url=f"{places.url}/db/models.json", pair="en-es"), size=1000, stand_in="small")


def test_a_registry_names_the_files_and_the_note_keeps_their_checksums(
    places: Places, models: Path, mozilla: Model
) -> None:
    places.cuts["/models/en-es/lex.enes.bin.gz"] = [10]
    assert outcomes(fetched(models, mozilla)) == {"en-es": "fetched"}
    note = ModelsFolder(models).note("en-es")
    assert note
    assert {file.path: file.sha256 for file in note.files} == {
        name: hashlib.sha256(content).hexdigest() for name, content in PAIR.items()
    }
    assert (models / "en-es" / "vocab.enes.spm").read_bytes() == PAIR["vocab.enes.spm"]
    assert sorted(path.name for path in (models / "en-es").iterdir()) == sorted([*PAIR, "model.json"])
    assert outcomes(fetched(models, mozilla)) == {"en-es": "there"}


def test_a_server_may_unpack_on_the_way(places: Places, models: Path, mozilla: Model) -> None:
    places.files |= {f"/models/en-es/{name}.gz": content for name, content in PAIR.items()}
    assert outcomes(fetched(models, mozilla)) == {"en-es": "fetched"}


@pytest.mark.parametrize("content", [b"\x1f\x8bbroken", b"something else"])
def test_what_is_not_what_the_registry_says_is_an_error(
    places: Places, models: Path, mozilla: Model, content: bytes
) -> None:
    places.files["/models/en-es/model.enes.bin.gz"] = content
    small = a_model("small", Site(url=f"{places.url}/hub/", files=("model.bin",)), files=FILES[:1])
    places.files |= OFFICIAL
    found = fetched(models, mozilla, others=(small,))
    assert outcomes(found) == {"en-es": "missing", "small": "fetched"}
    assert "model.enes.bin" in found[0].troubles[0]
    assert not found[0].unreached


def test_a_voice_comes_by_the_registry_of_voices(places: Places, models: Path) -> None:
    contents = {"v.onnx": ONE, "v.onnx.json": b"{}", "MODEL_CARD": b"CC0"}
    listed = {
        f"de/v/{name}": {"size_bytes": len(content), "md5_digest": hashlib.md5(content).hexdigest()}
        for name, content in contents.items()
    }
    places.files |= {f"/voices/de/v/{name}": content for name, content in contents.items()}
    places.files["/voices/voices.json"] = json.dumps({"v": {"files": listed}}).encode()
    model = a_model("piper-v", Piper(url=f"{places.url}/voices/voices.json", voice="v"), size=1000)
    assert outcomes(fetched(models, model)) == {"piper-v": "fetched"}
    assert (models / "piper-v" / "v.onnx").read_bytes() == ONE
    places.files["/voices/de/v/v.onnx"] = ONE[::-1]
    other = a_model("piper-w", *model.sources, size=1000)
    assert "md5" in fetched(models, other)[0].troubles[0]
