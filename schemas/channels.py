"""What is in Redis: the names of keys, and what their values are.

A channel is one product of a session (`captions` or `speech`) in one language (and rendition: format and voice). Its
history is a Redis stream and its live publications are a pub/sub channel of the same name. Captions that were revised
long after their time stand in a second stream.
"""

import struct
from typing import Literal, NamedTuple

import msgspec

from schemas.messages import Transcript

Product = Literal["captions", "speech"]
ChosenVoice = Literal["", "female", "male"]
"""What a listener may choose; empty: no choice, so that the voice is one like the speaker's."""
CHOSEN_VOICES: tuple[ChosenVoice, ...] = ("", "female", "male")


def key(session_id: str, *parts: str) -> str:
    """A key of a session, whose id stands in braces."""
    return ":".join(("dragoman", "{" + session_id + "}", *parts))


def captions_channel(session_id: str, language: str) -> str:
    """Stream and pub/sub channel of the captions in a language."""
    return key(session_id, "captions", language)


def rendition(audio_format: str, voice: str = "") -> str:
    """In which form speech is asked for: its format and, behind a slash, the voice if one was chosen."""
    return f"{audio_format}/{voice}" if voice else audio_format


def speech_channel(session_id: str, language: str, audio_format: str, voice: str = "") -> str:
    """Stream and pub/sub channel of the speech in a language and rendition: without `/VOICE` where none was chosen."""
    return key(session_id, "speech", language, rendition(audio_format, voice))


def revisions_key(channel: str) -> str:
    """Stream beside the history of a captions channel: finals of the past that were revised. An id says how far it goes
    in the partition: `A-B`, the offsets behind the last record of transcripts, and of translations; 0: there is none.
    Of each segment only the newest is there."""
    return f"{channel}:revisions"


def revised_key(channel: str) -> str:
    """Sorted set: `ID REVISION` of each entry of the revisions, by its segment."""
    return f"{channel}:revised"


def session_of(channel: str) -> str:
    """Id of the session that a channel belongs to."""
    return channel.partition("{")[2].partition("}")[0]


def is_speech(channel: str) -> bool:
    """The channel carries speech."""
    return "}:speech:" in channel


def audience_key(session_id: str) -> str:
    """Hash: gateway id to Lease (JSON). Who listens to what now."""
    return key(session_id, "audience")


def members_key(session_id: str) -> str:
    """Hash: gateway id to what each of its listeners asks for beside the floor (JSON): listener id to the language that
    is read and the `language:rendition` that is heard, each empty when there is none."""
    return key(session_id, "members")


def absent_key(session_id: str, *asked: str) -> str:
    """Sorted set: listener id to the Redis time in ms until which it still asks for captions (`captions`, language) or
    speech (`speech`, `language:rendition`) although its socket has ended, not on purpose."""
    return key(session_id, "absent", *asked)


def owed_key(session_id: str) -> str:
    """Hash: target language to the id of the gateway that has yet to say in the log that it is asked for again, and,
    behind a space, the number of this debt."""
    return key(session_id, "owed")


def languages_key(session_id: str) -> str:
    """Set: every target language that anyone ever listened to in the session."""
    return key(session_id, "languages")


def spoken_languages_key(session_id: str) -> str:
    """Set: `language:rendition` of all speech that anyone ever listened to in the session."""
    return key(session_id, "spoken")


def session_key(session_id: str) -> str:
    """Hash: `record` (Session as JSON), `detected` (language that broadcast saw was found out, and the end of the final
    that said so), `state`, `muted` (0, 1: also below a pause), `generation`, `position` (durable
    samples; not there: unknown), `updated_at` (of the record), `speaker` (gateway id; empty: away), `exact` (1: the
    audio ends at `position`), `closed` (1: the end is in the log), `hidden` (1: captions are; not there: as in the
    record)."""
    return key(session_id, "session")


def outbox_key(session_id: str) -> str:
    """Hash: `until` and `transcript` (JSON) of the session's last final; `begun` if a lane found none."""
    return key(session_id, "outbox")


def hole_outbox_key(session_id: str, segment: int) -> str:
    """The same of the finals that fill the hole which begins at `segment`."""
    return key(session_id, "outbox", str(segment))


def lag_key(session_id: str) -> str:
    """Hash: stage to ms that the last final spent in it."""
    return key(session_id, "lag")


def quality_key(session_id: str) -> str:
    """String: AudioQuality (JSON) of the speaker's last seconds; gone soon when nobody speaks."""
    return key(session_id, "quality")


def control_channel(session_id: str) -> str:
    """Pub/sub between gateways, and from broadcast to them: a Control (JSON)."""
    return key(session_id, "control")


def code_key(code: str) -> str:
    """String: the session id behind a code; `deleted`: its session was, no script writes a key of it again."""
    return f"dragoman:code:{code}"


def ticket_key(digest: str) -> str:
    """String: whose ticket it is (`[subject, speaker, until]`, JSON), below the SHA-256 of the ticket; 30 s."""
    return f"dragoman:ticket:{digest}"


DELETED = "deleted"


def code_key_of(session_id: str) -> str:
    """The same for a session, whose id is its code and a random suffix."""
    return code_key(session_id.rpartition("-")[0])


def speakers_key() -> str:
    """Sorted set: session id to when a gateway last had its speaker (Redis time, ms). Gone when the end is durable."""
    return "dragoman:speakers"


def owned_key(owner: str) -> str:
    """Sorted set: session id to when it was created (Redis time, ms), of an owner or address (as a digest)."""
    return f"dragoman:owned:{owner}"


def gateway_channel(gateway_id: str) -> str:
    """Pub/sub on which nothing is said: a gateway hears it as long as it lives, and Redis knows who hears it."""
    return f"dragoman:gateway:{gateway_id}"


def instance_key(instance: str) -> str:
    """String: id of the newest gateway with an instance name; for a week."""
    return f"dragoman:instance:{instance}"


def gone_key(gateway_id: str) -> str:
    """String: a gateway that has a successor of the same instance name, for as long as a lease of it could count."""
    return f"dragoman:gone:{gateway_id}"


def restored_key() -> str:
    """String: the run id of Redis under which the gateways last made sure that it knows every session."""
    return "dragoman:restored"


def restoring_key() -> str:
    """String: id of the gateway that reads the topic `sessions` back just now."""
    return "dragoman:restoring"


def filled_key(topic: str, partition: int) -> str:
    """String: the run id of Redis under which broadcast last made sure that the histories of a partition are whole."""
    return f"dragoman:filled:{topic}:{partition}"


def capacity_key() -> str:
    """Hash: name of a transcribe worker to Capacity (JSON)."""
    return "dragoman:capacity"


def resting_key() -> str:
    """Hash: stage and name of a worker to Resting (JSON), while it leaves an engine alone."""
    return "dragoman:resting"


def processes_key() -> str:
    """Hash: `gateway` or stage, and name of a process (`translate pod-7`) to Presence (JSON): which there are."""
    return "dragoman:processes"


def holes_key() -> str:
    """Hash: `session:segment` to Hole (JSON): what lanes passed over and nobody has transcribed yet."""
    return "dragoman:holes"


def hole_claim_key(name: str) -> str:
    """String: name of the transcribe worker that fills a hole now; renewed while it does, gone soon when it died."""
    return f"dragoman:holes:claim:{name}"


def holes_known_key() -> str:
    """String: Known (JSON), since when and in which life Redis knows all holes; not there: it forgot."""
    return "dragoman:holes:known"


def searching_key() -> str:
    """String: there while a transcribe worker reads back from Kafka which holes there are."""
    return "dragoman:holes:searching"


class Hole(msgspec.Struct, frozen=True, kw_only=True):
    """Audio that a lane passed over: it is in the log, and can be transcribed from there."""

    session_id: str
    """Whose audio it is."""
    partition: int
    """Partition number of the session in every topic."""
    final: Transcript
    """The final that announces the hole, from its `segment` to its `until`."""

    @property
    def name(self) -> str:
        """Its field in the hash."""
        return f"{self.session_id}:{self.final.segment}"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Every hole that was announced before `at` is in Redis, unless that has begun another life."""

    life: str
    """Run id of Redis."""
    at: int
    """Unix ms."""


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """How many sessions a transcribe worker can hear at once; workers renew it every 5 s."""

    until: int
    """Redis time in ms after which it does not count."""
    taken: int
    """Sessions that have a recogniser."""
    most: int
    """Sessions that can have one."""


class Resting(msgspec.Struct, frozen=True, kw_only=True):
    """The engines that a worker leaves alone, as they failed again and again; renewed every 5 s."""

    until: int
    """Redis time in ms after which it does not count."""
    engines: dict[str, list[str]]
    """Name of an engine to what it is not asked for: `transcribe en`, `translate en es`, `synthesize es`."""


PRESENCE_MS = 15_000
"""How long a process counts as there after it said so; it does every third of that."""


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway or worker is there. For operators: nothing else goes by it."""

    until: int
    """Unix ms after which it does not count."""
    version: str
    """Of Dragoman; empty: not known."""
    since: int
    """When it started, Unix ms."""
    gateway: str = ""
    """Id of the gateway, by which leases and sessions name it."""
    connections: int = 0
    """Sockets and streams of captions that a gateway has open."""


LEASE_MS = 15_000
"""How long a lease counts after its last renewal; gateways renew every third of it."""


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """What the listeners of one gateway ask for in one session."""

    until: int
    """Redis time in ms after which the lease does not count."""
    heard: bool = False
    """Redis knew that the gateway heard its own channel: when nobody hears that any more, the gateway is gone."""
    captions: dict[str, int] = {}
    """Language to listeners who read it."""
    fast: dict[str, int] = {}
    """Language to those of them who also want partials (mode `fast`)."""
    speech: dict[str, dict[str, int]] = {}
    """Target language to rendition to listeners who hear it."""
    both: dict[str, int] = {}
    """Language to listeners who read and hear it."""
    listeners: int = 0
    """All listeners, also those of the floor language."""
    paused: int = 0
    """Listeners whose player is paused."""
    wished: dict[str, int] = {}
    """Language that is not offered to listeners who wish for it."""
    captions_linger_ms: int = 0
    """For how long after `until` what is read is still asked for, if nobody says what became of the listeners."""
    speech_linger_ms: int = 0
    """The same of what is heard."""


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """Something about a session that every gateway with one of its sockets must know now."""

    kind: Literal["state", "ended", "replaced", "audience", "spoken", "returned", "left", "end-asked"]
    """`state`: speakerState changed, or the session was deleted; `ended`: endSession is durable; `replaced`: a newer
    speaker socket took over; `audience`: a lease changed; `spoken`: translated speech was published; `returned`: a
    listener has a newer socket; `left`: a listener said over HTTP that it will not come back;
    `end-asked`: whoever has the speaker ends the session, as a moderator wishes."""
    generation: int = 0
    """The newest speaker generation, with `replaced`."""
    at: int = 0
    """Unix ms; with `returned` and `left` in Redis time."""
    listener: str = ""
    """Id of the listener, with `returned` and `left`."""
    language: str = ""
    """BCP-47 tag of the speech, with `spoken`."""
    segment: int = 0
    """Its segment."""
    part: int = 0
    """Its part of that."""
    voice: str = ""
    """The voice that its listeners chose."""
    envelope: str = ""
    """Its envelope, as in the record."""


class Publication(NamedTuple):
    """What pub/sub carries: the payload with its place in the history."""

    id: str
    """Stream id `segment-revision`; empty for partials, which are not in the history."""
    previous: str
    """Id of the history's entry before it; empty at its beginning."""
    payload: bytes
    """A Caption, SessionEnded or TranslatedAudio of the socket protocol as JSON, without `id` and `previous`; speech as
    in a binary frame: u32 length of the JSON, the JSON, the encoded audio."""
    revised: bool = False
    """`id` and `previous` are those of the revisions, not of the history."""


REVISED = b"revised\n"


def publication(raw: bytes) -> Publication:
    """Parses what the scripts send: id, newline, previous, newline, payload.

    A revision is that behind two empty lines and a mark: no payload begins with it, and who does not know it cannot
    take it for anything else.
    """
    identity, previous, payload = raw.split(b"\n", 2)
    if revised := payload.startswith(REVISED):
        identity, previous, payload = payload.removeprefix(REVISED).split(b"\n", 2)
    return Publication(identity.decode(), previous.decode(), payload, revised)


def framed(header: bytes, audio: bytes) -> bytes:
    """A binary frame of the socket protocol, and the payload of a speech channel."""
    return struct.pack(">I", len(header)) + header + audio


def unframed(payload: bytes) -> tuple[bytes, bytes]:
    """Header and audio of a binary frame. Raises ValueError when it is cut."""
    if len(payload) < 4 or len(payload) < 4 + struct.unpack_from(">I", payload)[0]:
        raise ValueError("frame is shorter than its header says")
    length = struct.unpack_from(">I", payload)[0]
    return payload[4 : 4 + length], payload[4 + length :]
