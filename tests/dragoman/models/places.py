"""A server of this machine that plays the official places and a package index, with their faults."""

import gzip
import hashlib
import io
import json
import ssl
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dragoman.models.manifest import File, Manifest, Model, Package, Packages
from tests.gateway.certificate import Files


@dataclass
class Places:
    """What the server has, what is wrong with it, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    """By path."""
    cuts: dict[str, list[int]] = field(default_factory=dict)
    """Path to the bytes that are sent before the connection breaks: one number for each answer, then it holds."""
    statuses: dict[str, list[int]] = field(default_factory=dict)
    """Path to the statuses that are answered first."""
    rangeless: set[str] = field(default_factory=set)
    """Paths that are always sent from the start."""
    redirects: dict[str, str] = field(default_factory=dict)
    """Path to the address that it leads to."""
    held: dict[str, threading.Event] = field(default_factory=dict)
    """Paths that are sent only when the event is set."""
    asked: list[tuple[str, int]] = field(default_factory=list)
    """Path, and position of the first byte that was asked for."""
    html: bool = False
    """The pages of the index are HTML, else JSON."""
    url: str = ""

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def index(self, project: str, **files: bytes) -> None:
        """Puts files of a project into the index; names with `__` for `.` and `-`."""
        self.files |= {f"/files/{name}": content for name, content in files.items()}
        names = [name for path in self.files if (name := path.removeprefix("/files/")) != path]
        entries = [(name, hashlib.sha256(self.files[f"/files/{name}"]).hexdigest()) for name in names]
        if self.html:
            page = "".join(f'<a href="../../files/{name}#sha256={sha}">{name}</a><br>' for name, sha in entries)
            self.files[f"/simple/{project}/"] = f"<!DOCTYPE html><html><body>{page}</body></html>".encode()
        else:
            listed = [{"filename": n, "url": f"../../files/{n}", "hashes": {"sha256": s}} for n, s in entries]
            page = json.dumps({"meta": {"api-version": "1.0"}, "name": project, "files": listed})
            self.files[f"/simple/{project}/"] = page.encode()


@contextmanager
def serving(certificate: Files | None = None) -> Iterator[Places]:
    """The server on a free port, until the end of the block; encrypted, with a certificate."""
    places = Places()
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: _Handler(places, *given))
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.tls_cert, certificate.tls_key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    places.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    try:
        yield places
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, places: Places, *given: Any) -> None:
        self._places = places
        super().__init__(*given)

    def do_GET(self) -> None:
        places, path = self._places, self.path
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        places.asked.append((path, start))
        if event := places.held.get(path):
            event.wait(20)
        if places.statuses.get(path):
            return self._refuse(places.statuses[path].pop(0))
        if path in places.redirects:
            return self._refuse(302, places.redirects[path])
        if path not in places.files:
            return self._refuse(404)
        content = places.files[path]
        if path in places.rangeless:
            start = 0
        if start and start >= len(content):
            return self._refuse(416)
        self._send(path, content, start)
        return None

    def _send(self, path: str, content: bytes, start: int) -> None:
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        kind = "text/html" if self._places.html else "application/vnd.pypi.simple.v1+json"
        self.send_header("Content-Type", kind if path.startswith("/simple/") else "application/octet-stream")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        cuts = self._places.cuts.get(path)
        self.wfile.write(content[start : start + cuts.pop(0)] if cuts else content[start:])

    def _refuse(self, status: int, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *given: Any) -> None:
        """Nothing."""


def a_file(path: str, content: bytes) -> File:
    return File(path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def a_model(name: str, *sources: Any, files: tuple[File, ...] = (), **others: Any) -> Model:
    facts: dict[str, Any] = {"kind": "voice", "engine": "piper", "languages": ("en",), "licence": "MIT", **others}
    return Model(name=name, sources=sources, files=files, **facts)


def a_manifest(*models: Model) -> Manifest:
    return Manifest(models)


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def from_package(name: str, content: bytes, **members: tuple[str, ...]) -> Packages:
    """The source of a package file that lies in the index under the project `weights`."""
    return Packages(
        packages=(Package(project="weights", file=name, size=len(content)),),
        members={path: tuple(f"{name}!{member}" for member in pieces) for path, pieces in members.items()},
    )


def mozilla_registry(url: str, pair: str, files: dict[str, bytes]) -> tuple[bytes, dict[str, bytes]]:
    """The registry's document, and the files that it names by their path."""
    roles = {"model": "model", "vocab": "vocab", "lex": "lexicalShortlist"}
    named = {}
    for name, content in files.items():
        facts: dict[str, Any] = {"path": f"models/{pair}/{name}.gz"}
        if name.startswith("model"):  # of the others the registry gives no checksum
            facts |= {"uncompressedSize": len(content), "uncompressedHash": hashlib.sha256(content).hexdigest()}
        named[roles[name.split(".")[0]]] = facts
    released = {"architecture": "base-memory", "releaseStatus": "Release", "files": named}
    document = json.dumps({"generated": "today", "baseUrl": url, "models": {pair: [released]}}).encode()
    return document, {f"/models/{pair}/{name}.gz": gzip.compress(content) for name, content in files.items()}
