"""A share is paid to nobody but the person who confirmed it, whatever a form says."""

from pathlib import Path

import pytest

from opencall.app.journey import react
from opencall.kernel.ids import CountingIds
from opencall.kernel.principal import Role
from opencall.kernel.unit_of_work import Work
from rewards import funds, payees
from rewards.errors import PayeeOfAnother
from rewards.vault import Vault
from submissions.rows import find_song
from submissions.splits import confirm_split, shares_of
from submissions.uploads import FolderUploads
from tests.rewards.office import artist_details
from tests.submissions.conftest import Programme, person

FINANCE = person("Fina", Role.FINANCE)


@pytest.fixture
def programme(engine, store, clock, tmp_path: Path) -> Programme:
    """A programme whose acts set going what the house orders, with a fund that pays for its call."""

    def note_and_react(uow, fact) -> None:
        recorded.append(fact)
        react(uow, fact)

    recorded = []
    work = Work(engine, clock, CountingIds(), note_and_react)
    programme = Programme(work, FolderUploads(tmp_path / "uploads", store), clock, recorded)
    programme.do(FINANCE, funds.open_fund, "Fund of the test", "EUR", "fund-1")
    programme.do(FINANCE, funds.donate, "fund-1", "gift", 1_000_000, "EUR")
    return programme


@pytest.fixture
def song_id(programme):
    return programme.submitted(programme.call())


def jon_confirms(programme, song_id, payee_id):
    with programme.work.read() as uow:
        jon = next(one for one in find_song(uow, song_id).contributors if one.name == "Jon")
    programme.do(programme.player, confirm_split, song_id, jon.id, 3333, payee_id)


def test_a_share_goes_to_an_account_of_ones_own(programme, song_id):
    vault = Vault(Vault.new_key())
    payee_id = programme.do(programme.player, payees.add_payee, vault, artist_details())
    jon_confirms(programme, song_id, payee_id)
    with programme.work.read() as uow:
        shares, waiting = shares_of(uow, find_song(uow, song_id))
    assert ([share.payee_id for share in shares], waiting) == ([payee_id], ("Runa",))


def test_an_account_of_somebody_else_and_one_that_is_not_there_are_refused_alike(programme, song_id):
    theirs = programme.do(programme.artist, payees.add_payee, Vault(Vault.new_key()), artist_details())
    sentences = set()
    for payee_id in (theirs, "no-such-payee"):
        with pytest.raises(PayeeOfAnother) as refused:
            jon_confirms(programme, song_id, payee_id)
        sentences.add(str(refused.value))
    with programme.work.read() as uow:
        assert shares_of(uow, find_song(uow, song_id)) == ((), ("Runa", "Jon"))
    assert sentences == {"This account is not among yours; choose one of your own, or add it first."}
