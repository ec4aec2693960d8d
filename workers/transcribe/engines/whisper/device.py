"""Where Whisper computes, and with which numbers."""

from collections.abc import Callable


def device_for(wanted: str, compute: str, gpus: Callable[[], int]) -> tuple[str, str]:
    """CTranslate2's name of the device, and of the numbers: `compute`, or what is usual there.

    `wanted`: `auto`, `cpu` or `cuda`; `gpus` counts those that the library can use. Raises ValueError.
    """
    found = gpus() if wanted != "cpu" else 0
    if wanted == "cuda" and not found:
        raise ValueError("CTranslate2 finds no GPU here: DRAGOMAN_WHISPER_DEVICE=auto takes the processor then")
    return ("cuda", compute or "float16") if found else ("cpu", compute or "int8")
