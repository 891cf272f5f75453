from itertools import product

import pytest

from rewards.errors import MoveNotAllowed
from rewards.moves import TRANSITIONS, Event, State, next_state


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_every_pair_moves_as_the_table_says_or_is_refused(state: State, event: Event) -> None:
    if (state, event) in TRANSITIONS:
        assert next_state(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(MoveNotAllowed):
            next_state(state, event)


def test_every_state_is_of_one_kind_and_no_move_changes_the_kind() -> None:
    kinds = [
        {State.ENCUMBERED, State.DUE, State.IN_PAYMENT, State.SETTLED, State.CANCELLED},
        {State.BATCHED, State.SENT, State.HELD, State.CREDITED, State.RETURNED},
        {State.DRAFT, State.RELEASED, State.DISSOLVED},
    ]
    assert sum(len(kind) for kind in kinds) == len(State) == len(set.union(*kinds))
    for (state, _), following in TRANSITIONS.items():
        assert any(state in kind and following in kind for kind in kinds)


def test_nothing_is_sent_twice() -> None:
    sending = [state for (state, event) in TRANSITIONS if event is Event.SEND]
    into_sent = [state for (state, _), following in TRANSITIONS.items() if following is State.SENT]
    assert sending == into_sent == [State.BATCHED]
    assert not [state for (state, _), following in TRANSITIONS.items() if following is State.BATCHED]


def test_what_is_cancelled_returned_or_dissolved_stays_so() -> None:
    final = {State.CANCELLED, State.RETURNED, State.RELEASED, State.DISSOLVED}
    assert {state for state in State if not any(start is state for start, _ in TRANSITIONS)} == final
