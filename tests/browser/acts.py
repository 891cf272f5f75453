"""The journey of a song, act by act, as people click through it; each act ends when its person sees that it worked."""

import re
from datetime import UTC, timedelta
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from opencall.app.demo.people import FUND_ACCOUNT
from rewards.simulated_bank import SimulatedBank
from tests.app.small_demo import write_song
from tests.browser import other_song
from tests.browser.story import (
    APPROVERS,
    ARTIST,
    CURATOR,
    ENGINEER,
    MAKER,
    MANAGER,
    OTHER_ARTIST,
    PASSWORD,
    PUBLIC,
    Story,
)

CALL = "Songs from a Quiet Year"
SONG = "First Light"
OTHER_SONG = "Second Wind"
STORY = (
    "The boiler broke in *January*, and the rehearsal room was the only warm place in town.\n\n"
    "We stayed, and **this** is what we played until the morning."
)
WORD = "Two of us wanted this one badly; it stood just below the line. Send us what you make next."


def a_player_is_there(page: Page) -> None:
    """The player is on the page, and what makes it play has arrived too."""
    page.locator("[data-player][data-ready]").first.wait_for()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def the_manager_invites_everybody(story: Story) -> None:
    page = story.page(MANAGER)
    story.look(page, "gallery, empty")
    page.get_by_role("link", name="Sign in").click()
    story.look(page, "sign-in")
    page.goto("/")
    story.sign_in(MANAGER)
    page.get_by_role("link", name="People", exact=True).click()
    roles = {
        CURATOR: "Curator",
        ENGINEER: "Engineer",
        MAKER: "Finance",
        APPROVERS[0]: "Finance",
        APPROVERS[1]: "Finance",
    }
    for person, role in roles.items():
        page.get_by_label("Address", exact=True).fill(person.email)
        page.get_by_label("As", exact=True).select_option(label=role)
        page.get_by_role("button", name="Send the invitation").click()
        expect(page.get_by_text(f"{person.email} gets a letter")).to_be_visible()
    story.look(page, "people, invited")
    page.get_by_role("link", name=MANAGER.name).click()
    story.addresses["person"] = page.url


def everybody_takes_the_invitation_up(story: Story) -> None:
    for person in (CURATOR, ENGINEER, MAKER, *APPROVERS):
        page = story.page(person)
        page.goto(story.link_in_letter(person, "You are invited"))
        if person is CURATOR:
            story.look(page, "invitation")
        page.get_by_label("Your name").fill(person.name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Take it up").click()
        expect(page.get_by_role("link", name="Your account")).to_be_visible()


def somebody_forgets_their_password(story: Story) -> None:
    person = APPROVERS[1]
    page = story.page(person)
    page.get_by_role("link", name="Your account").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("link", name="Sign in").click()
    page.get_by_text("Send me a sign-in link").click()
    page.get_by_label("Where to send the link").fill(person.email)
    page.get_by_role("button", name="Send the link").click()
    page.goto(story.link_in_letter(person, "Your sign-in link"))
    story.look(page, "come in by a link")
    page.goto("/sign-in")
    page.get_by_role("link", name="Forgotten it?").click()
    story.look(page, "forgotten password")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    story.look(page, "look into your mail")
    page.goto(story.link_in_letter(person, "Set a new password"))
    story.look(page, "new password")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set it and sign in").click()
    expect(page.get_by_role("link", name="Your account")).to_be_visible()


def finance_fills_a_fund(story: Story) -> None:
    page = story.page(MAKER)
    page.get_by_role("link", name="Money", exact=True).click()
    story.look(page, "money, empty")
    page.get_by_label("Name", exact=True).fill("Relief Fund")
    page.get_by_label("Currency").fill("EUR")
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("heading", name="Relief Fund", level=1)).to_be_visible()
    story.addresses["fund"] = page.url
    fill_account(page, "debtor-", FUND_ACCOUNT.name, FUND_ACCOUNT.account, FUND_ACCOUNT.town, FUND_ACCOUNT.country)
    page.get_by_role("button", name="Seal it").click()
    expect(page.get_by_text("One is entered")).to_be_visible()
    page.get_by_label("Amount in EUR").fill("5000.00")
    page.get_by_label("Reference").fill("opening gift")
    page.get_by_role("button", name="Enter it").click()
    expect(page.get_by_text("opening gift")).to_be_visible()


def fill_account(page: Page, prefix: str, name: str, account: str, town: str, country: str) -> None:
    for field, value in (("name", name), ("account", account), ("town", town), ("country", country)):
        page.locator(f"#{prefix}{field}").fill(value)


def the_manager_opens_a_call(story: Story) -> None:
    page = story.page(MANAGER)
    page.get_by_role("link", name="Calls", exact=True).click()
    page.get_by_role("link", name="New call").click()
    now = story.living.clock.now().astimezone(UTC)
    fields = {
        "Title": CALL,
        "What you look for": "Songs made at home in a year without concerts, with the stories of how they came to be.",
        "Opens": f"{now - timedelta(minutes=1):%Y-%m-%dT%H:%M}",
        "Closes": f"{now + timedelta(days=14):%Y-%m-%dT%H:%M}",
        "Timezone of these times": "UTC",
        "Reward for each song": "1,500.01",
        "Budget": "1,500.01",
        "Currency": "EUR",
        "Licence version": "2026-1",
    }
    for label, value in fields.items():
        page.get_by_label(label, exact=True).fill(value)
    expect(page.get_by_label("Fund")).to_contain_text("Relief Fund")
    page.get_by_label("With the song").check()
    rubric = page.get_by_role("group", name="Rubric")
    for number, question in enumerate(("The song itself", "The story behind it")):
        rubric.get_by_label("Question").nth(number).fill(question)
    page.get_by_role("group", name="Questions of eligibility").get_by_label("Question").first.fill(
        "Did you lose work as a musician this year?"
    )
    page.get_by_role("group", name="Consents").get_by_label("Text").first.fill(
        "You may make a 360 mix of my stems and publish it."
    )
    story.look(page, "new call, filled in")
    page.get_by_role("button", name="Keep the draft").click()
    page.get_by_role("link", name="Look at it as artists will").click()
    expect(page.get_by_role("heading", name=CALL, level=1)).to_be_visible()
    story.look(page, "preview of a call")
    page.go_back()
    story.look(page, "manage, a draft of a call")
    page.get_by_role("link", name="Change the terms").click()
    story.look(page, "terms of a draft")
    page.get_by_role("link", name="Leave without keeping").click()
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("heading", name="Songs are coming in")).to_be_visible()
    story.addresses["manage"] = page.url
    page.get_by_label("Curator", exact=True).select_option(label=f"{CURATOR.name}, {CURATOR.email}")
    page.get_by_role("button", name="Seat").click()
    expect(page.get_by_role("rowheader", name=CURATOR.name)).to_be_visible()


def the_artist_signs_up(story: Story) -> None:
    page = story.page(ARTIST)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("E-mail").fill(ARTIST.email)
    page.get_by_role("button", name="Send me the letter").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    page.goto(story.link_in_letter(ARTIST, "Confirm your address"))
    story.look(page, "confirm an address")
    page.get_by_label("Your name").fill(ARTIST.name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("link", name="Your account")).to_be_visible()


def the_artist_writes_a_draft(story: Story) -> None:
    page = story.page(ARTIST)
    page.get_by_role("link", name="My songs").click()
    story.look(page, "my songs, none yet")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Open calls").click()
    page.get_by_role("link", name=CALL).click()
    story.look(page, "open call, signed in")
    page.get_by_label("Title of the song").fill(SONG)
    page.get_by_label("Artist", exact=True).fill("Runa")
    page.get_by_label("Language").select_option(label="English")
    page.get_by_label("Genre").fill("folk")
    page.get_by_role("button", name="Send a song").click()
    expect(page.get_by_role("heading", name=SONG, level=1)).to_be_visible()
    story.addresses["song"] = page.url
    story.look(page, "draft, just begun")
    step(page, "Story")
    page.get_by_role("textbox", name="The story").first.fill(STORY)
    step(page, "People and shares")
    for field, value in (("n", ARTIST.name), ("e", ARTIST.email), ("r", "voice, guitar"), ("s", "100")):
        page.locator(f"#p0{field}").fill(value)
    expect(page.get_by_text("The shares sum to 100 %.", exact=True)).to_be_visible()
    step(page, "Rights")
    page.get_by_role("group", name="Did you lose work").get_by_label("Yes").check()
    page.get_by_role("group", name="Did AI make").get_by_label("No").check()
    page.get_by_role("group", name="What you agree to").get_by_role("checkbox").check()
    expect(page.locator("#saved")).to_contain_text("Saved at")
    story.look(page, "draft, rights")


def step_link(page: Page, name: str) -> Locator:
    """The link to a step of the draft, in the row of steps."""
    return page.get_by_role("navigation", name="Steps of the submission").get_by_role("link", name=name)


def step(page: Page, name: str) -> None:
    step_link(page, name).click()
    expect(step_link(page, name)).to_have_attribute("aria-current", "step")


def the_artist_uploads_and_reads_the_report(story: Story) -> None:
    page = story.page(ARTIST)
    folder = story.folder / "first-light"
    write_song(folder, SONG, 1, [(ARTIST.name, 10_000)])
    step(page, "Files")
    files = [folder / "mix.wav", folder / "stems" / "Bass.wav", folder / "stems" / "Pads.wav"]
    page.locator("#up").set_input_files([str(path) for path in files])
    for path in files:
        expect(page.locator("#received li", has_text=path.name)).to_be_visible()
    page.get_by_role("button", name="Ask for the listening report").click()
    # The line changes by itself: nobody reloads the page.
    expect(page.get_by_role("link", name="Read the listening report")).to_be_visible(timeout=90_000)
    story.look(page, "draft, files and report")
    page.get_by_role("link", name="Read the listening report").click()
    expect(page.get_by_role("heading", name="Do the stems add up to the mix?")).to_be_visible()
    story.look(page, "listening report")


def the_artist_submits(story: Story) -> None:
    page = story.page(ARTIST)
    page.get_by_role("link", name="Go on with the song").click()
    step(page, "Send")
    expect(page.get_by_text("Nothing is missing")).to_be_visible()
    story.look(page, "draft, ready to send")
    page.get_by_role("button", name="Send the song").click()
    expect(page.get_by_text(re.compile("Sent, version 1|Version 1")).first).to_be_visible()
    story.letter(ARTIST, SONG)
    story.look(page, "song, sent and the call still open")


def another_artist_submits_too(story: Story) -> None:
    """By the same functions, without a browser: the first artist has shown the clicks."""
    write_song(story.folder / "second-wind", OTHER_SONG, 2, [(OTHER_ARTIST.name, 10_000)])
    call_id = story.addresses["manage"].rsplit("/", 1)[-1]
    other_song.send(story.living, story.folder / "second-wind", OTHER_ARTIST, call_id)


def the_curator_listens_and_scores(story: Story) -> None:
    story.let_pass(timedelta(days=14, minutes=5))
    page = story.page(MANAGER)
    page.goto(story.addresses["manage"])
    expect(page.get_by_role("link", name="Go to the selection")).to_be_visible()
    page = story.page(CURATOR)
    page.get_by_role("link", name="Listening desk").click()
    story.look(page, "desk")
    page.get_by_role("link", name="Begin listening").click()
    for number in range(2):
        expect(page.get_by_text("Names are hidden")).to_have_count(0)
        if number == 0:
            a_player_is_there(page)
            story.look(page, "desk, a song")
        expect(page.get_by_role("button", name="Send score")).to_be_disabled()
        a_player_is_there(page)
        page.get_by_role("button", name="Play", exact=True).click()
        expect(page.locator("[data-part]")).to_have_text(re.compile(r"^(8\d|9\d|100) %$"))
        mine = page.get_by_role("heading", level=1).inner_text()
        story.addresses[f"desk {number}"] = page.url
        story.addresses.setdefault("alias", mine)
        high = story.addresses["song"].rsplit("/", 1)[-1] in page.url
        for question in page.locator("[data-score]").all():
            question.get_by_role("radio", name=re.compile("5$" if high else "3$")).check()
        page.get_by_label("Your comment").fill("The morning is in it.")
        expect(page.get_by_text("Ready. A score that was sent stands.")).to_be_visible()
        if number == 0:
            story.look(page, "desk, a song ready to be scored")
        before = page.url
        page.get_by_role("button", name="Send score").click()
        expect(page).not_to_have_url(before)
    expect(page.get_by_text("You have heard every song")).to_be_visible()
    story.look(page, "desk, all heard")


def the_manager_selects_and_releases(story: Story) -> None:
    page = story.page(MANAGER)
    page.reload()
    page.get_by_role("link", name="Go to the selection").click()
    expect(page.get_by_role("heading", name="Ranking")).to_be_visible()
    story.look(page, "board")
    page.get_by_role("button", name="Fill in").click()
    page.get_by_role("link", name="Write 1 word").click()
    expect(page.get_by_role("heading", name=OTHER_SONG, level=1)).to_be_visible()
    a_player_is_there(page)
    story.look(page, "song as the manager sees it, a word is missing")
    page.get_by_label("A word for the artist").fill(WORD)
    page.get_by_role("button", name="Keep it, and on to the next").click()
    expect(page.get_by_role("heading", name="Ranking")).to_be_visible()
    story.look(page, "board, decided")
    page.get_by_role("link", name="Look at the letters").click()
    story.look(page, "release")
    page.get_by_label("Type the number of letters").fill("2")
    page.get_by_role("button", name="Tell everybody").click()
    expect(page.get_by_role("button", name="Tell everybody")).to_have_count(0)


def the_artist_accepts(story: Story) -> None:
    page = story.page(ARTIST)
    page.goto(story.link_in_letter(ARTIST, SONG))
    story.look(page, "where the letter of an offer leads")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="My songs").click()
    story.look(page, "my songs, an offer")
    page.goto("/payments")
    story.look(page, "payments, nothing yet")
    fill_account(page, "new-", ARTIST.name, "FR1420041010050500013M02606", "Lyon", "FR")
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_text("2606")).to_be_visible()
    page.goto("/shares")
    expect(page.get_by_label("Where your share goes")).to_be_visible()
    story.look(page, "shares, one waits")
    page.get_by_role("button", name="Confirm my share").click()
    expect(page.get_by_role("heading", name="Confirmed")).to_be_visible()
    page.goto(f"{story.addresses['song']}/offer")
    story.look(page, "offer, open")
    story.living.at_work.clear()  # nothing is made before the engineer looks
    page.get_by_role("checkbox", name="I have read licence version").check()
    page.get_by_role("button", name="Accept the offer").click()
    expect(page.get_by_text("You accepted the offer")).to_be_visible()


def the_engineer_watches_the_render_arrive(story: Story) -> None:
    page = story.page(ENGINEER)
    page.get_by_role("link", name="Studio", exact=True).click()
    story.look(page, "studio")
    page.get_by_role("link", name=SONG).click()
    story.addresses["studio"] = page.url
    stages = page.get_by_role("list", name="Stages")
    expect(stages).to_contain_text("waits its turn")
    story.look(page, "studio, nothing made yet")
    page.evaluate("() => { document.documentElement.dataset.loaded = 'once'; }")
    story.living.at_work.set()
    for stage in ("Stems", "Scene", "Render"):
        line = stages.get_by_role("listitem").filter(has_text=stage)
        expect(line).to_contain_text("done", timeout=120_000)
    expect(page.get_by_role("button", name="I heard it, and it is right")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("group", name="Which version you hear")).to_be_visible(timeout=60_000)
    # All of it came into the page as it stood: it was never loaded again.
    assert page.evaluate("() => document.documentElement.dataset.loaded") == "once"
    story.look(page, "studio, a render to approve")


def the_engineer_listens_downloads_and_approves(story: Story) -> None:
    page = story.page(ENGINEER)
    listen(page)
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Download .* as wav")).first.click()
    assert Path(download.value.path()).read_bytes()[:4] in (b"RIFF", b"RF64", b"BW64")
    page.get_by_role("button", name="I heard it, and it is right").click()
    expect(page.get_by_text("by you")).to_be_visible()


def listen(page: Page) -> None:
    """Press play: the sound runs, and the page's clock with it."""
    a_player_is_there(page)
    page.get_by_role("button", name="Play", exact=True).click()
    running = "() => [...document.querySelectorAll('audio')].some((a) => !a.paused && a.currentTime > 0.1)"
    page.wait_for_function(running)
    first = page.evaluate(_PLACES)
    page.wait_for_function(
        "(first) => [...document.querySelectorAll('audio')].some((a) => a.currentTime > first + 0.1)", arg=max(first)
    )


_PLACES = "() => [...document.querySelectorAll('audio')].map((a) => a.currentTime)"


def the_artist_approves_the_mix(story: Story) -> None:
    page = story.page(ARTIST)
    page.goto(story.link_in_letter(ARTIST, "mix"))
    if page.get_by_role("link", name="Listen and answer").count():
        page.get_by_role("link", name="Listen and answer").click()
    a_player_is_there(page)
    story.look(page, "mix to approve")
    listen(page)
    page.get_by_role("button", name="Approve this mix").click()
    expect(page.get_by_text("You approved it")).to_be_visible()


def the_masters_arrive(story: Story) -> None:
    page = story.page(ENGINEER)
    expect(page.get_by_role("link", name=re.compile("Download .*")).filter(has_text="wav").first).to_be_visible()
    expect(page.get_by_text("Made from what both approved")).to_be_visible(timeout=120_000)
    story.look(page, "studio, masters")


def the_manager_publishes(story: Story) -> None:
    page = story.page(MANAGER)
    page.goto(story.addresses["manage"])
    page.get_by_role("link", name="See the songs").click()
    page.get_by_role("link", name=SONG).click()
    story.addresses["managed song"] = page.url
    expect(page.get_by_role("button", name="Publish it")).to_be_visible()
    story.look(page, "song as the manager sees it, to publish")
    page.get_by_role("button", name="Publish it").click()
    expect(page.get_by_text("This song is public")).to_be_visible()


def finance_makes_a_batch(story: Story) -> None:
    page = story.page(MAKER)
    page.get_by_role("link", name="Money", exact=True).click()
    page.get_by_role("button", name="Make a batch of what is due").click()
    expect(page.get_by_role("heading", name="Two others have to approve")).to_be_visible()
    story.addresses["batch"] = page.url
    story.look(page, "batch, just made")


def two_others_approve(story: Story) -> None:
    for person in APPROVERS:
        page = story.page(person)
        page.get_by_role("link", name="Money", exact=True).click()
        page.get_by_role("table").get_by_role("link").first.click()
        expect(page.get_by_role("heading", name="Your approval")).to_be_visible()
        if person is APPROVERS[0]:
            story.look(page, "batch, to approve")
        page.get_by_label("Type the total to confirm").fill("1500.01")
        page.get_by_role("button", name=re.compile("Approve batch")).click()
        expect(page.get_by_role("heading", name=re.compile("You have approved|Release it"))).to_be_visible()


def the_bank_answers(story: Story) -> None:
    page = story.page(MAKER)
    page.reload()
    story.look(page, "batch, to release")
    page.get_by_role("button", name="Release to the bank").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download it").click()
    bank = SimulatedBank()
    assert bank.submit(Path(download.value.path()).read_bytes()) == 1
    answer = story.folder / "answer.xml"
    answer.write_bytes(bank.statement(FUND_ACCOUNT.account, story.living.clock.now(), "STMT-1"))
    page.get_by_role("link", name="Money", exact=True).first.click()
    page.get_by_label("File").set_input_files(str(answer))
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_text("1 payment settled")).to_be_visible()
    story.look(page, "answer of the bank")
    page.get_by_role("link", name="Back to Money").click()


def the_artist_is_paid(story: Story) -> None:
    page = story.page(ARTIST)
    page.goto(story.link_in_letter(ARTIST, "is paid"))
    expect(page.get_by_text("Paid", exact=True).first).to_be_visible()
    page.goto(story.addresses["song"])
    expect(page.get_by_text(re.compile("paid on"))).to_be_visible()


def the_public_hears_the_song_beside_its_story(story: Story) -> None:
    page = story.page(PUBLIC)
    page.goto("/")
    story.look(page, "gallery")
    page.get_by_role("link", name=SONG).first.click()
    expect(page.get_by_role("heading", name=SONG, level=1)).to_be_visible()
    expect(page.get_by_text("The boiler broke in")).to_be_visible()
    story.addresses["public song"] = page.url
    listen(page)
    page.locator("[data-wave]").focus()
    page.keyboard.press("ArrowLeft")
    versions = page.get_by_role("group", name="Which version you hear")
    versions.get_by_text("Original").click()
    expect(versions.get_by_role("radio", name="Original")).to_be_checked()
    page.wait_for_function("() => { const a = document.querySelector('[data-voice]'); return a.currentTime > 0.1; }")
    story.look(page, "public song")


ACTS = (
    the_manager_invites_everybody,
    everybody_takes_the_invitation_up,
    somebody_forgets_their_password,
    finance_fills_a_fund,
    the_manager_opens_a_call,
    the_artist_signs_up,
    the_artist_writes_a_draft,
    the_artist_uploads_and_reads_the_report,
    the_artist_submits,
    another_artist_submits_too,
    the_curator_listens_and_scores,
    the_manager_selects_and_releases,
    the_artist_accepts,
    the_engineer_watches_the_render_arrive,
    the_engineer_listens_downloads_and_approves,
    the_artist_approves_the_mix,
    the_masters_arrive,
    the_manager_publishes,
    finance_makes_a_batch,
    two_others_approve,
    the_bank_answers,
    the_artist_is_paid,
    the_public_hears_the_song_beside_its_story,
)
