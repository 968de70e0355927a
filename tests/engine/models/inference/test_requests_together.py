"""Requests of several people share every forward; one that nobody asks for rests, and each gets the text that it gets alone.

Covers engine/models/inference/decoding_request.py, engine/models/inference/decoder.py.
"""

from dataclasses import replace

import pytest
import torch

from engine import Sampling
from engine.errors import BadText, OutOfMemory
from engine.models.inference import memory_budget
from engine.models.inference.decoder import Decoder
from engine.models.inference.sampler import decode
from tests.support.generators import texts_of
from tests.support.small_device import Cramped

PROMPTS = ([11, 12, 13], [21, 22, 23, 24, 25, 26, 27], [31, 32])
SAMPLINGS = (
    Sampling(n=4, seed=3, temperature=1.0, max_new_tokens=30),
    Sampling(n=3, seed=5, temperature=0.6, max_new_tokens=45, repetition_penalty=1.1),
    Sampling(n=2, temperature=0.0, max_new_tokens=20),
)


class Reader:
    """Reads what is written for one request."""

    def __init__(self, decoder, network, prompt, sampling):
        self._chunks = decode(network, prompt, sampling, decoder=decoder)
        self.texts = {}
        self.is_over = False

    def turn(self):
        """Ask for a step."""
        chunks = next(self._chunks, None)
        self.is_over = chunks is None
        for chunk in chunks or ():
            self.texts[chunk.draw] = self.texts.get(chunk.draw, "") + chunk.text

    def end(self):
        while not self.is_over:
            self.turn()

    def close(self):
        self._chunks.close()


@pytest.fixture
def network(tiny):
    return Cramped(replace(tiny, stop_ids=frozenset(range(0, 400, 19))))


@pytest.fixture
def decoder(network):
    return Decoder(network)


def alone(network, which):
    return texts_of(decode(network._network, PROMPTS[which], SAMPLINGS[which]))


def readers_of(decoder, network, *which):
    return [Reader(decoder, network, PROMPTS[each], SAMPLINGS[each]) for each in which]


def in_turns(readers):
    while waiting := [each for each in readers if not each.is_over]:
        for each in waiting:
            each.turn()


def test_those_who_are_served_in_turns_share_every_forward(network, decoder):
    readers = readers_of(decoder, network, 0, 1, 2)
    in_turns(readers)
    assert [each.texts for each in readers] == [alone(network, which) for which in range(3)]
    together = [rows for rows, _ in network.shapes]
    assert max(together) > 7, "rows of all three in one forward"
    assert len(together) < 60, "no more forwards than the longest of them takes, where one after another would take 90"


def test_one_that_nobody_asks_for_rests_and_goes_on_where_it_was(network, decoder):
    person, job = readers_of(decoder, network, 0, 1)
    for _ in range(6):
        person.turn()
        job.turn()
    written = sum(map(len, job.texts.values()))
    network.shapes.clear()
    person.end()
    assert person.texts == alone(network, 0)
    assert sum(rows > 4 for rows, _ in network.shapes) <= 1, "written along once, until it was not read"
    assert sum(map(len, job.texts.values())) == written
    network.shapes.clear()
    job.end()
    assert job.texts == alone(network, 1)
    assert {tokens for _, tokens in network.shapes} == {1}, "what it remembered was not read again"


def test_a_newcomer_gets_its_first_token_at_once(network, decoder):
    job, person = readers_of(decoder, network, 1, 0)
    for _ in range(10):
        job.turn()
    turns = 0
    while not person.texts:
        person.turn()
        turns += 1
    assert turns <= 3, "it waits for nobody but once, for those who have not read yet"


def test_one_that_is_closed_takes_only_its_own_rows_along(network, decoder):
    first, second = readers_of(decoder, network, 0, 1)
    for _ in range(4):
        first.turn()
        second.turn()
    first.close()
    second.end()
    assert second.texts == alone(network, 1)
    assert not decoder.holds_anything


def test_a_model_that_computes_no_number_for_one_fails_that_one(network, decoder):
    """As a prompt with a token whose weights are damaged does."""
    plain = network._network

    class Damaged:
        def __getattr__(self, name):
            return getattr(network, name)

        def logits(self, hidden, ids=None):
            found = network.logits(hidden, ids)
            if len(found) == 6:  # of both
                found[-2:] = torch.nan  # the second's
            return found

    decoder = Decoder(Damaged())
    first, second = readers_of(decoder, Damaged(), 0, 2)
    first.turn()  # the prompt is read, and the first token chosen, of four rows
    with pytest.raises(BadText):
        in_turns([second, first])
    first.end()
    assert first.texts == texts_of(decode(plain, PROMPTS[0], SAMPLINGS[0]))
    assert not decoder.holds_anything


@pytest.mark.parametrize("room", [1, 3, 5])
def test_memory_that_is_not_enough_for_all_changes_nobodys_text(network, decoder, room):
    readers = readers_of(decoder, network, 0, 1, 2)
    for _ in range(5):
        for each in readers:
            each.turn()
    network._rows = room
    in_turns(readers)
    assert network.failures > 0
    assert [each.texts for each in readers] == [alone(network, which) for which in range(3)]


def test_what_rests_is_given_up_before_less_is_written_at_once(network, decoder):
    person, job = readers_of(decoder, network, 0, 1)
    for _ in range(8):
        job.turn()
    person.turn()
    person.turn()  # the job rests
    person.turn()
    network._rows = 3
    person.turn()
    network._rows = None
    network.shapes.clear()
    person.turn()
    assert network.shapes[-1] == (4, 1), "all four of the person's rows in one forward"
    person.end()
    job.end()
    assert (person.texts, job.texts) == (alone(network, 0), alone(network, 1))


@pytest.mark.parametrize("first", [0, 1])
def test_one_that_joins_in_the_very_step_that_runs_out_of_memory_loses_nothing(network, decoder, first):
    """Its rows were neither waiting nor being written, and nobody ever asked for them again."""
    writing, joining = readers_of(decoder, network, first, 1 - first)
    for _ in range(5):
        writing.turn()
    network._rows = 2
    joining.turn()
    in_turns([joining, writing])
    assert network.failures > 0
    assert (writing.texts, joining.texts) == (alone(network, first), alone(network, 1 - first))
    assert not decoder.holds_anything


def test_one_that_rested_and_comes_back_as_memory_runs_out_loses_nothing(network, decoder):
    person, job = readers_of(decoder, network, 0, 1)
    for _ in range(6):
        person.turn()
        job.turn()
    for _ in range(4):
        person.turn()  # the job rests
    network._rows = 4
    in_turns([job, person])
    assert network.failures > 0
    assert (person.texts, job.texts) == (alone(network, 0), alone(network, 1))


def test_more_is_written_at_once_again_when_a_request_has_ended(tiny):
    network = Cramped(replace(tiny, stop_ids=frozenset()))
    decoder = Decoder(network)
    first, second = readers_of(decoder, network, 0, 2)
    for _ in range(4):
        first.turn()
        second.turn()
    network._rows = 3
    for _ in range(4):
        first.turn()
        second.turn()
    network._rows = None
    second.close()
    network.shapes.clear()
    for _ in range(4):
        first.turn()
    assert max(rows for rows, _ in network.shapes) == 4
    first.end()
    assert first.texts == alone(network, 0)


def test_one_that_is_closed_while_its_rows_are_read_again_takes_nobody_along(network, decoder):
    first, second = readers_of(decoder, network, 0, 1)
    for _ in range(4):
        first.turn()
        second.turn()
    network._rows = 3
    while not network.failures:
        first.turn()  # at last all rows are put back
    network._rows = None
    network.shapes.clear()
    first.turn()
    assert network.shapes[-1][1] > 1, "what was written is read again, and nothing was written yet"
    first.close()
    second.end()
    assert second.texts == alone(network, 1)
    assert not decoder.holds_anything


def test_an_error_of_one_is_no_object_of_two(network, decoder):
    """A traceback grows with every raise, and holds what the failed request held."""
    first, second = readers_of(decoder, network, 0, 2)
    error = OutOfMemory("The memory is not enough.")
    first.turn()
    second.turn()
    for request in tuple(decoder._requests):
        request.fail(error)
    for reader in (first, second):
        with pytest.raises(OutOfMemory, match="not enough") as raised:
            reader.end()
        assert raised.value is not error


def test_there_is_room_for_one_more_where_memory_holds_it_four_times(network, decoder, monkeypatch):
    """Measured by the requests that are here: one long prompt long ago once kept everybody waiting for good."""
    free = 0
    monkeypatch.setattr(memory_budget, "free_bytes", lambda device: free)
    assert decoder.has_room()
    short, long = readers_of(decoder, network, 2, 1)
    sizes = []
    for reader in (short, long):
        free = 1 << 30
        while not reader.texts:
            reader.turn()
        sizes.append(max(request.prompt_bytes for request in decoder._requests))
    assert sizes[1] * len(PROMPTS[2]) == sizes[0] * len(PROMPTS[1]) > 0, "keys and values by the token"
    free = 4 * sizes[1]
    assert decoder.has_room()
    free -= 1
    assert not decoder.has_room()
    long.close()
    assert decoder.has_room()
    short.close()


def test_one_row_that_does_not_fit_fails_its_own_request(network, decoder):
    (person,) = readers_of(decoder, network, 0)
    person.turn()
    network._rows = 0
    with pytest.raises(OutOfMemory):
        person.end()
    assert not decoder.holds_anything
    network._rows = None
    (another,) = readers_of(decoder, network, 1)
    another.end()
    assert another.texts == alone(network, 1)
