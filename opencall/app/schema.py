"""Every table of the house in one place: importing this module fills `metadata`."""

from opencall.kernel import facts, mail
from opencall.kernel.database import metadata

TABLE_MODULES = (facts, mail)

__all__ = ["TABLE_MODULES", "metadata"]
