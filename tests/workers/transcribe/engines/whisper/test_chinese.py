"""Chinese, as it is heard and as it reads in English. Nobody recorded it: Kokoro's voice `zm_yunxi` speaks the clip."""

from pathlib import Path

import av
import numpy as np
import pytest

from dragoman.models.folder import ModelsFolder, models_folder
from dragoman.runtime.settings import read_settings
from tests.workers.transcribe.engines.speech import SECOND, feed, finals, heard
from workers.transcribe.engine import Hypothesis
from workers.transcribe.engines import create
from workers.translate.engines.opus import OpusTranslator

SAMPLE = Path(__file__).parent.parent / "samples" / "zh.ogg"
SAID = "今天的第一位演讲者将谈论可再生能源"


def clip() -> bytes:
    """PCM, with a second of silence after it."""
    with av.open(SAMPLE) as file:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
        frames = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray().ravel() for frame in frames]).tobytes() + SECOND


@pytest.mark.parametrize(("language", "said"), [("zh", SAID), ("zh-TW", "今天的第一位演講者將談論可再生能源")])
async def test_a_sentence_is_heard_in_the_script_of_the_session_and_translated(language: str, said: str) -> None:
    settings = read_settings(recognisers=1, engine_timeout_s=120)
    recogniser, translator = create("whisper", settings), OpusTranslator(ModelsFolder(models_folder(settings.models)))
    try:
        await recogniser.start()
        recognition = await recogniser.open("calm-otter-101", language, ())
        pcm = clip()
        length = await feed(recognition, pcm)
        await recognition.finish()
        results = await heard(recognition, length)
        (final,) = finals(results)
        assert "".join(letter for letter in final.text if letter.isalnum()) == said
        assert "".join(word.text for word in final.words) == said
        partials = [result for result in results if isinstance(result, Hypothesis) and not result.final]
        for partial in partials:
            stable = partial.text[: partial.stable_chars].replace(" ", "")
            assert said.startswith(stable.rstrip("。")), "what is stable is part of the final"
        english = await translator.translate(final.text, "zh", "en")
        assert "renewable energy" in english
        assert "first speaker" in english.lower()
    finally:
        await recogniser.close()
        await translator.close()
