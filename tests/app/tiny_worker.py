"""`python -m tests.app.tiny_worker HOME`: a real worker on a pipeline of tiny stages."""

import sys
from pathlib import Path

from audio_pipeline.pipeline import Queue
from opencall.app.signals import stop_on_signals
from opencall.app.worker import run_worker
from tests.audio_pipeline.tiny import UNHEARD

if __name__ == "__main__":
    with stop_on_signals() as stop:
        run_worker(Path(sys.argv[1]), tuple(Queue), 2, stop, UNHEARD)
