"""One stream of Transcribe: audio goes in, results come out, until it is ended or breaks.

The library ends results without an error when a connection breaks, waits for ever when the service does not answer, and
takes audio that nobody will ever hear. What is made of that here: results end with None only if the service has heard
everything, else with an EngineError, within a bounded time.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any, Final

from amazon_transcribe.client import TranscribeStreamingClient
from amazon_transcribe.exceptions import SDKError
from amazon_transcribe.model import AudioStream, Result, TranscriptEvent
from awscrt.exceptions import AwsCrtError
from botocore.exceptions import BotoCoreError

from workers.amazon.troubles import trouble as trouble_of_account
from workers.errors import EngineCrashed, EngineError, EngineTimeout
from workers.transcribe.engines.amazon.client import require_whole
from workers.transcribe.engines.amazon.troubles import ACTION, trouble

START_S: Final = 5.0
"""In which the service must accept a stream: its library waits for ever."""
END_S: Final = 5.0
"""In which the last results must come after the end of the audio."""


class AmazonStream:
    """Begins at once, in the background; what is sent meanwhile waits."""

    def __init__(
        self,
        client: TranscribeStreamingClient,
        request: Mapping[str, Any],
        start_s: float = START_S,
        end_s: float = END_S,
    ) -> None:
        """`request`: what to ask for, besides the format of the audio."""
        self._client, self._request, self._start_s, self._end_s = client, request, start_s, end_s
        self._audio: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.results: asyncio.Queue[Result | EngineError | None] = asyncio.Queue()
        """What came; None: everything did; an error: it is of no more use."""
        self.begun = self._ended = False
        """The service has taken the stream."""
        self._too_late: asyncio.TimerHandle | None = None
        self._running = asyncio.create_task(self._run(), name="amazon-stream")

    def send(self, pcm: bytes) -> None:
        """Up to a second of s16le 16 kHz mono PCM."""
        self._audio.put_nowait(pcm)

    def end(self) -> None:
        """No audio follows: the last results come, then None."""
        if not self._ended:
            self._ended = True
            self._audio.put_nowait(None)
            if self.begun:
                self._expect_the_end()

    async def close(self) -> None:
        """Lets go of it, whatever was still to come."""
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        try:
            await self._hear()
        except (SDKError, AwsCrtError) as error:
            self._fail(trouble(error, begun=self.begun))
        except BotoCoreError as error:
            self._fail(trouble_of_account(error, ACTION))
        except EngineError as error:
            self._fail(error)
        else:
            self.results.put_nowait(None)
        finally:
            if self._too_late:
                self._too_late.cancel()

    async def _hear(self) -> None:
        try:
            async with asyncio.timeout(self._start_s):
                stream = await self._client.start_stream_transcription(
                    media_sample_rate_hz=16_000, media_encoding="pcm", **self._request
                )
        except TimeoutError as error:
            raise EngineTimeout("(the stream was not accepted)") from error
        self.begun = True
        if self._ended:
            self._expect_the_end()
        sending = asyncio.create_task(self._send(stream.input_stream))
        try:
            async for event in stream.output_stream:
                if isinstance(event, TranscriptEvent):
                    for result in event.transcript.results:
                        self.results.put_nowait(result)
            await require_whole(stream.output_stream)
            if not self._ended:
                raise EngineCrashed("(the service ended the stream)")
        finally:
            await _let_go(sending, stream.input_stream)

    async def _send(self, stream: AudioStream) -> None:
        try:
            while (pcm := await self._audio.get()) is not None:
                await stream.send_audio_event(audio_chunk=pcm)
            await stream.end_stream()  # type: ignore[no-untyped-call]
        except BotoCoreError as error:
            self._fail(trouble_of_account(error, ACTION))
        except OSError:  # the service ended it: the results say why
            return

    def _expect_the_end(self) -> None:
        self._too_late = asyncio.get_running_loop().call_later(self._end_s, self._give_up)

    def _give_up(self) -> None:
        self._fail(EngineTimeout("(the last results did not come)"))
        self._running.cancel()

    def _fail(self, error: EngineError) -> None:
        self.results.put_nowait(error)


async def _let_go(sending: "asyncio.Task[None]", stream: AudioStream) -> None:
    """Ends the request: the library has no other way, and would ask for more audio for ever."""
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    with contextlib.suppress(OSError, SDKError, BotoCoreError):
        await stream.end_stream()  # type: ignore[no-untyped-call]
