"""What an artist says that a stem is reaches the stage that places it."""

from sqlalchemy import select

from audio_pipeline.tables import song_table
from opencall.app import journey
from submissions.facts import FileRef, OfferAccepted

SHA256 = "a" * 64


def test_the_artists_word_for_a_stem_goes_into_production(work):
    accepted = OfferAccepted(
        song_id="1" * 32,
        call_id="2" * 32,
        offer_id="3" * 32,
        amount_minor=1,
        currency="EUR",
        licence_version="1",
        title="Salt",
        artist_name="Runa",
        mix=FileRef("mix.wav", SHA256, 1),
        stems=(FileRef("low.wav", SHA256, 1, "bass"), FileRef("high.wav", SHA256, 1)),
        shares=(),
    )
    with work.write() as uow:
        journey.produce_the_song(uow, accepted)
        settings = uow.connection.execute(select(song_table.c.settings)).scalar_one()
    assert settings["roles"] == {"low.wav": "bass"}
