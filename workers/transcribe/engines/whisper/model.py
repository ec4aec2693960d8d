"""A Whisper model by CTranslate2: the only file that knows its library."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
from tokenizers import Tokenizer

from workers.transcribe.engines.whisper.device import device_for
from workers.transcribe.engines.whisper.languages import UNSPACED
from workers.transcribe.engines.whisper.mel import log_mel
from workers.transcribe.engines.whisper.reading import Reading, ReadWord
from workers.transcribe.engines.whisper.tokens import STAMP_S, Alphabet, said, words

_LANGUAGE_CONTEXT_S = 8.0


class WhisperModel:
    """Weights and vocabulary. One decode at a time."""

    def __init__(self, folder: Path, threads: int, compute: str = "", device: str = "auto") -> None:
        """`compute`: a type of CTranslate2's; empty: int8, on a GPU float16; `device`: `auto`, `cpu` or `cuda`. Raises
        RuntimeError, ValueError."""
        name, numbers = device_for(device, compute, ctranslate2.get_cuda_device_count)
        self._model = ctranslate2.models.Whisper(
            str(folder),
            device=name,
            compute_type=numbers,
            inter_threads=1,
            intra_threads=threads,
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._alphabet = Alphabet(self._token("<|endoftext|>"), self._token("<|notimestamps|>") + 1)
        self._beginning = [self._token("<|startoftranscript|>")]
        self._transcribe = self._token("<|transcribe|>")

    def read(
        self, pcm: bytes, context_s: float, language: str, beams: int, enough_s: float, most_tokens: int
    ) -> Reading:
        """Reads PCM with silence after it up to `context_s`; stops at a stamp from `enough_s` on."""
        heard = self._hear(pcm, context_s)
        prompt = self._prompt(language)
        (result,) = self._model.generate(
            heard,
            [prompt],
            beam_size=beams,
            max_length=2 * most_tokens,  # CTranslate2 gives half of it to the text
            return_scores=True,
            return_no_speech_prob=True,
        )
        tokens = result.sequences_ids[0]
        text = said(tokens, self._alphabet, enough_s)
        return Reading(
            words=tuple(ReadWord(*found) for found in words(text, self._decode, language not in UNSPACED)),
            tokens=tuple(tokens),
            sureness=result.scores[0] * len(tokens) / (len(tokens) + 1),
            no_speech=result.no_speech_prob,
            heard=heard,
        )

    def places(self, reading: Reading, language: str) -> list[tuple[float, float, float]]:
        """Of each word of a reading: where it begins and ends, in s, and how sure it is, 0 to 1."""
        tokens = [token for word in reading.words for token in word.tokens]
        columns = reading.heard.shape[1] * 2
        (aligned,) = self._model.align(reading.heard, self._prompt(language), [tokens], columns)
        rows, stamps = np.array(aligned.alignments).T
        moments = stamps[np.diff(rows, prepend=-1) > 0] * STAMP_S
        edges = np.cumsum([0, *(len(word.tokens) for word in reading.words)])
        sure = aligned.text_token_probs
        return [
            (float(moments[begin]), float(moments[min(end, len(moments) - 1)]), float(np.mean(sure[begin:end])))
            for begin, end in pairwise(edges)
        ]

    def language(self, pcm: bytes) -> str:
        """What is spoken, in Whisper's names."""
        return self._language(self._hear(pcm, _LANGUAGE_CONTEXT_S))[0] if self._model.is_multilingual else "en"

    def language_of(self, reading: Reading) -> tuple[str, float]:
        """The same of what was read, and how probable; empty: this model knows English only."""
        return self._language(reading.heard) if self._model.is_multilingual else ("", 0.0)

    def _language(self, heard: ctranslate2.StorageView) -> tuple[str, float]:
        ((best, *_),) = self._model.detect_language(heard)
        return str(best[0]).strip("<|>"), float(best[1])

    def _hear(self, pcm: bytes, context_s: float) -> ctranslate2.StorageView:
        columns = round(context_s * 50) * 2
        mel = log_mel(pcm, columns, self._model.n_mels)
        return self._model.encode(ctranslate2.StorageView.from_array(mel[None]))

    def _prompt(self, language: str) -> list[int]:
        if not self._model.is_multilingual:
            return self._beginning
        return [*self._beginning, self._token(f"<|{language}|>"), self._transcribe]

    def _token(self, text: str) -> int:
        token: int | None = self._tokenizer.token_to_id(text)
        if token is None:
            raise ValueError(f"this model does not know {text}")
        return token

    def _decode(self, tokens: Sequence[int]) -> str:
        text: Any = self._tokenizer.decode(list(tokens))
        return str(text)
