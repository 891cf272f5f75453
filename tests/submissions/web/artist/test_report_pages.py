"""The listening report, while it is made and afterwards."""

import re
from datetime import timedelta

from submissions.facts import ReportRequested
from submissions.material import Part
from submissions.queries import song_page
from submissions.reports import ListeningReport, Verdict, record_report, request_report

FINDINGS = {
    "files": [
        {
            "path": "voice.wav", "verdict": "reject", "sha256": "0" * 64, "format": "MP3", "sample_rate_hz": 44_100,
            "channels": 1, "frames": 44_100 * 83,
            "findings": [{"code": "LOSSY_SOURCE", "severity": "reject", "detail": "MPEG_LAYER_III <b>bold</b>"}],
        },
        {
            "path": "mix/mix.wav", "verdict": "accept", "sha256": "1" * 64, "format": "WAV/PCM_24",
            "sample_rate_hz": 48_000, "channels": 2, "frames": 48_000 * 83, "findings": [],
        },
    ],
    "stems": {
        "session_rate_hz": 48_000, "frames": 48_000 * 83, "mix": "mix/mix.wav", "gain_db": 0.0, "residual_db": -21.3,
        "repaired_residual_db": -74.0, "class": "does_not_reconstruct",
        "findings": [{"code": "LATE", "severity": "warn", "detail": "voice.wav: 1104 samples (23.0 ms) late."}],
        "files": [{"path": "voice.wav", "lag_samples": 1104, "polarity": 1}],
    },
    "roles": [{"path": "voice.wav", "role": "lead_vocal", "confidence": 0.95}],
}  # fmt: skip
REST = {
    "says": ["From 0:40 to 1:02 the mix holds sound that is in no stem: a stem is missing, or is another version."],
    "places": [{"start_s": 40.0, "end_s": 62.0}], "step_s": 1.0, "left_db": [-60] * 40 + [-5] * 22 + [-60] * 18,
    "bands": [{"name": "bass", "low_hz": 30.0, "high_hz": 250.0, "left_db": [-60] * 80}],
}  # fmt: skip


def asked(programme) -> str:
    song_id = programme.draft(programme.call())
    programme.send(song_id, "mix.wav", Part.MIX, b"mix")
    programme.send(song_id, "voice.wav", Part.STEM, b"voice")
    programme.do(programme.artist, request_report, song_id)
    return song_id


def answer(programme, song_id: str, verdict: Verdict = Verdict.REJECT, findings=FINDINGS) -> None:
    files_sha256 = programme.facts(ReportRequested)[-1].files_sha256
    report = ListeningReport(files_sha256=files_sha256, verdict=verdict, findings=findings)
    programme.machine(record_report, song_id, report)


def test_only_the_artist_reads_a_report(programme, browse):
    song_id = asked(programme)
    for path in (f"/submissions/{song_id}/report", f"/submissions/{song_id}/report/panel"):
        assert browse(programme.artist).get(path).status_code == 200
        assert browse(programme.other_artist).get(path).status_code == 404
        assert browse().get(path).headers["location"] == f"/sign-in?next={path}"
    assert browse(programme.manager).send(f"/submissions/{song_id}/report").status_code == 404


def test_without_a_mix_there_is_nothing_to_listen_to(programme, browse):
    song_id = programme.draft(programme.call())
    assert "There is nothing to listen to yet" in browse(programme.artist).see(f"/submissions/{song_id}/report")


def test_a_report_is_asked_for_and_the_panel_follows_it(programme, browse):
    song_id = programme.draft(programme.call())
    programme.send(song_id, "mix.wav", Part.MIX, b"mix")
    visitor, page = browse(programme.artist), f"/submissions/{song_id}/report"
    assert "Nobody has listened to these files yet" in visitor.see(page)
    assert visitor.send(page).headers["location"] == page
    pending = visitor.get(page).text
    assert "We are listening" in pending
    assert f'data-live="{song_id}" hx-get="{page}/panel"' in pending
    assert 'hx-trigger="live, every 15s" aria-live="polite" data-live-on="state"' in pending
    assert f'hx-get="/audio/songs/{song_id}/inspecting" hx-trigger="load"' in pending
    answer(programme, song_id, Verdict.ACCEPT)
    done = visitor.get(f"{page}/panel").text
    assert 'hx-trigger="live" aria-live="polite"' in done
    assert ("You can submit" in done, "<html" in done) == (True, False)


def test_a_report_that_is_slow_may_be_asked_for_again(programme, browse):
    song_id = asked(programme)
    visitor = browse(programme.artist)
    assert "Ask again" not in visitor.see(f"/submissions/{song_id}/report")
    programme.clock.advance(timedelta(minutes=11))
    assert "Ask again" in visitor.see(f"/submissions/{song_id}/report")
    visitor.send(f"/submissions/{song_id}/report")
    assert len(programme.facts(ReportRequested)) == 2


def test_the_first_question_comes_first_and_every_finding_has_a_remedy(programme, browse):
    song_id = asked(programme)
    answer(programme, song_id)
    visitor = browse(programme.artist)
    page = visitor.see(f"/submissions/{song_id}/report")
    assert "1 file cannot be used" in page
    assert "1 thing worth fixing" in page
    assert page.index("Do the stems add up to the mix?") < page.index("What we found") < page.index("Stem by stem")
    assert "Yes, after one repair" in page
    for words in (
        "This kind of file has lost part of the sound",
        "Export the same track as WAV or FLAC and replace this file.",
        "MPEG_LAYER_III <b>bold</b> LOSSY_SOURCE",  # as text
        "It is not in time with the mix",
        "Change files",
    ):
        assert words in page
    html = visitor.get(f"/submissions/{song_id}/report").text
    assert "<b>bold</b>" not in html
    assert "minus" not in html.split('role="img" aria-label="What is left')[1].split("Below")[0]
    assert "−21 decibels as you sent them, −74 decibels repaired" in html


def test_what_the_stems_leave_is_told_and_drawn(programme, browse):
    song_id = asked(programme)
    answer(programme, song_id, findings={**FINDINGS, "stems": {**FINDINGS["stems"], "rest": REST}})
    html = browse(programme.artist).get(f"/submissions/{song_id}/report").text
    panel = html.split('aria-labelledby="sum"')[1].split("</section>")[0]
    assert REST["says"][0] in panel
    assert '<rect x="300.0" y="0" width="165.0" height="40"/>' in panel
    assert "in decibels at the most: all of it −5, bass −60." in panel
    assert "Repairs are counted as made." in panel


def test_a_rest_that_nothing_explains_is_placed_where_most_of_it_is(programme, browse):
    song_id = asked(programme)
    answer(programme, song_id, findings={**FINDINGS, "stems": {**FINDINGS["stems"], "rest": {**REST, "says": []}}})
    page = browse(programme.artist).see(f"/submissions/{song_id}/report")
    assert "Most of it is left at 0:40, −5 dB, and most in the bass." in page


def test_stems_that_are_exact_leave_nothing_to_draw(programme, browse):
    song_id = asked(programme)
    answer(programme, song_id)
    assert "Where something is left" not in browse(programme.artist).see(f"/submissions/{song_id}/report")


def test_what_a_stem_is_taken_for_is_shown_with_how_surely_and_its_artist_says_otherwise(programme, browse):
    song_id = asked(programme)
    answer(programme, song_id)
    visitor, page = browse(programme.artist), f"/submissions/{song_id}/report"
    (file_id,) = re.findall(r'id="stem-([0-9a-f]{32})"', visitor.get(page).text)
    assert "We take it for: Lead voice 95 % sure" in visitor.see(page)
    said = visitor.send(f"{page}/roles/{file_id}", role="choir")
    assert (said.status_code, said.headers["location"]) == (303, f"{page}#stem-{file_id}")
    assert "You said: Choir" in visitor.see(page)
    visitor.send(f"{page}/roles/{file_id}", role="")
    assert "We take it for: Lead voice" in visitor.see(page)
    assert visitor.send(f"{page}/roles/{file_id}", role="trombone of doom").status_code == 400
    assert browse(programme.other_artist).send(f"{page}/roles/{file_id}", role="bass").status_code == 404


def test_a_guess_that_is_not_sure_asks_for_a_look(programme, browse):
    song_id = asked(programme)
    doubted = {"path": "voice.wav", "role": "lead_vocal", "confidence": 0.5}
    answer(programme, song_id, findings={**FINDINGS, "roles": [doubted]})
    page = browse(programme.artist).see(f"/submissions/{song_id}/report")
    assert "We take it for: Lead voice 50 % sure: worth a look" in page


def test_with_scripts_only_the_line_of_the_stem_comes_back(programme, browse):
    song_id = asked(programme)
    answer(programme, song_id)
    visitor, page = browse(programme.artist), f"/submissions/{song_id}/report"
    (file_id,) = re.findall(r'id="stem-([0-9a-f]{32})"', visitor.get(page).text)
    said = visitor.send_by_script(f"{page}/roles/{file_id}", role="choir")
    assert f'<li id="stem-{file_id}" hx-swap-oob="true">' in said.text
    assert ("You said: Choir" in said.text, "What we found" in said.text) == (True, False)


def test_the_mix_has_no_role_that_would_make_a_stem_of_it(programme, browse):
    song_id = asked(programme)
    answer(programme, song_id)
    parts = {file.part: file.id for file in programme.do(programme.artist, song_page, song_id).files}
    address = f"/submissions/{song_id}/report/roles/{parts[Part.MIX]}"
    assert browse(programme.artist).send(address, role="choir").status_code == 404
    assert {file.part: file.id for file in programme.do(programme.artist, song_page, song_id).files} == parts
