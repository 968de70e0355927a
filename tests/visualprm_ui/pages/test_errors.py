"""Errors in a page's handler, as the person at the page and the log get them."""

import logging
import re

import gradio as gr
import pytest

from engine import InvalidRequest
from visualprm_ui.pages.errors import with_error_messages


def handler_of(error):
    @with_error_messages
    def handler():
        yield "before"
        raise error

    return handler()


def test_a_known_error_is_shown_as_its_sentence_and_never_as_markup():
    events = handler_of(InvalidRequest("The question <b>is</b> empty."))
    assert next(events) == "before"
    with pytest.raises(gr.Error) as shown:
        next(events)
    assert shown.value.message == "The question &lt;b&gt;is&lt;/b&gt; empty."


def test_a_message_of_the_page_itself_passes():
    events = handler_of(gr.Error("As it is."))
    next(events)
    with pytest.raises(gr.Error, match="As it is"):
        next(events)


def test_a_defect_is_named_in_the_log_and_not_shown(caplog):
    events = handler_of(RuntimeError("the secret of the house"))
    next(events)
    with caplog.at_level(logging.ERROR), pytest.raises(gr.Error) as shown:
        next(events)
    assert "secret" not in shown.value.message
    (reference,) = re.findall(r"the log names it as ([0-9a-f]{6})\.", shown.value.message)
    (record,) = [each for each in caplog.records if reference in each.getMessage()]
    assert "the secret of the house" in str(record.exc_info[1])
