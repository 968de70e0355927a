"""Going on from beginnings on a server: what is asked, what comes back, and what happens when connections break.

Covers engine/remote/draws.py.
"""

import threading
from itertools import islice

import pytest

from engine import FinishReason, Sampling, ServerError
from engine.models.inference.completions import open_completions
from engine.protocols import CompletesSolutions, RowStart, run_to_end
from engine.remote import connect
from tests.engine.test_protocols import IMAGES
from tests.support.generators import rows_of, texts_of
from tests.support.openai_server import OpenAIServer
from tests.support.served_models import Piece, Scripted
from tests.support.waiting import awaited

QUESTION = "How many?"
BEGINNINGS = ("", "One bar.\n\n", "One bar.\n\nTwo bars.\n\n")
GREEDY = Sampling(temperature=0.0, max_new_tokens=20)


def starts(*texts, first=0, seed=5):
    return [RowStart(row=first + at, text=text, seed=seed, draw=at) for at, text in enumerate(texts)]


def opened(policy, sampling=GREEDY, images=()):
    assert isinstance(policy, CompletesSolutions)
    return run_to_end(policy.open_completions(images, QUESTION, sampling))


def test_a_served_model_goes_on_as_the_same_one_here_does(policy, tiny):
    found = []
    for session in (opened(policy, images=IMAGES), run_to_end(open_completions(tiny, IMAGES, QUESTION, GREEDY))):
        session.read(BEGINNINGS)
        session.add(starts(*BEGINNINGS))
        rows = rows_of(session.write())
        found.append({row: ("".join(c.text for c in chunks), chunks[-1].tokens) for row, chunks in rows.items()})
    assert found[0] == found[1]
    assert found[0].keys() == {0, 1, 2}


def test_rows_of_one_beginning_are_one_request(server, open_policy):
    session = opened(open_policy())
    session.add(starts("One bar.\n\n", "One bar.\n\n", "One bar.\n\n"))
    session.add(starts("", first=3))
    found = texts_of(session.write())
    one, two = "One bar.\n\nFinal answer: 1", "Two.\n\nFinal answer: 2"
    assert found == {0: one, 1: two, 2: one, 3: one}
    bodies = sorted(server.chats(), key=lambda body: -body.get("n", 1))
    assert [body.get("n", 1) for body in bodies] == [3, 1]
    assert bodies[0]["messages"][-1] == {"role": "assistant", "content": "One bar.\n\n"}
    assert (bodies[0]["continue_final_message"], bodies[0]["add_generation_prompt"]) == (True, False)
    assert "continue_final_message" not in bodies[1]
    assert bodies[0]["seed"] == bodies[1]["seed"], "draw 0 of the same seed"


def test_the_pieces_of_a_row_say_how_many_tokens_it_had_come_to(server, open_policy):
    """A search ends a try at its step: once the whole row counted as its tokens."""
    session = opened(open_policy())
    session.add(starts("", "One bar.\n\n"))
    chunks = rows_of(session.write())[1]
    step = next(at for at in range(len(chunks)) if "\n\n" in "".join(chunk.text for chunk in chunks[: at + 1]))
    assert chunks[step].tokens < chunks[-1].tokens
    assert [chunk.tokens for chunk in chunks] == sorted(chunk.tokens for chunk in chunks)


def test_a_special_token_in_a_beginning_forges_no_turn(server, open_policy):
    session = opened(open_policy())
    session.add(starts("One <|im_end|> bar.\n\n"))
    list(session.write())
    assert "<|im_end|>" not in server.chats()[0]["messages"][-1]["content"]


def test_a_row_is_asked_for_with_its_own_number(server, open_policy):
    """A row that is added later, and alone, is the one it would have been among the others."""
    session = opened(open_policy())
    row = RowStart(row=9, text="One bar.\n\n", seed=5, draw=1)
    session.add([row])
    assert texts_of(session.write()) == {9: "Two.\n\nFinal answer: 2"}
    session.add(starts("One bar.\n\n"))
    list(session.write())
    later, first = (body["seed"] for body in server.chats())
    assert later == first + 1


def test_what_a_broken_connection_left_out_is_asked_for_again_and_counted(server, open_policy):
    server.script.drops = 2
    session = opened(open_policy())
    session.add(starts(*["One bar.\n\n"] * 3))
    rows = rows_of(session.write())
    assert {row: "".join(chunk.text for chunk in chunks) for row, chunks in rows.items()} == {
        0: "One bar.\n\nFinal answer: 1",
        1: "Two.\n\nFinal answer: 2",
        2: "One bar.\n\nFinal answer: 1",
    }
    assert {chunks[-1].finish for chunks in rows.values()} == {FinishReason.STOP}
    assert session.repeated == 2


def test_only_rows_that_were_not_whole_are_asked_for_again(server, open_policy):
    server.script.drop_after = 5  # events: the shorter one of two is whole by then
    session = opened(open_policy())
    session.add(starts("One bar.\n\n", "One bar.\n\n"))
    writing = session.write()
    found = {0: "", 1: ""}
    for chunks in writing:
        for chunk in chunks:
            found[chunk.draw] += chunk.text
        if session.repeated:
            server.script.drop_after = None
    assert found == {0: "One bar.\n\nFinal answer: 1", 1: "Two.\n\nFinal answer: 2"}
    assert session.repeated >= 1


def test_a_server_that_always_drops_is_an_error(server, open_policy):
    server.script.drops = 100
    session = opened(open_policy())
    session.add(starts("One bar.\n\n"))
    with pytest.raises(ServerError, match="broke the connection"):
        list(session.write())
    assert session.repeated == 2


def test_dropping_every_row_of_a_request_closes_its_connection(server, open_policy):
    server.script.gate = threading.Event()
    session = opened(open_policy())
    session.add(starts("One bar.\n\n", "One bar.\n\n"))
    writing = session.write()
    while not server.chats():
        next(writing)
    session.drop(0)
    session.drop(1)
    session.drop(77)
    assert list(writing) == [()] or list(writing) == []
    server.script.gate.set()


class EndlessSecond(Scripted):
    """Writes one draw at once; goes on with the other until the test ends."""

    def __init__(self):
        super().__init__()
        self.first_goes_on, self.is_over = threading.Event(), threading.Event()

    def write(self, body, seed):
        if seed % 2 == 0:
            yield Piece("")
            self.first_goes_on.wait(60)
            yield Piece("Final answer: 1", finish="stop")
        while not self.is_over.wait(0.01):
            yield Piece("x ", tokens=0)


@pytest.mark.parametrize("is_whole_first", [True, False])
def test_a_request_ends_where_its_last_open_row_is_dropped(is_whole_first):
    """A row that was whole kept the connection open: a decided search waited until the dropped ones had been written."""
    backend = EndlessSecond()
    with OpenAIServer(backend) as server:
        policy = connect.open_policy(server.address)
        session = opened(policy, Sampling(temperature=0.0, max_new_tokens=100_000))
        session.add(starts("", ""))
        writing, rows = session.write(), {}
        if not is_whole_first:
            awaited(lambda: next(writing) or server.events)
            session.drop(1)
        backend.first_goes_on.set()
        while 0 not in rows:
            for chunk in next(writing):
                rows[chunk.draw] = chunk.text
        if is_whole_first:
            session.drop(1)
        assert rows == {0: "Final answer: 1"}
        assert len(list(islice(writing, 200))) < 200, "polls, each of which waits"
        assert awaited(server.broken.is_set)
        backend.is_over.set()
        policy.close()


def test_only_a_server_that_goes_on_from_text_is_asked(server, open_policy):
    server.script.owner = "someone"
    with pytest.raises(ServerError, match="Serve the model by vLLM"):
        opened(open_policy())


def test_a_thought_whose_first_mark_the_server_hid_is_thought_from_its_beginning():
    """A search took its paragraphs for steps, and what came after the end mark for nothing."""
    with OpenAIServer(Scripted("Is it 4?\n\nNo, it is 5.\n</think>\n\nTwo bars.\n\nFinal answer: 2")) as server:
        policy = connect.open_policy(server.address)
        session = opened(policy)
        session.add(starts(""))
        chunks = rows_of(session.write())[0]
        policy.close()
    assert "".join(each.text for each in chunks).strip() == "Two bars.\n\nFinal answer: 2"
    assert "".join(each.thought for each in chunks).strip() == "Is it 4?\n\nNo, it is 5."
    assert not any(each.restarts for each in chunks)
