"""Every table of the house in one place: importing this module fills `metadata`."""

from audio_pipeline import tables as audio_tables
from opencall.kernel import facts, mail
from opencall.kernel.database import metadata

TABLE_MODULES = (facts, mail, audio_tables)

__all__ = ["TABLE_MODULES", "metadata"]
