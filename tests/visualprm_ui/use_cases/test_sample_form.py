from visualprm_ui.use_cases.sample_form import clean_text, stop_texts


def test_stop_texts_are_lines_as_typed():
    assert stop_texts("") == ()
    assert stop_texts(" \n\n") == ()
    assert stop_texts("The end. \r\n\x00 Final\nThe end. \n") == ("The end. ", " Final")


def test_control_characters_go_and_lines_stay():
    assert clean_text(" a\x00b\r\nc\td\x1b \ud800") == "ab\nc\td"
