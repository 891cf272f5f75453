"""Every table of the house in one place: importing this module fills `metadata`."""

from audio_pipeline import tables as audio_tables
from opencall.app.identity import tables as identity_tables
from opencall.kernel import facts, mail
from opencall.kernel.database import metadata
from rewards import tables as rewards_tables
from submissions import tables as submissions_tables

TABLE_MODULES = (facts, mail, identity_tables, submissions_tables, audio_tables, rewards_tables)

__all__ = ["TABLE_MODULES", "metadata"]
