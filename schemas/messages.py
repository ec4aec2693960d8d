"""The messages of the Kafka topics. The key of every record is the session id."""

from typing import Annotated, Literal

import msgspec

Position = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
"""Samples; a record that says otherwise is undecodable."""

Outcome = Literal["ok", "skipped", "failed", "withdrawn"]
"""What became of a segment: `skipped` and `failed` announce a hole; `withdrawn`: it was said, and is taken back."""

Reason = Literal["", "deadline", "no-audience", "jump", "engine", "at-capacity", "retention"]
"""Why an outcome is not `ok`."""


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A record of a topic. Readers ignore members that they do not know."""


class Audio(Message, frozen=True, kw_only=True, tag="audio"):
    """A slice of what the speaker sent, or a marker in it.

    On the topic the value is bare PCM, all else is in headers.
    """

    kind: Literal["frame", "pause", "mute", "end"]
    """`frame` carries PCM; the others finish the utterance at `position`."""
    position: Position
    """Index of the first sample in the session: orders, dedupes, shows gaps, and is the media time."""
    captured_at: int
    """When the first sample was captured, Unix ms in the server's clock."""
    language: str
    """BCP-47 tag of what is spoken; `auto` while that is to be found out."""
    since: Position = 0
    """Where the speaker chose this language, or that it be found out: what was found out before does not count."""
    shown: bool = False
    """The speaker reads the captions of the floor: partials are made for that reader, too."""
    pcm: bytes = b""
    """s16le, 16 kHz, mono; empty in markers."""

    @property
    def until(self) -> int:
        """Position after the last sample."""
        return self.position + len(self.pcm) // 2


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A recognised word."""

    text: str
    """As recognised, without punctuation."""
    start: Position
    """Position of its first sample."""
    end: Position
    """Position after its last sample."""
    confidence: float
    """0 to 1, as the engine rates it."""


class Prosody(msgspec.Struct, frozen=True, kw_only=True):
    """How something was spoken, so that the voices of other languages can follow."""

    loudness_db: float
    """Mean power while there was speech, dBFS."""
    pitch_hz: float = 0.0
    """Median F0; 0: not known."""
    rate: float = 0.0
    """Syllables a second, pauses left out, relative to what is usual in the language; 0: not known."""


class Segment(Message, frozen=True, kw_only=True):
    """What every text and speech record carries: which stretch of audio it accounts for, and what became of it."""

    segment: Position
    """Position where the previous final ended: grows, unique in the session."""
    until: Position
    """Position up to which this record accounts for the audio; the next segment begins there."""
    start: Position
    """Position of the first spoken word (`segment` when there is none)."""
    end: Position
    """Position after the last spoken word."""
    spoken_at: int
    """Capture time of `end`, Unix ms in the server's clock; latency is measured from here."""
    final: bool
    """True on the last revision."""
    revision: Position
    """Samples of the segment heard so far; replaces every lower revision of the same segment."""
    language: str
    """BCP-47 tag of this record's text or speech."""
    engine: str
    """Name of the engine that made it; empty when none was asked."""
    outcome: Outcome = "ok"
    """What became of it."""
    reason: Reason = ""
    """Why the outcome is not `ok`."""
    ingested_at: int = 0
    """When the gateway gave the audio of `end` to the log, Unix ms."""
    transcribed_at: int = 0
    """When the transcript was ready, Unix ms."""


class Transcript(Segment, frozen=True, kw_only=True, tag="transcript"):
    """What was said, in the floor language; `und` where nobody heard and the language was not found out yet."""

    text: str
    """Cased and, in a final, punctuated for reading."""
    stable_chars: int = 0
    """Leading code points of `text` that are not expected to change."""
    words: tuple[Word, ...] = ()
    """The words with their times; empty in partials of engines that give none."""
    detected: bool = False
    """`language` was found out for good: it holds until the speaker chooses another one."""
    heard_language: str = ""
    """On finals, BCP-47 tag of the language that the engine took the words for, if it looked; empty: it did not."""
    revised: bool = False
    """It came long after its audio and replaces a final, or a part of one, that was said before; its `revision` is
    higher. Several may tile a hole. No speech is made of it."""
    prosody: Prosody | None = None
    """How it was spoken, in a final; nothing where that was not measured."""


class Translation(Segment, frozen=True, kw_only=True, tag="translation"):
    """What was said, in one target language."""

    text: str
    """The translated text; empty when the outcome is `skipped` or `failed`."""
    source_text: str
    """The transcript's text."""
    source_language: str
    """BCP-47 tag of the floor."""
    stable_chars: int = 0
    """Leading code points of `text` that are not expected to change."""
    translated_at: int = 0
    """When the translation was ready, Unix ms."""
    revised: bool = False
    """As in the transcript, or it fills a hole that was left while nobody read this language."""
    prosody: Prosody | None = None
    """As in the transcript."""


class Speech(Segment, frozen=True, kw_only=True, tag="speech"):
    """A part of a segment spoken in one target language. On the topic the value is `audio`, all else is in headers."""

    part: Annotated[int, msgspec.Meta(ge=0, lt=256)]
    """Counts from 0 within the segment and format."""
    last: bool
    """True on the segment's final part in this format."""
    format: Literal["ogg-opus", "pcm16", ""]
    """Encoding of `audio`, also of what was skipped in this format only; empty when the outcome is not `ok` in all."""
    sample_rate: int
    """Samples a second of the decoded audio."""
    duration_ms: int
    """Length of the decoded audio."""
    chosen_voice: Literal["", "female", "male"] = ""
    """It is for the listeners who chose this voice; empty: for those who chose none."""
    voice: Literal["", "female", "male"] = ""
    """The voice that speaks, another one than was chosen where that cannot be had; empty: not known, or no audio."""
    source_language: str
    """BCP-47 tag of the floor."""
    translated_at: int = 0
    """When the translation was ready, Unix ms."""
    synthesized_at: int = 0
    """When the speech was ready, Unix ms."""
    envelope: str = ""
    """Loudness by band every 50 ms, as `schemas/envelope.py` writes it: the speaker's gateway knows it again in the
    microphone. Empty when there is no audio, or none is known."""
    audio: bytes = b""
    """The encoded audio; each part decodes alone."""


class End(Message, frozen=True, kw_only=True, tag="end"):
    """Nothing more follows in this session (in `transcripts`), or in one language of it (`translations`, `speech`)."""

    position: Position
    """Samples that the session had."""
    language: str
    """The floor language in `transcripts`; the target language elsewhere."""
    ended_at: int
    """When the speaker ended it, Unix ms."""


class Wanted(Message, frozen=True, kw_only=True, tag="wanted"):
    """A language is asked for that was not before, or not for a while: a gateway says so in the session's
    `transcripts`, behind all that was said until then. What has no translation for want of an audience is to be filled.
    """

    language: str
    """BCP-47 tag of the target language."""
    at: int
    """When somebody began to read or hear it, Unix ms."""
    since: int = 0
    """When the session was created, Unix ms: nothing of it was written before. 0: not known."""


class Usage(Message, frozen=True, kw_only=True, tag="usage"):
    """One engine call, or one that was not made and why: the cost ledger and the audit."""

    stage: Literal["transcribe", "translate", "synthesize"]
    """Who called."""
    engine: str
    """Name of the engine; empty when none was asked."""
    language: str
    """BCP-47 tag of the input."""
    target_language: str = ""
    """BCP-47 tag of the output."""
    segment: Position
    """The segment it worked on."""
    final: bool
    """False for a partial."""
    seconds: float = 0.0
    """Seconds of audio heard or made."""
    characters: int = 0
    """Code points of the text given to the engine."""
    took_ms: int = 0
    """How long the call took; of a recogniser, from the last frame of the segment to its final."""
    outcome: Outcome
    """What became of it."""
    reason: Reason = ""
    """Why the outcome is not `ok`."""
    at: int
    """When it was over, Unix ms."""
    revised: bool = False
    """It was made long after its audio, to fill a hole."""
    lingering: bool = False
    """Nobody who was there asked for it, only listeners who had been there a while ago and may come back."""


MOST_BURIED_BYTES = 500_000
"""A dead letter holds no more of a record's value: in base64 it must fit into a record."""


class DeadLetter(Message, frozen=True, kw_only=True, tag="deadLetter"):
    """A record that a stage could not process, as it was, with where it came from and why."""

    stage: str
    """The stage that gave it up."""
    topic: str
    """The topic that it was read from, or that did not take it."""
    partition: int
    """Its partition."""
    offset: int
    """Its offset; -1: Kafka did not take it, so that it never was in the topic."""
    error: str
    """Name of the error and one sentence, without words that were spoken."""
    headers: dict[str, str]
    """The record's headers."""
    value: bytes
    """The record's value."""
    at: int
    """When it was given up, Unix ms."""


class LetterSettled(Message, frozen=True, kw_only=True, tag="letterSettled"):
    """An operator has seen to a dead letter: it is no longer listed. The log keeps both."""

    partition: int
    """Partition of the dead letter in `dead-letters`."""
    offset: int
    """Its offset there."""
    how: Literal["replayed", "discarded"]
    """`replayed`: the record was given back to its topic; `discarded`: it was not."""
    at: int
    """When that was, Unix ms."""


State = Literal["live", "paused", "muted", "ended"]
"""What the speaker last asked for."""


class Session(Message, frozen=True, kw_only=True, tag="session"):
    """A session's settings and state: the record of the compacted topic `sessions`, and its working copy in Redis."""

    session_id: str
    """Code plus a random suffix: the key of every record of the session."""
    code: str
    """What people type: `adjective-noun-123`."""
    source_language: str
    """BCP-47 tag of the floor; `auto` while it is to be found out."""
    detected: bool = False
    """`source_language` was found out."""
    language_since: Position = 0
    """Where the speaker chose it, or that it be found out."""
    partition: int
    """Partition number of the session in every topic keyed by session."""
    created_at: int
    """Unix ms."""
    updated_at: int
    """Unix ms of this record."""
    state: State = "live"
    """What the speaker last asked for."""
    generation: int = 1
    """Grows with every speaker socket: an older socket can change nothing."""
    title: str = ""
    """Shown to listeners."""
    owner: str = ""
    """Subject of the credential that created it; empty in the modes `open` and `secret`, where nobody has a name."""
    glossary: dict[str, dict[str, str]] = {}
    """Source term to language to term."""
    vocabulary: tuple[str, ...] = ()
    """Words that the recogniser should expect; no engine makes use of them."""
    listeners: Literal["guests", "pin", "signed-in"] = "guests"
    """Who may join."""
    pin: str = ""
    """What a listener must say when `listeners` is `pin`."""
    muted: bool = False
    """The speaker muted, perhaps below a pause."""
    hidden: bool = False
    """Listeners get no captions and no speech until they are shown again."""
    deleted: bool = False
    """It is gone for everybody: what was said may be read back no more, and this record keeps its code from reuse."""
    position: Position = 0
    """All audio below it was given to the log before this record: where the audio ends, at the least."""


TOPIC_MESSAGES: dict[str, tuple[type[Message], ...]] = {
    "audio": (Audio,),
    "transcripts": (Transcript, End, Wanted),
    "translations": (Translation, End),
    "speech": (Speech, End),
    "sessions": (Session,),
    "dead-letters": (DeadLetter, LetterSettled),
    "usage": (Usage,),
}
"""Which messages a topic carries."""
