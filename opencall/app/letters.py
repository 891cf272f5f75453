"""Letters of the house itself, to those who keep it running."""

from typing import Final

from opencall.kernel.mail import queue_mail
from opencall.kernel.unit_of_work import UnitOfWork

_DOING: Final = {
    "inspect": "listening to the files",
    "normalise": "aligning the stems",
    "listen": "making the listening copy",
    "compare": "comparing the song with the others of its call",
    "compose": "composing the scene",
    "render": "rendering",
    "audition": "making the headphone copy",
    "master": "making the masters",
}


def send_run_stands_still(uow: UnitOfWork, email: str, title: str, stage: str, error: str) -> None:
    """A run failed or was set aside, and waits for somebody to look."""
    song = f"“{title}”" if title else "A song that is not selected yet"
    doing = _DOING.get(stage, stage)
    queue_mail(
        uow,
        email,
        f"{song} stands still: {doing}",
        f"{song} does not go on by itself: {doing} stopped, and trying again changes nothing until somebody has "
        f"looked. What the machine says:\n\n{error}\n\n"
        "On the page Runs you can queue it again once the cause is gone.\n\nOpencall\n",
    )
