"""Where long-running processes say what they do: one readable line each, on stderr. Stdout belongs to results."""

import logging
import sys

import structlog


def log_to_stderr() -> None:
    """Send structured events to stderr, in colour only where a person reads along."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=16),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Looked up at every line: whoever runs a command inside a program of their own may exchange it, and close it.
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
