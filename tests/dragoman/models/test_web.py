import socket
from pathlib import Path

import pytest

from dragoman.models.download import download
from dragoman.models.errors import CutError, GoneError, UnreachableError, WrongFileError
from dragoman.models.manifest import File
from dragoman.models.web import Web
from tests.dragoman.models.places import Places, a_file, serving
from tests.gateway.certificate import write_certificate

CONTENT = b"weights " * 50_000


@pytest.fixture
def there(places: Places) -> Places:
    places.files["/model.bin"] = CONTENT
    return places


def fetched(places: Places, tmp_path: Path, wanted: File | None = None) -> bytes:
    opener = Web(timeout_s=5).at(f"{places.url}/model.bin")
    download(opener, tmp_path / "model.bin", wanted or a_file("model.bin", CONTENT), pause=lambda seconds: None)
    return (tmp_path / "model.bin").read_bytes()


def test_a_file_comes_whole(there: Places, tmp_path: Path) -> None:
    assert fetched(there, tmp_path) == CONTENT
    assert there.asked == [("/model.bin", 0)]


@pytest.mark.parametrize("wanted", [a_file("model.bin", CONTENT), File(path="model.bin")], ids=["known", "unknown"])
def test_a_broken_connection_goes_on_by_range(there: Places, tmp_path: Path, wanted: File) -> None:
    there.cuts["/model.bin"] = [1000, 2000]
    assert fetched(there, tmp_path, wanted) == CONTENT
    assert there.asked == [("/model.bin", 0), ("/model.bin", 1000), ("/model.bin", 3000)]


def test_a_server_without_ranges_is_asked_again(there: Places, tmp_path: Path) -> None:
    there.cuts["/model.bin"] = [1000]
    there.rangeless.add("/model.bin")
    assert fetched(there, tmp_path) == CONTENT


def test_a_part_that_is_longer_than_what_is_there_is_thrown_away(there: Places, tmp_path: Path) -> None:
    (tmp_path / "model.bin.part").write_bytes(b"x" * 500_000)
    assert fetched(there, tmp_path, File(path="model.bin")) == CONTENT


def test_a_server_that_is_busy_is_asked_again(there: Places, tmp_path: Path) -> None:
    there.statuses["/model.bin"] = [503, 429]
    assert fetched(there, tmp_path) == CONTENT


def test_a_server_that_stays_busy_is_no_place(there: Places, tmp_path: Path) -> None:
    there.statuses["/model.bin"] = [503] * 20
    with pytest.raises(CutError, match=r"/model\.bin: HTTP 503$"):
        fetched(there, tmp_path)


@pytest.mark.parametrize("status", [404, 410, 403])
def test_what_is_not_there_is_named(there: Places, tmp_path: Path, status: int) -> None:
    there.statuses["/model.bin"] = [status]
    with pytest.raises(GoneError, match=rf"^{there.url}/model\.bin: HTTP {status}$"):
        fetched(there, tmp_path)


def test_a_redirect_is_followed_but_not_out_of_encryption(
    there: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = write_certificate(tmp_path / "tls")
    monkeypatch.setenv("SSL_CERT_FILE", certificate.tls_cert)
    with serving(certificate) as safe:
        safe.files["/store"] = CONTENT
        safe.redirects |= {"/model.bin": f"{safe.url}/store"}
        assert fetched(safe, tmp_path) == CONTENT
        safe.redirects |= {"/model.bin": f"{there.url}/model.bin"}
        with pytest.raises(WrongFileError, match=rf"leads to {there.url}/model\.bin, which is not encrypted$"):
            fetched(safe, tmp_path)


def test_an_address_that_is_not_on_the_web_is_refused() -> None:
    with pytest.raises(WrongFileError, match="no address on the web"), Web().at("file:///etc/passwd")(0):
        pass


def test_a_host_that_was_not_reached_is_not_asked_again(places: Places) -> None:
    with socket.socket() as taken:  # bound, and nobody listens: refused
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        web = Web()
        with pytest.raises(UnreachableError, match="refused"), web.at(f"{url}/a")(0):
            pass
        taken.listen()
        with pytest.raises(UnreachableError, match=rf"^{url}/b: .*refused"), web.at(f"{url}/b")(0):
            pass


def test_a_host_that_says_nothing_is_not_waited_for_forever() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/a"
        with pytest.raises(UnreachableError, match="timed out"), Web(timeout_s=0.2).at(url)(0):
            pass
