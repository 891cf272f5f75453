"""An offer is answered once, in time, by its artist; a place that becomes free is never lost."""

from datetime import UTC, datetime, timedelta

import pytest

from opencall.kernel.principal import NotYours, Principal
from submissions.errors import (
    ChangedMeanwhile,
    LicenceDiffers,
    NoSuchContributor,
    OfferCannot,
    OfferLapsed,
    PayeeMissing,
    ReportMissing,
    ShareDiffers,
    SongCannot,
    SplitsUnconfirmed,
)
from submissions.facts import OfferAccepted, OfferDeclined, OfferExpired, OfferMade
from submissions.material import Part, Person
from submissions.moves import move_offer
from submissions.offers import accept_offer, decline_offer, expire_offers, offer_of
from submissions.queries import song_page
from submissions.rows import find_offer
from submissions.selection import Outcome
from submissions.songs import write_people
from submissions.splits import confirm_split
from submissions.states import OfferEvent
from submissions.terms import StemsDue
from submissions.versions import submit_song, withdraw_song


@pytest.fixture
def queue(programme):
    """A released call: one offer, two on the waiting list, in this order."""
    call_id = programme.call(budget_minor=150_000)
    song_ids = [programme.submitted(call_id, title) for title in ("Salt", "Rain", "Tide")]
    programme.close(call_id)
    for song_id, score in zip(song_ids, (5, 4, 3), strict=True):
        programme.score(song_id, (score, score))
    outcomes = (Outcome.OFFER, Outcome.WAITLIST, Outcome.WAITLIST)
    programme.release(call_id, **{f"s{song_id}": one for song_id, one in zip(song_ids, outcomes, strict=True)})
    return song_ids


def offer(programme, song_id):
    return programme.do(programme.artist, offer_of, song_id)


def people(programme, song_id):
    return programme.do(programme.artist, song_page, song_id).song.contributors


def states(programme, song_ids):
    return [programme.state(song_id) for song_id in song_ids]


def test_an_offer_names_amount_licence_and_last_moment(programme):
    song_id = programme.offered()
    made = offer(programme, song_id)
    assert (made.amount_minor, made.currency, made.licence_version) == (150_000, "EUR", "3")
    assert made.expires_at == datetime(2026, 6, 15, 21, 59, tzinfo=UTC)
    letter = programme.letters(programme.artist)[-1]
    assert "EUR 1,500.00" in letter
    assert "Mon 15 June 2026, 23:59 (Europe/Berlin)" in letter


def test_only_the_artist_answers(programme):
    song_id = programme.offered()
    offer_id = offer(programme, song_id).id
    for who in (programme.other_artist, programme.manager, programme.player, programme.stranger):
        with pytest.raises(NotYours):
            programme.do(who, accept_offer, offer_id, "3")
        with pytest.raises(NotYours):
            programme.do(who, decline_offer, offer_id)
        assert programme.do(who, offer_of, song_id) is None


def test_acceptance_waits_for_everybody_with_a_share(programme):
    song_id = programme.offered()
    offer_id = offer(programme, song_id).id
    runa, jon = people(programme, song_id)
    programme.do(programme.artist, confirm_split, song_id, runa.id, 6667, "payee-1")
    with pytest.raises(SplitsUnconfirmed) as refused:
        programme.do(programme.artist, accept_offer, offer_id, "3")
    assert refused.value.names == ("Jon",)
    assert programme.do(programme.artist, song_page, song_id).unconfirmed == ("Jon",)
    programme.do(programme.player, confirm_split, song_id, jon.id, 3333, "payee-2")
    programme.do(programme.artist, accept_offer, offer_id, "3")
    assert programme.state(song_id) == "accepted"


def test_a_person_without_a_share_has_nothing_to_confirm(programme):
    call_id = programme.call()
    song_id = programme.ready(call_id)
    everybody = (
        Person(name="Runa", email="runa@example.org", part="voice", basis_points=10_000),
        Person(name="Jon", email="jon@example.org", part="tea", basis_points=0),
    )
    programme.do(programme.artist, write_people, song_id, everybody)
    programme.do(programme.artist, submit_song, song_id)
    programme.close(call_id)
    programme.release(call_id, **{f"s{song_id}": Outcome.OFFER})
    programme.do(programme.artist, confirm_split, song_id, people(programme, song_id)[0].id, 10_000, "payee-1")
    programme.do(programme.artist, accept_offer, offer(programme, song_id).id, "3")
    assert [share.basis_points for share in programme.facts(OfferAccepted)[0].shares] == [10_000]


def test_nobody_confirms_for_another_or_another_share(programme):
    song_id = programme.offered()
    jon = people(programme, song_id)[1]
    nameless = Principal(user_id="x", name="X")
    for who in (programme.artist, programme.manager, programme.stranger, nameless):
        with pytest.raises(NoSuchContributor):
            programme.do(who, confirm_split, song_id, jon.id, 3333, "payee-x")
    with pytest.raises(ShareDiffers):
        programme.do(programme.player, confirm_split, song_id, jon.id, 5000, "payee-2")
    with pytest.raises(PayeeMissing):
        programme.do(programme.player, confirm_split, song_id, jon.id, 3333, " ")


def test_a_share_that_changes_is_no_longer_confirmed(programme):
    call_id = programme.call()
    song_id = programme.submitted(call_id)
    programme.confirm(song_id)
    assert programme.do(programme.artist, song_page, song_id).unconfirmed == ()
    changed = (
        Person(name="Runa", email="runa@example.org", part="voice", basis_points=9000),
        Person(name="Jon", email="jon@example.org", part="accordion", basis_points=1000),
    )
    programme.do(programme.artist, write_people, song_id, changed)
    programme.do(programme.artist, submit_song, song_id)
    assert programme.do(programme.artist, song_page, song_id).unconfirmed == ("Runa", "Jon")


def test_a_split_cannot_be_redirected_after_the_offer_was_accepted(programme):
    song_id = programme.accepted()
    jon = people(programme, song_id)[1]
    with pytest.raises(SongCannot):
        programme.do(programme.player, confirm_split, song_id, jon.id, 3333, "payee-other")


def test_the_licence_is_accepted_in_the_version_that_was_offered(programme):
    song_id = programme.offered()
    programme.confirm(song_id)
    with pytest.raises(LicenceDiffers):
        programme.do(programme.artist, accept_offer, offer(programme, song_id).id, "2")


def test_an_answer_is_given_once(programme):
    song_id = programme.accepted()
    offer_id = offer(programme, song_id).id
    with pytest.raises(OfferCannot):
        programme.do(programme.artist, accept_offer, offer_id, "3")
    with pytest.raises(OfferCannot):
        programme.do(programme.artist, decline_offer, offer_id)
    assert len(programme.facts(OfferAccepted)) == 1


def test_two_answers_at_the_same_moment_leave_one(programme):
    song_id = programme.offered()
    with programme.work.read() as uow:
        seen_by_both = find_offer(uow, offer(programme, song_id).id)
    programme.do(programme.artist, decline_offer, seen_by_both.id)
    with pytest.raises(ChangedMeanwhile), programme.work.write() as uow:
        move_offer(uow, seen_by_both, OfferEvent.EXPIRE)
    assert offer(programme, song_id).state.value == "declined"


def test_a_declined_offer_goes_to_the_next_on_the_list(programme, queue):
    programme.do(programme.artist, decline_offer, offer(programme, queue[0]).id, "We are on tour.")
    assert states(programme, queue) == ["offer_declined", "offered", "waitlisted"]
    assert len(programme.facts(OfferDeclined)) == 1
    assert [fact.moved_up for fact in programme.facts(OfferMade)] == [False, True]
    assert "A place has become free" in programme.letters(programme.artist)[-1]


def test_an_offer_lapses_at_its_moment_and_the_next_has_all_its_days(programme, queue):
    first = offer(programme, queue[0])
    programme.clock.advance(first.expires_at - programme.clock.now() - timedelta(microseconds=1))
    assert programme.machine(expire_offers) == ()
    programme.clock.advance(timedelta(microseconds=1))
    with pytest.raises(OfferLapsed):
        programme.do(programme.artist, accept_offer, first.id, "3")
    with pytest.raises(OfferLapsed):
        programme.do(programme.artist, decline_offer, first.id)
    assert programme.machine(expire_offers) == (first.id,)
    assert programme.machine(expire_offers) == ()
    assert states(programme, queue) == ["offer_expired", "offered", "waitlisted"]
    assert offer(programme, queue[1]).expires_at == first.expires_at + timedelta(days=14)
    assert [fact.offer_id for fact in programme.facts(OfferExpired)] == [first.id]


def test_a_place_passes_down_the_whole_list_and_then_stays_free(programme, queue):
    for song_id in queue:
        programme.do(programme.artist, decline_offer, offer(programme, song_id).id)
    assert states(programme, queue) == ["offer_declined"] * 3
    assert len(programme.facts(OfferMade)) == 3


def test_who_withdrew_from_the_waiting_list_is_passed_over(programme, queue):
    programme.do(programme.artist, withdraw_song, queue[1])
    programme.do(programme.artist, decline_offer, offer(programme, queue[0]).id)
    assert states(programme, queue) == ["offer_declined", "withdrawn", "offered"]


def test_stems_that_came_with_the_offer_are_listened_to_before_they_count(programme):
    song_id = programme.offered(stems=StemsDue.AFTER_SELECTION)
    programme.confirm(song_id)
    late = programme.send(song_id, "late.wav", Part.STEM, b"late")
    offer_id = offer(programme, song_id).id
    with pytest.raises(ReportMissing):
        programme.do(programme.artist, accept_offer, offer_id, "3")
    programme.report(song_id)
    programme.do(programme.artist, accept_offer, offer_id, "3")
    assert late.sha256 in [stem.sha256 for stem in programme.facts(OfferAccepted)[0].stems]


def test_without_stems_after_the_selection_the_mix_goes_into_production_alone(programme):
    call_id = programme.call(stems=StemsDue.AFTER_SELECTION)
    song_id = programme.draft(call_id)
    programme.send(song_id, "mix.wav", Part.MIX, b"mix")
    programme.report(song_id)
    programme.do(programme.artist, submit_song, song_id)
    programme.close(call_id)
    programme.release(call_id, **{f"s{song_id}": Outcome.OFFER})
    programme.confirm(song_id)
    programme.do(programme.artist, accept_offer, offer(programme, song_id).id, "3")
    assert programme.facts(OfferAccepted)[0].stems == ()


def test_everybody_with_a_share_is_asked_to_confirm_it_and_nobody_twice(programme):
    call_id = programme.call()
    song_id, early = programme.submitted(call_id), programme.submitted(call_id, "Rain")
    jon = next(one for one in programme.do(programme.artist, song_page, early).song.contributors if one.name == "Jon")
    programme.do(programme.player, confirm_split, early, jon.id, 3333, "payee-2")
    programme.close(call_id)
    programme.release(call_id, **{f"s{song_id}": Outcome.OFFER, f"s{early}": Outcome.OFFER})
    letters = programme.letters(programme.player)
    assert [letter.splitlines()[0] for letter in letters] == ["Confirm your share of “Salt”"]
    assert "33.33 % of EUR 1,500.00" in letters[0]
    assert "http://localhost/shares" in letters[0]
    assert "Sign in with this very address, jon@example.org" in letters[0]
