"""What the pages of this room are handed, and how they read somebody's account."""

from typing import TypeAlias

from litestar.di import NamedDependency

from opencall.kernel.web.forms import Fields
from rewards.rails.order import Party
from rewards.vault import Vault

VaultHere: TypeAlias = NamedDependency[Vault]


def party_of(fields: Fields) -> Party:
    """Somebody's name, address and account as they were typed. Raises `FieldWrong`."""
    return Party(
        name=fields.needed("name", "Name of the account's holder"),
        account=fields.needed("account", "Account number"),
        town=fields.needed("town", "Town"),
        country=fields.needed("country", "Country"),
        street=fields.text("street"),
        postcode=fields.text("postcode"),
        bic=fields.text("bic"),
    )
