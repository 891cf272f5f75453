"""The people of the demo. All of them are invented, and so are their accounts: specimen numbers that banks print."""

import hashlib
import re
import unicodedata

from opencall.kernel.principal import Grant, Principal, Role
from rewards.rails.order import Party

# Everybody in the demo has it, and it opens nothing else: a demo answers on this machine only.
PASSWORD = "songs from a quiet year"  # noqa: S105 - printed for everybody to use


def _person(name: str, *roles: Role) -> Principal:
    grants = (Grant(Role.ARTIST), *(Grant(role) for role in roles))
    return Principal(_id_of(name), name, address_of(name), frozenset(grants))


def _id_of(name: str) -> str:
    # The same in every run, so that a demo that was stopped finds its people again.
    return hashlib.sha256(address_of(name).encode()).hexdigest()[:32]


def address_of(name: str) -> str:
    """A mail address that cannot exist, for an invented person."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return ".".join(re.findall(r"[a-z]+", plain)) + "@opencall.invalid"


def contributor(name: str) -> Principal:
    """Somebody who made a song, or a part of it; known by the mail address."""
    return _person(name)


MANAGER = _person("Mireille Ondine", Role.MANAGER)
CURATORS = (
    _person("Tobias Quill", Role.CURATOR),
    _person("Amaru Vale", Role.CURATOR),
    _person("Saoirse Lund", Role.CURATOR),
)
ENGINEER = _person("Ilse Faderman", Role.ENGINEER)
MAKER = _person("Paulo Centavo", Role.FINANCE)
APPROVERS = (
    _person("Greta Saldo", Role.FINANCE),
    _person("Hana Ledger", Role.FINANCE),
)

STAFF = (MANAGER, *CURATORS, ENGINEER, MAKER, *APPROVERS)

FUND_ACCOUNT = Party(
    name="Relief Fund of the Demo", account="DE89370400440532013000", town="Köln", country="DE", postcode="50667"
)

_ACCOUNTS = (
    ("FR1420041010050500013M02606", "Lyon", "FR"),
    ("ES9121000418450200051332", "Granada", "ES"),
    ("NL91ABNA0417164300", "Utrecht", "NL"),
    ("AT611904300234573201", "Graz", "AT"),
    ("BE68539007547034", "Gent", "BE"),
    ("PT50000201231234567890154", "Porto", "PT"),
    ("IE29AIBK93115212345678", "Cork", "IE"),
    ("FI2112345600000785", "Turku", "FI"),
)


def account_of(name: str, position: int) -> Party:
    """Where contributor number `position` (from 0) of the demo is paid."""
    account, town, country = _ACCOUNTS[position % len(_ACCOUNTS)]
    return Party(name=name, account=account, town=town, country=country)
