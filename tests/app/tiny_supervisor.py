"""`python -m tests.app.tiny_supervisor HOME`: a supervisor in a process that can be killed."""

import sys
from pathlib import Path

from opencall.app.settings import settings_of
from opencall.app.signals import stop_on_signals
from opencall.app.supervisor import Supervisor
from tests.app.test_crashes import tiny_programs

if __name__ == "__main__":
    settings = settings_of(Path(sys.argv[1]), {})
    with stop_on_signals() as stop:
        Supervisor(settings, tiny_programs(settings.home), print).run(stop)
