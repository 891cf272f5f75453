"""`make demo-many`: the demo as an installation on many machines has it, by settings only.

Starts a PostgreSQL and an S3 server from the wheels that the tests use, then `opencall demo` with their URLs in its
environment and whatever arguments were given. Both servers, and all that is in them, are gone when it ends.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))


def main() -> int:
    """Run the demo and return its exit code."""
    from tests.servers.postgres import postgres_server
    from tests.servers.s3 import BUCKET, CREDENTIALS, s3_server

    with postgres_server() as database_url, s3_server() as endpoint:
        settings = {
            "OPENCALL_DATABASE_URL": database_url,
            "OPENCALL_STORE_URL": f"s3://{BUCKET}/demo",
            "OPENCALL_S3_ENDPOINT": endpoint,
        }
        for name, value in settings.items():
            sys.stderr.write(f"{name}={value}\n")
        environment = {**os.environ, **CREDENTIALS, **settings, "PYTHONPATH": str(PROJECT)}
        began = time.monotonic()
        code = subprocess.call([sys.executable, "-m", "opencall.app", "demo", *sys.argv[1:]], env=environment)
        sys.stderr.write(f"The demo ended with code {code} after {time.monotonic() - began:.0f} s.\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
