"""What a listener's choice means with what can be had. No I/O."""

import msgspec

from gateway.channels.offers import Offers, audio_format
from gateway.sessions.audience import Wish
from schemas.languages import ANY, floor_tag, known
from schemas.socket import ChangeLanguage, Format, JoinSession


def wish_of(offers: Offers, source: str, choice: JoinSession) -> Wish:
    """What a choice means with what can be had. Raises RefusedError."""
    target = offers.target(choice.target_language, source)
    captions = offers.target(choice.caption_language or choice.target_language, source) if choice.captions else None
    encoding: Format | None = audio_format(choice.formats)
    translated = target not in (floor_tag(source), ANY)
    voice = offers.speakable(target) or offers.fetchable.voice(target)  # what is asked for is fetched
    spoken = choice.audio and encoding is not None and translated and voice
    return Wish(
        captions=captions,
        fast=choice.mode == "fast",
        speech=target if spoken else None,
        format=encoding if spoken else None,
        paused=False,
        asleep=False,
        voice=offers.voice(choice.voice, target) if spoken else "",
        wished=_wished(offers, source, choice.wished),
    )


def _wished(offers: Offers, source: str, tag: str) -> str:
    """What is wished for, unless it can be had or is no language that anybody knows: speakers read it on their desk.

    Raises RefusedError.
    """
    return "" if not tag or offers.offered(tag, source) else known(tag)


def changed(choice: JoinSession, request: ChangeLanguage) -> JoinSession:
    """`choice` with what the request says; captions follow the target unless they were chosen apart."""
    given = {
        name: wanted
        for name in ("target_language", "caption_language", "audio", "captions", "voice", "mode", "wished")
        if (wanted := getattr(request, name)) is not None
    }
    return msgspec.structs.replace(choice, **given)
