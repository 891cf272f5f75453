"""The journey of a song: which fact in one room orders what in another.

This is the only bridge between the rooms. Everything here runs in the transaction of the fact itself: either the act
and all that it orders are kept, or neither is. Each function is one step and translates; none of them decides.
"""

from collections.abc import Callable
from typing import Any, Final

from audio_pipeline import production
from audio_pipeline.facts import MastersFinished, RenderFinished, RunFailed, RunQuarantined, SongInspected
from opencall.app.identity.facts import RoleGranted
from opencall.app.identity.users import find_user, people_with
from opencall.app.letters import send_run_stands_still
from opencall.kernel.facts import Fact
from opencall.kernel.mail import queue_mail
from opencall.kernel.principal import Role
from opencall.kernel.unit_of_work import UnitOfWork
from rewards import funds, obligations, payees
from rewards.facts import RewardSettled
from submissions import production as songs
from submissions import reports, review
from submissions.facts import (
    ArtistApproved,
    ArtistSentBack,
    CallOpened,
    CuratorReminded,
    FileRef,
    OfferAccepted,
    ReportRequested,
    ShareConfirmed,
    SongPublished,
    SongWithdrawn,
)
from submissions.material import files_sha256


def seat_the_curator(uow: UnitOfWork, fact: RoleGranted) -> None:
    """Whoever is made a curator of a call may listen to its songs at once."""
    if fact.role == Role.CURATOR and fact.call_id is not None:
        review.seat_curator(uow, fact.call_id, fact.user_id)


def set_the_budget_aside(uow: UnitOfWork, fact: CallOpened) -> None:
    """A call that opens has its money: the fund keeps the budget for it, or the call does not open."""
    funds.allocate(uow, fact.fund_id, fact.call_id, fact.budget_minor)


def listen_to_the_files(uow: UnitOfWork, fact: ReportRequested) -> None:
    """The artist asked what the machine hears: every file is judged, and the stems against the mix."""
    production.begin_inspection(uow, fact.song_id, _upload(fact.mix), tuple(map(_upload, fact.stems)))


def hand_over_the_report(uow: UnitOfWork, fact: SongInspected) -> None:
    """What was heard goes to the artist, for exactly the files that were heard."""
    report = reports.ListeningReport(
        files_sha256=files_sha256(fact.mix_sha256, fact.stem_sha256s),
        verdict=reports.Verdict(fact.verdict),
        findings=fact.report,
    )
    reports.record_report(uow, fact.song_id, report)


def stop_working_on_it(uow: UnitOfWork, fact: SongWithdrawn) -> None:
    """Nobody works on a song that its artist took back."""
    production.cancel_song(uow, fact.song_id)


def let_nobody_else_be_paid(uow: UnitOfWork, fact: ShareConfirmed) -> None:
    """A share goes to an account of whoever confirmed it, or it is not confirmed."""
    payees.require_owner(uow, fact.payee_id, fact.user_id)


def promise_the_reward(uow: UnitOfWork, fact: OfferAccepted) -> None:
    """An accepted offer with confirmed splits is owed: one obligation a share, from the call's budget."""
    shares = [obligations.Share(one.contributor_id, one.payee_id, one.basis_points) for one in fact.shares]
    obligations.encumber(uow, fact.call_id, fact.song_id, fact.amount_minor, fact.currency, shares)


def produce_the_song(uow: UnitOfWork, fact: OfferAccepted) -> None:
    """An accepted song goes into production: stems, scene, renders."""
    material = production.SongMaterial(
        song_id=fact.song_id,
        title=fact.title,
        artist_name=fact.artist_name,
        mix=_upload(fact.mix),
        stems=tuple(map(_upload, fact.stems)),
        roles={stem.name: stem.role for stem in fact.stems if stem.role},
    )
    production.begin_production(uow, material)


def let_the_artist_listen(uow: UnitOfWork, fact: RenderFinished) -> None:
    """A finished render waits for the artist's word, and for the engineer's."""
    songs.mark_rendered(uow, fact.song_id, fact.approval_sha256, is_upmix=fact.is_upmix)


def call_somebody(uow: UnitOfWork, fact: RunFailed | RunQuarantined) -> None:
    """What stands still until a person has looked is told to those who can: engineers and managers, one letter each."""
    title = production.title_of(uow, fact.song_id)
    people = (*people_with(uow, Role.ENGINEER), *people_with(uow, Role.MANAGER))
    for email in dict.fromkeys(person.email for person in people):
        send_run_stands_still(uow, email, title, fact.stage, fact.error)


def take_the_artists_yes(uow: UnitOfWork, fact: ArtistApproved) -> None:
    """With the engineer's yes to the same render, the master is made."""
    production.artist_approved(uow, fact.song_id, fact.approval_sha256)


def take_the_artists_no(uow: UnitOfWork, fact: ArtistSentBack) -> None:
    """The engineer reads what should change."""
    production.sent_back(uow, fact.song_id, fact.comment)


def let_it_be_published(uow: UnitOfWork, fact: MastersFinished) -> None:
    """A song whose masters are written and judged may be published."""
    songs.mark_mastered(uow, fact.song_id)


def let_the_reward_be_paid(uow: UnitOfWork, fact: SongPublished) -> None:
    """What is owed for a published song is due."""
    obligations.make_due(uow, fact.song_id)


def remind_the_curator(uow: UnitOfWork, fact: CuratorReminded) -> None:
    """The room of songs has the words; where a curator reads letters is known here."""
    queue_mail(uow, find_user(uow, fact.curator_id).email, fact.subject, fact.text)


def close_the_circle(uow: UnitOfWork, fact: RewardSettled) -> None:
    """Everybody with a share has their money: the song is paid."""
    songs.mark_paid(uow, fact.reference)


JOURNEY: Final[dict[type[Fact], tuple[Callable[[UnitOfWork, Any], None], ...]]] = {
    RoleGranted: (seat_the_curator,),
    CallOpened: (set_the_budget_aside,),
    ReportRequested: (listen_to_the_files,),
    SongInspected: (hand_over_the_report,),
    SongWithdrawn: (stop_working_on_it,),
    ShareConfirmed: (let_nobody_else_be_paid,),
    OfferAccepted: (promise_the_reward, produce_the_song),
    RenderFinished: (let_the_artist_listen,),
    RunFailed: (call_somebody,),
    RunQuarantined: (call_somebody,),
    ArtistApproved: (take_the_artists_yes,),
    ArtistSentBack: (take_the_artists_no,),
    MastersFinished: (let_it_be_published,),
    CuratorReminded: (remind_the_curator,),
    SongPublished: (let_the_reward_be_paid,),
    RewardSettled: (close_the_circle,),
}


def react(uow: UnitOfWork, fact: Fact) -> None:
    """Let everything happen that `fact` orders; a fact that orders nothing is only remembered."""
    for order in JOURNEY.get(type(fact), ()):
        order(uow, fact)


def _upload(file: FileRef) -> production.Upload:
    return production.Upload(file.name, file.sha256, file.bytes)
