"""The offer, and the shares of everybody who made the song."""

from datetime import timedelta

import pytest

from submissions.offers import offer_of
from submissions.queries import song_page
from submissions.selection import Outcome
from submissions.terms import StemsDue


@pytest.fixture
def song_id(programme):
    return programme.offered()


def share_of(programme, song_id, name):
    return next(one for one in programme.do(programme.artist, song_page, song_id).song.contributors if one.name == name)


def confirm(visitor, song_id, share, **changes):
    fields = {"basis_points": str(share.basis_points), f"payee-{share.id}": "payee-1"} | changes
    return visitor.send(f"/shares/{song_id}/{share.id}", **fields)


def test_only_the_artist_sees_and_answers_an_offer(programme, browse, song_id):
    path = f"/submissions/{song_id}/offer"
    assert "Salt was chosen" in browse(programme.artist).see(path)
    for who in (programme.other_artist, programme.player, programme.manager):
        visitor = browse(who)
        assert visitor.get(path).status_code == 404
        assert visitor.send(f"{path}/accept", licence_version="3").status_code == 404
        assert visitor.send(f"{path}/decline").status_code == 404
    assert browse().get(path).headers["location"] == f"/sign-in?next={path}"
    assert programme.state(song_id) == "offered"


def test_a_song_without_an_offer_has_no_such_page(programme, browse):
    song_id = programme.submitted(programme.call())
    visitor = browse(programme.artist)
    assert visitor.get(f"/submissions/{song_id}/offer").status_code == 404
    assert visitor.send(f"/submissions/{song_id}/offer/accept", licence_version="3").status_code == 404


def test_an_offer_says_amount_licence_last_moment_and_who_has_not_confirmed(programme, browse, song_id):
    page = browse(programme.artist).see(f"/submissions/{song_id}/offer")
    for words in (
        "We offer EUR 1,500.00",
        "2 people have not confirmed",
        "You voice 66.67 % EUR 1,000.05 Confirm yours",
        "Jon jon@example.org accordion 33.33 % EUR 499.95 Remind Jon",
        "For the call the last moment is Mon 15 June 2026, 23:59 (Europe/Berlin)",
        "Not everybody has confirmed their share: Runa, Jon.",
    ):
        assert words in page
    html = browse(programme.stranger).get("/shares").text
    assert "Salt" not in html


def test_the_button_waits_for_everybody_and_then_the_offer_is_accepted(programme, browse, song_id):
    visitor, path = browse(programme.artist), f"/submissions/{song_id}/offer"
    assert '<button class="big" type="submit" disabled' in visitor.get(path).text
    assert visitor.send(f"{path}/accept", licence_version="3").status_code == 409
    programme.confirm(song_id)
    page = visitor.get(path).text
    assert '<button class="big primary" type="submit">Accept the offer' in page
    assert visitor.send(f"{path}/accept").status_code == 400  # the licence was not ticked
    assert visitor.send(f"{path}/accept", licence_version="2").status_code == 400
    assert visitor.send(f"{path}/accept", licence_version="3").headers["location"] == f"/submissions/{song_id}"
    assert programme.state(song_id) == "accepted"
    assert "You accepted on" in visitor.see(path)
    assert "Accept the offer" not in visitor.see(path)


def test_an_offer_is_declined_with_a_word(programme, browse, song_id):
    visitor = browse(programme.artist)
    visitor.send(f"/submissions/{song_id}/offer/decline", word="We are on tour.")
    assert programme.state(song_id) == "offer_declined"
    assert programme.do(programme.artist, offer_of, song_id).word == "We are on tour."
    assert "You declined on" in visitor.see(f"/submissions/{song_id}/offer")


def test_an_offer_that_has_ended_says_so_even_before_the_sweep(programme, browse, song_id):
    programme.clock.advance(timedelta(days=14))
    page = browse(programme.artist).see(f"/submissions/{song_id}/offer")
    assert "It could be answered until Mon 15 June 2026, 23:59 (Europe/Berlin)" in page
    assert "Your answer" not in page


def test_stems_that_are_due_after_the_selection_are_asked_for(programme, browse):
    song_id = programme.offered(stems=StemsDue.AFTER_SELECTION)
    assert "Have you the stems?" in browse(programme.artist).see(f"/submissions/{song_id}/offer")


def test_somebody_is_reminded_once_a_day(programme, browse, song_id):
    jon, runa = share_of(programme, song_id, "Jon"), share_of(programme, song_id, "Runa")
    visitor, path = browse(programme.artist), f"/submissions/{song_id}/offer/remind"
    assert "Jon has had our letter within the last day" in visitor.send(f"{path}/{jon.id}").text
    programme.clock.advance(timedelta(days=1, seconds=1))
    assert visitor.send(f"{path}/{jon.id}").headers["location"] == f"/submissions/{song_id}/offer"
    assert visitor.send(f"{path}/{jon.id}").status_code == 409
    assert len(programme.letters(programme.player)) == 2
    assert visitor.send(f"{path}/nobody").status_code == 404
    assert browse(programme.player).send(f"{path}/{runa.id}").status_code == 404


def test_a_share_waits_for_whoever_has_its_address_and_is_confirmed(programme, browse, song_id):
    jon, visitor = share_of(programme, song_id, "Jon"), browse(programme.player)
    page = visitor.see("/shares")
    for words in ("Salt", "Runa Harbour", "Your share 33.33 %", "That is about EUR 499.95", "Confirm within 14 days"):
        assert words in page
    assert f'hx-get="/payments/payees/choose?name=payee-{jon.id}"' in visitor.get("/shares").text
    assert "1 share waits for your word" in visitor.see("/submissions")
    assert confirm(visitor, song_id, jon).headers["location"] == "/shares"
    assert "Confirmed" in visitor.see("/shares")
    assert "Confirm my share" not in visitor.see("/shares")
    assert "waits for your word" not in visitor.see("/submissions")


def test_nobody_confirms_the_share_of_somebody_else(programme, browse, song_id):
    jon = share_of(programme, song_id, "Jon")
    for who in (programme.artist, programme.stranger, programme.manager):
        assert confirm(browse(who), song_id, jon).status_code == 404
    assert confirm(browse(), song_id, jon).headers["location"].startswith("/sign-in")
    assert browse().get("/shares").headers["location"] == "/sign-in?next=/shares"
    assert "No share waits for you" in browse(programme.other_artist).see("/shares")


def test_a_share_that_is_not_as_shown_or_has_no_account_is_not_confirmed(programme, browse, song_id):
    jon, visitor = share_of(programme, song_id, "Jon"), browse(programme.player)
    assert confirm(visitor, song_id, jon, basis_points="5000").status_code == 409
    assert confirm(visitor, song_id, jon, basis_points="a third").status_code == 400
    assert confirm(visitor, song_id, jon, **{f"payee-{jon.id}": ""}).status_code == 400
    assert "Confirm my share" in visitor.see("/shares")


def test_an_address_is_found_in_any_case(programme, browse):
    call_id = programme.call()
    song_id = programme.submitted(call_id)
    programme.close(call_id)
    programme.release(call_id, **{f"s{song_id}": Outcome.OFFER})
    shouting = type(programme.player)(user_id="user-jon", name="Jon", email="JON@Example.ORG")
    assert "Salt" in browse(shouting).see("/shares")
