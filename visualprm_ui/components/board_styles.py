"""The style sheets of the boards that people label and manage with. Explore, the page of first visits, loads none of them."""

BOARD_STYLE_SHEETS = (  # in the order of the cascade
    "components/label_board/problem_pane.css",
    "components/label_board/label_choice.css",
    "components/label_board/style.css",
    "components/label_board/status_bar.css",
    "components/label_board/item_strip.css",
    "components/label_board/steps_pane.css",
    "components/label_board/send_back_card.css",
    "components/label_board/guideline.css",
    "components/label_board/action_bar.css",
    "components/label_board/dialogs.css",
    "components/label_board/item_map_dialog.css",
    "components/label_board/placeholder_screens.css",
    "components/label_board/small_windows.css",
    "components/review_board/style.css",
    "components/adjudicate_board/style.css",
    "components/dataset_board/style.css",
    "components/dataset_board/browse.css",
    "components/admin_board/style.css",
    "components/admin_board/project.css",
)
