"""The whole journey of a song by clicks, every persona from sign-in to the last page, in a real browser."""

import pytest

from tests.browser.acts import ACTS
from tests.browser.story import Act, Story


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_the_journey(story: Story, act: Act) -> None:
    story.reach(act)
