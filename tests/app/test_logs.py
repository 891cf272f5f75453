"""Stdout belongs to results, whatever long-running parts have to say."""

from contextlib import redirect_stderr
from io import StringIO

import pytest
import structlog

from opencall.app.logs import log_to_stderr


def test_logs_go_wherever_stderr_is_now_and_never_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    another = StringIO()
    try:
        with redirect_stderr(another):
            log_to_stderr()
            structlog.get_logger().info("first")
        another.close()
        structlog.get_logger().info("second")
    finally:
        structlog.configure(**before)
    told = capsys.readouterr()
    assert "second" in told.err
    assert told.out == ""
