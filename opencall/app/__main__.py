"""`python -m opencall.app`: how the supervisor starts its children, whatever is on PATH."""

from opencall.app.cli import main

main()
