"""The page of people: everybody is on one of its parts, and what was looked for is kept on the way through them."""

import re

import pytest

from opencall.app.identity.users import create_user
from opencall.kernel.principal import Role

MANY = 70


@pytest.fixture
def shown(site):
    """The names that an address of the page shows."""
    manager = site.enrol("Mo", Role.MANAGER)
    with site.work.write() as uow:
        for number in range(MANY):
            create_user(uow, f"Singer {number:02}", f"singer{number}@example.org", None, confirmed=True)

    def names(address):
        answer = site.browser(manager).get(address)
        assert answer.status_code == 200
        return re.findall(r'<a href="/people/[^"]+">([^<]+)</a></th>', answer.text), answer.text

    return names


def test_everybody_stands_on_one_part_and_the_count_is_of_all(shown):
    first, text = shown("/people")
    rest, _ = shown("/people?part=2")
    assert f"{MANY + 1} people" in text
    assert sorted([*first, *rest]) == ["Mo", *(f"Singer {number:02}" for number in range(MANY))]
    assert len(first) == 50


def test_a_search_is_kept_on_the_way_to_the_next_part(shown):
    _, text = shown("/people?q=singer")
    assert f"{MANY} people" in text
    onward = re.search(r'href="([^"]+)">On', text)
    assert onward is not None
    listed, _ = shown(onward[1].replace("&amp;", "&"))
    assert len(listed) == MANY - 50
    assert "Mo" not in listed
