"""How a worker of synthesize starts."""

from pathlib import Path

import pytest

from dragoman.runtime.settings import Settings
from workers.errors import EngineUnavailable
from workers.synthesize.__main__ import make


async def test_a_voice_that_the_settings_name_and_that_is_not_there_ends_the_worker(
    redis_url: str, tmp_path: Path
) -> None:
    settings = Settings(
        redis=redis_url, models=str(tmp_path), synthesize_engines="kokoro,scripted", voices="pt:kokoro:pf_dora"
    )
    worker = make(settings)
    try:
        with pytest.raises(EngineUnavailable, match=r"kokoro, which the settings name.*dragoman models fetch kokoro"):
            await worker.start()
    finally:
        await worker.close()
