"""Places on the web: a file by its address, from a position on. Proxies are those of the environment."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from dragoman.models.download import CHUNK, Download, Opener
from dragoman.models.errors import CutError, GoneError, UnreachableError, WrongFileError

TIMEOUT_S = 30.0
"""Without a byte."""
_LATER = {408, 425, 429, 500, 502, 503, 504}
_NOT_SATISFIABLE = 416


class Web:
    """Asks hosts; one that was not reached is not asked again, as each question takes long."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._unreached: dict[str, str] = {}

    def at(self, url: str) -> Opener:
        """The file at an address."""
        return lambda start: self._open(url, start)

    @contextmanager
    def _open(self, url: str, start: int) -> Iterator[Download]:
        host = urlsplit(url).netloc
        if why := self._unreached.get(host):
            raise UnreachableError(f"{url}: {why}")
        try:
            response = self._ask(url, start)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in _LATER:
                raise CutError(f"{url}: HTTP {error.code}") from error
            raise GoneError(f"{url}: HTTP {error.code}") from error
        except (OSError, http.client.HTTPException) as error:
            why = str(getattr(error, "reason", error))
            if start:  # it was reached before: that is a cut connection
                raise CutError(f"{url}: {why}") from error
            self._unreached[host] = why
            raise UnreachableError(f"{url}: {why}") from error
        with response:
            if url.startswith("https:") and not response.url.startswith("https:"):
                raise WrongFileError(f"{url}: leads to {response.url}, which is not encrypted")
            yield _answer(url, response)

    def _ask(self, url: str, start: int) -> http.client.HTTPResponse:
        if not url.startswith(("https:", "http:")):  # a registry may say anything
            raise WrongFileError(f"{url}: is no address on the web")
        headers = {"User-Agent": "dragoman", "Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        request = urllib.request.Request(url, headers=headers)
        try:
            response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=self._timeout_s)
        except urllib.error.HTTPError as error:
            if error.code != _NOT_SATISFIABLE:
                raise
            error.close()  # the file is shorter than what is here: everything anew
            return self._ask(url, 0)
        return response


def _answer(url: str, response: http.client.HTTPResponse) -> Download:
    """`Content-Range: bytes 5-9/10` where a range is sent, else `Content-Length`."""
    total = int(response.headers.get("Content-Length") or 0)
    start = 0
    if response.status == http.client.PARTIAL_CONTENT:
        span, _, whole = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
        start = int(span.partition("-")[0] or 0)
        total = int(whole) if whole.isdigit() else start + total
    return Download(start, total, _chunks(url, response))


def _chunks(url: str, response: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            chunk = response.read(CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise CutError(f"{url}: {error}") from error
        if not chunk:
            return
        yield chunk
