"""`python -m tests.app.tiny_worker HOME PIPELINE`: a real worker on a pipeline of tiny stages."""

import importlib
import sys
from pathlib import Path

from audio_pipeline.pipeline import Queue
from opencall.app.signals import stop_on_signals
from opencall.app.worker import run_worker

if __name__ == "__main__":
    module, _, name = sys.argv[2].partition(":")
    with stop_on_signals() as stop:
        run_worker(Path(sys.argv[1]), tuple(Queue), 2, stop, getattr(importlib.import_module(module), name))
