"""The people of the demo. All of them are invented, and so are their accounts: specimen numbers that banks print."""

import re
import unicodedata

from opencall.kernel.principal import Grant, Principal, Role
from rewards.rails.order import Party


def _person(user_id: str, name: str, *roles: Role) -> Principal:
    return Principal(user_id, name, address_of(name), frozenset(Grant(role) for role in roles))


def address_of(name: str) -> str:
    """A mail address that cannot exist, for an invented person."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return ".".join(re.findall(r"[a-z]+", plain)) + "@opencall.invalid"


def contributor(name: str) -> Principal:
    """Somebody who made a song, or a part of it; known by the mail address."""
    return Principal(address_of(name), name, address_of(name), frozenset({Grant(Role.ARTIST)}))


MANAGER = _person("demo-manager", "Mireille Ondine", Role.MANAGER)
CURATORS = (
    _person("demo-curator-1", "Tobias Quill", Role.CURATOR),
    _person("demo-curator-2", "Amaru Vale", Role.CURATOR),
    _person("demo-curator-3", "Saoirse Lund", Role.CURATOR),
)
ENGINEER = _person("demo-engineer", "Ilse Faderman", Role.ENGINEER)
MAKER = _person("demo-finance-1", "Paulo Centavo", Role.FINANCE)
APPROVERS = (
    _person("demo-finance-2", "Greta Saldo", Role.FINANCE),
    _person("demo-finance-3", "Hana Ledger", Role.FINANCE),
)

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
