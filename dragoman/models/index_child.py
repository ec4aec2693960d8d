"""`python -m dragoman.models.index_child PROJECT FILE START`: bytes of a file of the package index, from START on.

One JSON line says what follows (`start`, `total`, `sha256`), or why nothing does (`gone`, `unreached`). Of pip it uses
the options of `pip download` (the addresses) and the session that belongs to them; the rest is the simple repository
API (packaging.python.org/specifications/simple-repository-api).
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

ACCEPT = "application/vnd.pypi.simple.v1+json, text/html; q=0.2"
CHUNK = 1 << 18
TRUNCATED = 200


class PageLink(NamedTuple):
    """A file that a page of an index names."""

    name: str
    url: str
    sha256: str


def main(project: str, file: str, start: int) -> None:
    """Writes the line and the bytes to standard output."""
    try:
        from pip._internal.commands import create_command
    except ImportError:
        return say(unreached=f"{sys.executable} has no pip")
    command: Any = create_command("download")
    with command.main_context():
        options, _ = command.parse_args(["--no-cache-dir", "--no-input", project])
        if local := local_file(options.find_links, file):
            return send_file(local, start)
        try:
            session = command.get_default_session(options)
            link, asked = find(session, pages(options, project), file)
            if link:
                send(session, link, start)
            elif asked:
                say(gone="the package index does not have it")
            else:
                say(unreached="pip is told to ask no index")
        except OSError as error:  # the errors of requests, which pip's session raises, are OSErrors
            say(unreached=f"{type(error).__name__}: {str(error)[:TRUNCATED]}")


def say(**head: Any) -> None:
    """The line before the bytes."""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
    sys.stdout.buffer.flush()


def local_file(places: Iterable[str], file: str) -> Path | None:
    """The file in one of the folders that pip looks into (`find-links`)."""
    folders = (Path(unquote(urlsplit(place).path) if place.startswith("file:") else place) for place in places)
    return next((folder / file for folder in folders if (folder / file).is_file()), None)


def send_file(path: Path, start: int) -> None:
    say(start=start, total=path.stat().st_size, sha256="")
    with path.open("rb") as opened:
        opened.seek(start)
        while chunk := opened.read(CHUNK):
            sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def pages(options: Any, project: str) -> Iterator[str]:
    """Addresses that may name the project's files, in pip's order."""
    yield from (place for place in options.find_links if place.startswith(("http:", "https:")))
    if not options.no_index:
        name = re.sub(r"[-_.]+", "-", project).lower()
        for index in (options.index_url, *options.extra_index_urls):
            yield f"{index.rstrip('/')}/{name}/"


def find(session: Any, addresses: Iterable[str], file: str) -> tuple[PageLink | None, bool]:
    """The link to the file, and whether any page was asked."""
    asked = False
    for address in addresses:
        asked = True
        answer = session.get(address, headers={"Accept": ACCEPT})
        if answer.status_code == 404:
            continue
        answer.raise_for_status()
        for link in links(answer.url, answer.headers.get("Content-Type", ""), answer.text):
            if link.name == file:
                return link, True
    return None, asked


def links(page: str, content_type: str, text: str) -> Iterator[PageLink]:
    """The files that a page names, in either form of the API."""
    if "json" in content_type:
        for entry in json.loads(text)["files"]:
            yield PageLink(entry["filename"], urljoin(page, entry["url"]), entry.get("hashes", {}).get("sha256", ""))
        return
    anchors = Anchors()
    anchors.feed(text)
    for reference in anchors.references:
        url, fragment = urldefrag(urljoin(page, reference))
        yield PageLink(
            unquote(url.rsplit("/", 1)[-1]), url, fragment.removeprefix("sha256=") if "sha256=" in fragment else ""
        )


class Anchors(HTMLParser):
    """Collects what the anchors of a page refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [value for name, value in attrs if tag == "a" and name == "href" and value]


def send(session: Any, link: PageLink, start: int) -> None:
    """From the beginning, if the server knows no ranges. After the line nothing but bytes is written."""
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={start}-"} if start else {})}
    with session.get(link.url, headers=headers, stream=True) as answer:
        if start and answer.status_code == 416:  # the file is shorter than what was had of it
            return send(session, link, 0)
        if answer.status_code in (404, 410):
            return say(gone=f"HTTP {answer.status_code}")
        answer.raise_for_status()
        begin = start if answer.status_code == 206 else 0
        length = int(answer.headers.get("Content-Length") or 0)
        say(start=begin, total=begin + length if length else 0, sha256=link.sha256)
        try:
            for chunk in answer.iter_content(CHUNK):
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
        except OSError as error:
            raise SystemExit(f"cut: {error}") from error
    return None


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
