"""A real Apache Kafka on this machine: one KRaft node, run by `java` from the Maven artifacts in pom.xml."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from dragoman.runtime.children import dying_with_parent
from dragoman.runtime.errors import DragomanError

VERSION = "4.3.1"
_HERE = Path(__file__).parent
_HEAP = ["-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]

# A broker that was killed must wait for its own former session to end before it serves: hence the short one.
# What topics may take is bounded by size: looked at often, removed at once, and the broker's own logs stay small: twice
# a second a record would say there that nothing has happened.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
log.dirs={log_folder}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000
log.cleaner.dedupe.buffer.size=8388608
log.retention.check.interval.ms=10000
log.segment.delete.delay.ms=1000
offsets.topic.segment.bytes=8388608
metadata.log.segment.bytes=8388608
metadata.max.retention.bytes=16777216
metadata.max.idle.interval.ms=5000
num.network.threads=2
num.io.threads=4
"""


def jars_folder() -> Path:
    """Where the broker's jars are kept for all data folders of this user."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "dragoman" / f"kafka-{VERSION}"


def fetch_jars(say: Callable[[str], None]) -> Path:
    """The folder of the broker's jars, fetched with Maven when they are not there yet; `say` gets one line then.

    Raises DragomanError when java or mvn is missing, or when the jars cannot be fetched.
    """
    _require("java", "default-jre-headless")
    folder = jars_folder()
    if folder.is_dir():
        return folder
    _require("mvn", "maven")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.parent / "fetching.lock"):
        if not folder.is_dir():
            say(f"fetching Apache Kafka {VERSION} with Maven (43 MB, once)…")
            _copy_jars(folder)
    return folder


def prepare_broker(
    folder: Path,
    jars: Path,
    port: int,
    controller_port: int,
    *,
    more: str = "",
    cluster_id: str = "",
    users: Sequence[str] = (),
) -> list[str]:
    """Writes the node's settings into `folder`, formats its storage the first time; returns the command that runs it.

    `more` settings count instead of its own. With a `cluster_id` of 22 characters it is a node of that cluster.
    `users` are known from the start: `SCRAM-SHA-512=[name=…,password=…]`.
    Raises DragomanError when the storage cannot be formatted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log_folder, properties = folder.absolute() / "log", folder.absolute() / "server.properties"
    text = _PROPERTIES.format(port=port, controller_port=controller_port, log_folder=log_folder)
    properties.write_text(text + more)
    java = ["java", "-cp", f"{jars}/*", f"-Dlog4j2.configurationFile={_HERE / 'log4j2.xml'}"]
    if not (log_folder / "meta.properties").exists():
        # The hex form of a UUID is a valid cluster id and never begins with "-", which would be taken for an option.
        tool = ["kafka.tools.StorageTool", "format", "-t", cluster_id or uuid4().hex[:22], "-c", str(properties)]
        tool += [word for user in users for word in ("--add-scram", user)]
        _run([*java, *tool], folder / "format.log", f"Kafka's storage in {folder} could not be formatted")
    return [*java, *_HEAP, "kafka.Kafka", str(properties)]


def _require(program: str, package: str) -> None:
    if shutil.which(program) is None:
        raise DragomanError(f"{program} is missing: sudo apt-get install -y {package}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _copy_jars(folder: Path) -> None:
    """All or nothing: the folder appears under its name only when it is complete."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as half:
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={half}/libs"]
        log = folder.parent / "mvn.log"
        argv = ["mvn", "-B", "-C", "-f", str(_HERE / "pom.xml"), *goal]
        _run(argv, log, "the jars of Apache Kafka could not be fetched with mvn")
        os.rename(f"{half}/libs", folder)


def _run(argv: list[str], log: Path, complaint: str) -> None:
    """Runs to the end. Raises DragomanError with the complaint, the last line of the output and where all of it is."""
    with log.open("w+b") as output:
        code = subprocess.call(
            dying_with_parent(argv), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        if code:
            output.seek(0)
            lines = [line for line in output.read().decode(errors="replace").splitlines() if line.strip()]
            error = next((line for line in lines if "ERROR" in line), lines[-1] if lines else f"exit status {code}")
            raise DragomanError(f"{complaint}: {error.strip()} (all of it: {log})")
