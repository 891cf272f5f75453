"""An S3 of the tests' own: moto's server, in a process that ends with ours."""

import http.client
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

BUCKET = "opencall-test"

# It prints its port, and ends when its standard input does: when we close it, or die.
SERVE = """
import logging, sys
logging.getLogger("werkzeug").setLevel(logging.ERROR)
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""

# Any will do, but the client wants some; and nobody's own may be used by accident.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}


@contextmanager
def s3_server() -> Iterator[str]:
    """A running server with the bucket `BUCKET`; yields its endpoint."""
    server = subprocess.Popen([sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        port = int(server.stdout.readline())
        bucket = http.client.HTTPConnection("127.0.0.1", port)
        bucket.request("PUT", f"/{BUCKET}")
        assert bucket.getresponse().status == http.HTTPStatus.OK
        bucket.close()
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stdin.close()
        server.wait()
        server.stdout.close()
