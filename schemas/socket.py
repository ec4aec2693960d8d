"""The socket protocol, version 1: what clients send, what the gateway sends. Names are camelCase on the wire."""

import struct
from typing import Any, Literal, Union, get_args

import msgspec

from schemas.messages import Outcome, Reason

PROTOCOL = 1
SUBPROTOCOL = "dragoman.v1"
MAX_CLIENT_MESSAGE = 64 * 1024
MAX_SERVER_MESSAGE = 1024 * 1024
MAX_AUDIO_SAMPLES = 16_000
"""Samples in one `sendAudio` or binary frame: 1 s."""
MAX_GAP_SAMPLES = 60 * 16_000
"""How far above the last position audio may begin."""

Format = Literal["ogg-opus", "pcm16"]
FORMATS: tuple[Format, ...] = get_args(Format)
"""Of speech."""
ShownState = Literal["live", "paused", "muted", "away", "ended"]
ErrorCode = Literal[
    "bad-message",
    "unknown-action",
    "wrong-state",
    "unauthorized",
    "forbidden",
    "session-not-found",
    "session-ended",
    "session-full",
    "at-capacity",
    "language-unavailable",
    "bad-audio",
    "too-fast",
    "rate-limited",
    "unavailable",
]


class Action(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="action", omit_defaults=True):
    """A request of a client."""

    request_id: str | int | None = None
    """Repeated in the answer or error."""


class CreateSession(Action, frozen=True, kw_only=True, tag="createSession"):
    """A speaker opens a session. Answer: sessionCreated."""

    source_language: str
    """BCP-47 tag of what will be spoken; `auto`: it is to be found out."""
    title: str = ""
    """Shown to listeners."""
    glossary: dict[str, dict[str, str]] = {}
    """Source term to language to term."""
    vocabulary: tuple[str, ...] = ()
    """Words that the recogniser should expect. No engine makes use of them: they are among the `ignored`."""
    listeners: Literal["guests", "pin", "signed-in"] = "guests"
    """Who may join."""
    pin: str = ""
    """What listeners must say when `listeners` is `pin`."""
    captions: bool = False
    """The speaker wants the captions of the own language."""
    token: str = ""
    """The speaker's credential."""
    client_time: int | None = None
    """Unix ms in the client's clock."""


class ResumeSession(Action, frozen=True, kw_only=True, tag="resumeSession"):
    """A speaker comes back, on any gateway. Answer: sessionResumed."""

    session_id: str
    """The code."""
    speaker_token: str
    """From sessionCreated."""
    captions: bool = False
    """The speaker wants the captions of the own language."""
    token: str = ""
    """The speaker's credential."""
    client_time: int | None = None
    """Unix ms in the client's clock."""


class SendAudio(Action, frozen=True, kw_only=True, tag="sendAudio"):
    """A slice of speech, at most 1 s. Answer, now and then: audioAccepted. `audioChunk` is an alias of the action."""

    session_id: str
    """The code."""
    audio_data: str
    """Base64 of s16le, 16 kHz, mono PCM."""
    timestamp: int
    """Capture of the first sample, Unix ms in the client's clock."""
    position: int | None = None
    """Index of the first sample; required after resumeSession."""


class ControlBroadcast(Action, frozen=True, kw_only=True, tag="controlBroadcast"):
    """Answer: broadcastPaused, broadcastResumed, broadcastMuted or broadcastUnmuted."""

    session_id: str
    """The code."""
    control_action: Literal["pause", "resume", "mute", "unmute"]
    """What to do."""


class ChangeSourceLanguage(Action, frozen=True, kw_only=True, tag="changeSourceLanguage"):
    """The speaker goes on in another language, behind the audio so far. Answer: sourceLanguageChanged."""

    session_id: str
    """The code."""
    source_language: str
    """BCP-47 tag of what will be spoken; `auto`: it is to be found out (again)."""


class EndSession(Action, frozen=True, kw_only=True, tag="endSession"):
    """Answer: sessionEnded, once the end is durable."""

    session_id: str
    """The code."""


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """The last ids that a listener saw."""

    captions: str = ""
    """Of a caption."""
    speech: str = ""
    """Of a translatedAudio."""
    revisions: str = ""
    """The last `revisionId` of a caption, or `revisions` of sessionJoined; without it at most `history` are sent."""
    listener: str = ""
    """The `listener` of sessionJoined: who is known is not refused as one too many."""


class JoinSession(Action, frozen=True, kw_only=True, tag="joinSession"):
    """A listener joins. Answer: sessionJoined; then what was missed, then live."""

    session_id: str
    """The code."""
    target_language: str
    """BCP-47 tag of what to hear; the source language means the floor."""
    caption_language: str = ""
    """BCP-47 tag of what to read; `targetLanguage` when empty."""
    audio: bool = True
    """Speech is wanted."""
    captions: bool = True
    """Captions are wanted."""
    formats: tuple[str, ...] = ("ogg-opus", "pcm16")
    """Encodings that the client plays, in order of preference."""
    voice: str = ""
    """One of the `voices` of the language; any other, also none: one like the speaker's."""
    mode: Literal["steady", "fast"] = "steady"
    """`steady`: finals only, nothing shown is taken back. `fast`: also partials."""
    history: int = 20
    """Captions before now."""
    wished: str = ""
    """BCP-47 tag of a language that is not offered and that the listener would rather have; empty: none.
    Its language and script count, if ISO 639 and 15924 know them."""
    pin: str = ""
    """The session's PIN."""
    token: str = ""
    """The listener's credential."""
    moderator_token: str = ""
    """Of sessionCreated: who shows it may also moderate, needs no PIN, and sees captions that are hidden."""
    resume: Resume = Resume()
    """Where to go on."""


class ChangeLanguage(Action, frozen=True, kw_only=True, tag="changeLanguage"):
    """Answer: languageChanged, after the last frame of the old language. What is absent stays as it is."""

    session_id: str
    """The code."""
    target_language: str | None = None
    """BCP-47 tag of what to hear."""
    caption_language: str | None = None
    """BCP-47 tag of what to read."""
    audio: bool | None = None
    """Speech is wanted."""
    captions: bool | None = None
    """Captions are wanted."""
    voice: str | None = None
    """As in joinSession; it is remembered for languages that have it."""
    mode: Literal["steady", "fast"] | None = None
    """As in joinSession."""
    history: int = 0
    """Captions before now, if the language of the captions is a new one."""
    wished: str | None = None
    """As in joinSession; empty takes the wish back."""


class SetPlayback(Action, frozen=True, kw_only=True, tag="setPlayback"):
    """A listener's player paused or goes on. Answer: playbackChanged."""

    session_id: str
    """The code."""
    paused: bool
    """The player stands still."""


class LeaveSession(Action, frozen=True, kw_only=True, tag="leaveSession"):
    """A listener leaves on purpose. Answer: sessionLeft; then the socket is closed.

    Its languages are no longer asked for; after any other end of a socket they are for a while, as people come back.
    """

    session_id: str
    """The code."""


class HideCaptions(Action, frozen=True, kw_only=True, tag="hideCaptions"):
    """A speaker or moderator takes captions and speech from all listeners, at once. Answer: captionsHidden."""

    session_id: str
    """The code."""


class ShowCaptions(Action, frozen=True, kw_only=True, tag="showCaptions"):
    """Listeners get captions and speech again; what was said meanwhile comes as history. Answer: captionsShown."""

    session_id: str
    """The code."""


class Withdraw(Action, frozen=True, kw_only=True, tag="withdraw"):
    """A speaker or moderator takes a caption back, in all languages and for good. Answer: captionWithdrawn.

    It becomes a revised final with the outcome `withdrawn` and without text.
    """

    session_id: str
    """The code."""
    segment: int
    """Of the caption."""


class Correct(Action, frozen=True, kw_only=True, tag="correct"):
    """A speaker or moderator writes a caption anew. Answer: captionCorrected.

    In the language that was spoken it is translated again; in another one only that one changes.
    """

    session_id: str
    """The code."""
    segment: int
    """Of the caption."""
    language: str
    """BCP-47 tag of the caption."""
    text: str
    """What it says from now on."""


class GetSessionStatus(Action, frozen=True, kw_only=True, tag="getSessionStatus"):
    """Answer: sessionStatus."""

    session_id: str
    """The code."""


class Heartbeat(Action, frozen=True, kw_only=True, tag="heartbeat"):
    """Always allowed. Answer: heartbeatAck."""

    client_time: int | None = None
    """Unix ms in the client's clock."""


ClientMessage = (
    CreateSession
    | ResumeSession
    | SendAudio
    | ControlBroadcast
    | ChangeSourceLanguage
    | EndSession
    | JoinSession
    | ChangeLanguage
    | SetPlayback
    | LeaveSession
    | HideCaptions
    | ShowCaptions
    | Withdraw
    | Correct
    | GetSessionStatus
    | Heartbeat
)
ACTIONS: dict[str, type[ClientMessage]] = {kind.__struct_config__.tag: kind for kind in get_args(ClientMessage)}
ACTION_ALIASES = {"audioChunk": "sendAudio"}


class ServerMessage(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type"):
    """What the gateway sends."""


class Answer(ServerMessage, frozen=True, kw_only=True):
    """Belongs to one request."""

    request_id: str | int | msgspec.UnsetType | None = msgspec.UNSET
    """As in the request; absent when it had none."""


class SessionCreated(Answer, frozen=True, kw_only=True, tag="sessionCreated"):
    """The session is open."""

    session_id: str
    """The code."""
    speaker_token: str
    """Signed; opens resumeSession on any gateway."""
    join_url: str
    """What listeners open."""
    server_time: int
    """Unix ms."""
    position: int = 0
    """First sample that is not yet durable."""
    sample_rate: int = 16_000
    """Samples a second of the audio to send."""
    protocol: int = PROTOCOL
    """Version of this protocol."""
    source_language: str = ""
    """BCP-47 tag that matched, or `auto`."""
    ignored: list[str] = []
    """Members of the request that will have no effect, as no engine makes use of them."""
    moderator_token: str = ""
    """Signed; for `moderatorToken` of joinSession."""


class SessionResumed(Answer, frozen=True, kw_only=True, tag="sessionResumed"):
    """The speaker is back."""

    session_id: str
    """The code."""
    position: int
    """First sample that is not yet durable."""
    state: ShownState
    """The session's state."""
    server_time: int
    """Unix ms."""
    source_language: str = ""
    """BCP-47 tag of the floor; `auto` while it is to be found out."""
    detected: bool = False
    """It was found out."""
    hidden: bool = False
    """Captions and speech are hidden."""
    moderator_token: str = ""
    """As in sessionCreated."""


class AudioAccepted(Answer, frozen=True, kw_only=True, tag="audioAccepted"):
    """Cumulative: all audio below `position` is durable."""

    session_id: str
    """The code."""
    position: int
    """First sample that is not yet durable."""


class BroadcastPaused(Answer, frozen=True, kw_only=True, tag="broadcastPaused"):
    """The session is paused."""

    session_id: str
    """The code."""
    server_time: int
    """Unix ms."""


class BroadcastResumed(Answer, frozen=True, kw_only=True, tag="broadcastResumed"):
    """The session is no longer paused."""

    session_id: str
    """The code."""
    server_time: int
    """Unix ms."""


class BroadcastMuted(Answer, frozen=True, kw_only=True, tag="broadcastMuted"):
    """The session is muted."""

    session_id: str
    """The code."""
    server_time: int
    """Unix ms."""


class BroadcastUnmuted(Answer, frozen=True, kw_only=True, tag="broadcastUnmuted"):
    """The session is no longer muted."""

    session_id: str
    """The code."""
    server_time: int
    """Unix ms."""


class SessionEnded(Answer, frozen=True, kw_only=True, tag="sessionEnded"):
    """To the speaker: the end is durable. To a listener, and in a channel: nothing more follows."""

    session_id: str
    """The code."""


class Language(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What can be had in a language."""

    language: str
    """BCP-47 tag."""
    captions: bool
    """It can be read."""
    speech: bool
    """It can be heard."""
    quality: Literal["good", "rough"] = "good"
    """`rough`: the translation is understandable at best; a page says so."""
    speech_quality: Literal["good", "rough"] | msgspec.UnsetType = msgspec.UNSET
    """Where it can be heard; `rough`: the voice is like a robot's, and a page says so."""
    voices: list[str] | msgspec.UnsetType = msgspec.UNSET
    """Where it can be heard in several voices, those that a listener may choose: `female` and `male`."""
    state: Literal["available", "fetchable", "preparing"] = "available"
    """`fetchable`: it is not there, and is fetched when somebody chooses it; `preparing`: what it lacks is being
    fetched, and until then it may be there roughly."""
    fetch_mb: int | msgspec.UnsetType = msgspec.UNSET
    """Megabytes of what could be fetched for it, or is being fetched."""
    failed: bool | msgspec.UnsetType = msgspec.UNSET
    """True: `preparing`, and the last try failed; it will be tried again."""
    captions_engine: str | msgspec.UnsetType = msgspec.UNSET
    """In `GET /api/languages`: which engine translates, or hears the floor."""
    speech_engine: str | msgspec.UnsetType = msgspec.UNSET
    """In `GET /api/languages`: which engine speaks, if any."""
    speech_voice: str | msgspec.UnsetType = msgspec.UNSET
    """In `GET /api/languages`: the engine's name of the voice that speaks where nothing is chosen, if it has one."""
    speech_reason: str | msgspec.UnsetType = msgspec.UNSET
    """In `GET /api/languages`: why this engine, as a word of `dragoman_voices_chosen_total`."""
    speech_because: str | msgspec.UnsetType = msgspec.UNSET
    """In `GET /api/languages`: the same in words, as `dragoman doctor` says it."""


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What a listener gets from now on."""

    language: str
    """BCP-47 tag that matched."""
    id: str
    """Id of the history's last entry before live; empty when there is none."""
    recovered: bool
    """True only if nothing after the id in `resume` is missing."""
    voice: str | msgspec.UnsetType = msgspec.UNSET
    """Of speech: the chosen voice; absent: none was chosen, or one that the language does not have."""
    revisions: str = ""
    """Of captions: `revisionId` of the last revision before live; `0-0` when there is none."""


class SessionJoined(Answer, frozen=True, kw_only=True, tag="sessionJoined"):
    """The listener is in."""

    session_id: str
    """The code."""
    title: str
    """The session's title."""
    source_language: str
    """BCP-47 tag of the floor; `auto` while it is to be found out."""
    state: ShownState
    """The session's state."""
    languages: list[Language]
    """What can be had; while the floor is to be found out, what can be had of any."""
    format: Format | None
    """Encoding of the speech."""
    captions: Subscription | None
    """The captions, if any."""
    speech: Subscription | None
    """The speech, if any; null for the floor."""
    listener: str = ""
    """Who this listener is: given back in `resume`, it is known again."""
    protocol: int = PROTOCOL
    """Version of this protocol."""
    detected: bool = False
    """`sourceLanguage` was found out."""
    hidden: bool = False
    """Captions and speech are hidden: `captions` and `speech` are null until a languageChanged brings them."""
    moderator: bool = False
    """This listener may moderate."""
    notice: str = ""
    """That machines made what is read and heard, in the words of whoever runs the service: to be shown beside it."""


class LanguageChanged(Answer, frozen=True, kw_only=True, tag="languageChanged"):
    """No frame of the old language follows."""

    session_id: str
    """The code."""
    format: Format | None
    """Encoding of the speech."""
    captions: Subscription | None
    """The captions, if any."""
    speech: Subscription | None
    """The speech, if any; null for the floor."""


class SourceLanguageChanged(Answer, frozen=True, kw_only=True, tag="sourceLanguageChanged"):
    """The speaker speaks another language from now on, or it was found out. To the speaker and to all listeners."""

    session_id: str
    """The code."""
    source_language: str
    """BCP-47 tag of the floor; `auto`: it is to be found out."""
    detected: bool
    """It was found out."""
    languages: list[Language]
    """What can be had now."""


class LanguagesChanged(ServerMessage, frozen=True, kw_only=True, tag="languagesChanged"):
    """Something else can be had now, or is being fetched. To all listeners; who does not know it loses nothing."""

    session_id: str
    """The code."""
    languages: list[Language]
    """What can be had now."""


class PlaybackChanged(Answer, frozen=True, kw_only=True, tag="playbackChanged"):
    """The state of the listener's player is noted."""

    session_id: str
    """The code."""
    paused: bool
    """The player stands still."""


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """Listeners of a language."""

    captions: int = 0
    """Who read it."""
    audio: int = 0
    """Who hear it."""
    both: int | msgspec.UnsetType = msgspec.UNSET
    """Those who do both: they are in both numbers. Absent: there are none."""


class AudioQuality(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Of the last seconds of the speaker's audio."""

    snr_db: float
    """How far loud speech is over the noise floor."""
    clipping: float
    """Share of samples at full scale."""
    level_db: float
    """dBFS of the speech."""


class LagMs(msgspec.Struct, frozen=True, kw_only=True):
    """What the last final spent in each stage, in ms; null before the first."""

    transcribe: int | None = None
    """From the end of the words to the transcript."""
    translate: int | None = None
    """From the transcript to the translation."""
    synthesize: int | None = None
    """From the translation to the speech."""
    broadcast: int | None = None
    """From there to the publication."""


class SessionLeft(Answer, frozen=True, kw_only=True, tag="sessionLeft"):
    """The listener has left."""

    session_id: str
    """The code."""


class CaptionsHidden(Answer, frozen=True, kw_only=True, tag="captionsHidden"):
    """Nobody but moderators gets captions or speech any more."""

    session_id: str
    """The code."""


class CaptionsShown(Answer, frozen=True, kw_only=True, tag="captionsShown"):
    """Listeners get them again."""

    session_id: str
    """The code."""


class CaptionWithdrawn(Answer, frozen=True, kw_only=True, tag="captionWithdrawn"):
    """It is in the log that the caption is taken back; listeners are told in its channels."""

    session_id: str
    """The code."""
    segment: int
    """Of the caption."""


class CaptionCorrected(Answer, frozen=True, kw_only=True, tag="captionCorrected"):
    """The new text is in the log; listeners are told in its channels."""

    session_id: str
    """The code."""
    segment: int
    """Of the caption."""


class EngineTrouble(msgspec.Struct, frozen=True, kw_only=True):
    """An engine that failed again and again, and is left alone for a while by some worker."""

    stage: Literal["transcribe", "translate", "synthesize"]
    """What it is not asked for."""
    engine: str
    """Its name."""
    language: str
    """BCP-47 tag: of the floor in transcribe, else of what is made."""
    message: str
    """One sentence for people."""


class SessionStatus(Answer, frozen=True, kw_only=True, tag="sessionStatus"):
    """How the session is."""

    session_id: str
    """The code."""
    state: ShownState
    """What listeners see."""
    speaker_connected: bool
    """A speaker's socket is open."""
    paused: bool
    """The speaker paused."""
    muted: bool
    """The speaker muted."""
    listeners: int
    """All listeners."""
    by_language: dict[str, Listening]
    """Listeners by language."""
    wished: dict[str, int] = {}
    """As in listenersChanged."""
    duration_ms: int
    """Media time sent so far."""
    audio_quality: AudioQuality | None
    """Null while it is not known."""
    lag_ms: LagMs
    """By stage."""
    source_language: str = ""
    """BCP-47 tag of the floor; `auto` while it is to be found out."""
    detected: bool = False
    """It was found out."""
    troubles: list[EngineTrouble] = []
    """For the speaker: what concerns the session's languages now."""


class HeartbeatAck(Answer, frozen=True, kw_only=True, tag="heartbeatAck"):
    """Alive."""

    server_time: int
    """Unix ms."""
    client_time: int | None = None
    """As in the request."""


class Error(Answer, frozen=True, kw_only=True, tag="error"):
    """A request was refused."""

    code: ErrorCode
    """Which error."""
    message: str
    """One sentence: what to do."""
    retryable: bool
    """The same request may succeed later."""
    position: int | msgspec.UnsetType = msgspec.UNSET
    """Errors about audio: the position to send from."""
    available: list[str] | msgspec.UnsetType = msgspec.UNSET
    """`language-unavailable`: what can be had."""
    retry_after_ms: int | msgspec.UnsetType = msgspec.UNSET
    """`rate-limited`, `session-full`, and `too-fast` where it is known: when to try again."""


class Caption(ServerMessage, frozen=True, kw_only=True, tag="caption"):
    """A revision of a segment's text. Order: (segment, final, revision)."""

    segment: int
    """Position where the previous final ended."""
    until: int | msgspec.UnsetType = msgspec.UNSET
    """On finals: position up to which it accounts for the audio; what fills a hole may leave a rest of it."""
    revision: int
    """Replaces every lower revision."""
    final: bool
    """Only a higher final of the segment follows, if anything."""
    language: str
    """BCP-47 tag of `text`."""
    text: str
    """What to show."""
    source_text: str | msgspec.UnsetType = msgspec.UNSET
    """On finals: what was said."""
    source_language: str | msgspec.UnsetType = msgspec.UNSET
    """On finals: BCP-47 tag of `sourceText`."""
    heard_language: str | msgspec.UnsetType = msgspec.UNSET
    """On finals of the floor, now and then: the language that the recogniser took the words for."""
    stable_chars: int
    """Leading code points of `text` that are not expected to change."""
    start_ms: int
    """Media time of the first spoken word."""
    end_ms: int
    """Media time of the end of the spoken words."""
    spoken_at: int
    """Capture of the end of the words, Unix ms in the server's clock."""
    outcome: Outcome
    """`skipped` and `failed` announce a hole; `withdrawn`: what was shown is taken away."""
    reason: Reason
    """Why the outcome is not `ok`."""
    id: str | msgspec.UnsetType = msgspec.UNSET
    """On finals: place in the history."""
    previous: str | msgspec.UnsetType = msgspec.UNSET
    """On finals: id of the entry before; empty at the beginning."""
    revised: bool | msgspec.UnsetType = msgspec.UNSET
    """True on a final that replaces one of the past, or fills a hole. Sent in the place of an entry of the history it
    has that one's `id` and `previous`; else both are the `id` of the entry before it. Never spoken."""
    revision_id: str | msgspec.UnsetType = msgspec.UNSET
    """On revised finals: place in the stream of revisions."""


class TranslatedAudio(ServerMessage, frozen=True, kw_only=True, tag="translatedAudio"):
    """A part of a segment's speech, in the order in which it is to be played."""

    segment: int
    """Position where the previous final ended."""
    part: int
    """Counts from 0."""
    last: bool
    """The segment's final part."""
    language: str
    """BCP-47 tag of the speech."""
    format: Format | Literal[""]
    """Encoding; empty when there is no audio."""
    voice: str | msgspec.UnsetType = msgspec.UNSET
    """Where it is known: the voice that speaks, `female` or `male`. For one that was chosen there may be no room."""
    sample_rate: int
    """Samples a second."""
    duration_ms: int
    """Length."""
    start_ms: int
    """Media time of the first spoken word."""
    end_ms: int
    """Media time of the end of the spoken words."""
    spoken_at: int
    """Capture of the end of the words, Unix ms in the server's clock."""
    outcome: Outcome
    """`skipped` and `failed` have no audio: the player goes on."""
    reason: Reason
    """Why the outcome is not `ok`."""
    id: str | msgspec.UnsetType = msgspec.UNSET
    """Place in the history."""
    previous: str | msgspec.UnsetType = msgspec.UNSET
    """Id of the entry before; empty at the beginning."""
    audio_data: str | msgspec.UnsetType = msgspec.UNSET
    """Base64 of the audio; in `dragoman.v1` a binary frame instead."""


class SpeakerState(ServerMessage, frozen=True, kw_only=True, tag="speakerState"):
    """The speaker's state changed."""

    session_id: str
    """The code."""
    state: ShownState
    """What to show."""
    hidden: bool = False
    """Captions and speech are hidden: what is on the screen goes, too."""


class ListenersChanged(ServerMessage, frozen=True, kw_only=True, tag="listenersChanged"):
    """To the speaker, within 2 s of a change."""

    session_id: str
    """The code."""
    listeners: int
    """All listeners."""
    by_language: dict[str, Listening]
    """Listeners by language."""
    paused: int
    """Listeners whose player is paused."""
    wished: dict[str, int] = {}
    """Languages that are not offered, and how many of the listeners wish for each: the most wished for first, at most
    20."""


class Reconnect(ServerMessage, frozen=True, kw_only=True, tag="reconnect"):
    """The gateway is about to close the socket (deploy): come back."""

    after_ms: int
    """When."""


WarningCode = Literal["clipping", "noise", "quiet", "silence", "echo", "falling-behind", "not-kept", "other-language"]


class Warning(ServerMessage, frozen=True, kw_only=True, tag="warning"):
    """To the speaker: something is wrong with the audio, or with what becomes of it."""

    code: WarningCode
    """What."""
    message: str
    """One sentence for a layman."""
    figures: dict[str, float]
    """What was measured."""
    language: str | msgspec.UnsetType = msgspec.UNSET
    """`other-language`: BCP-47 tag of the language that is heard."""


SERVER_MESSAGES: tuple[type[ServerMessage], ...] = (
    SessionCreated,
    SessionResumed,
    AudioAccepted,
    BroadcastPaused,
    BroadcastResumed,
    BroadcastMuted,
    BroadcastUnmuted,
    SessionEnded,
    SessionJoined,
    LanguageChanged,
    PlaybackChanged,
    SourceLanguageChanged,
    LanguagesChanged,
    SessionLeft,
    CaptionsHidden,
    CaptionsShown,
    CaptionWithdrawn,
    CaptionCorrected,
    SessionStatus,
    HeartbeatAck,
    Error,
    Caption,
    TranslatedAudio,
    SpeakerState,
    ListenersChanged,
    Reconnect,
    Warning,
)

RETRYABLE: dict[ErrorCode, bool] = {
    "bad-message": False,
    "unknown-action": False,
    "wrong-state": False,
    "unauthorized": False,
    "forbidden": False,
    "session-not-found": False,
    "session-ended": False,
    "session-full": True,
    "at-capacity": True,
    "language-unavailable": False,
    "bad-audio": False,
    "too-fast": True,
    "rate-limited": True,
    "unavailable": True,
}

AUDIO_HEADER = struct.Struct(">QQ")
"""Speaker's binary frame: position and capturedAt (Unix ms, client's clock) before the PCM."""


def server_message(raw: bytes | str) -> Any:
    """The ServerMessage in a text frame, for clients. Raises msgspec.MsgspecError."""
    return _server_decoder.decode(raw)


_server_decoder: "msgspec.json.Decoder[Any]" = msgspec.json.Decoder(
    Union[SERVER_MESSAGES]  # noqa: UP007  # of a tuple, there is no other way
)
