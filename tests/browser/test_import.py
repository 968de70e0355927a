"""A zip of pictures and solutions becomes a queue on the Dataset page, and nothing of it is stored before *Import* is pressed."""

import csv
import io
import re

from playwright.sync_api import Page, Route, expect

from tests.support.accessibility import violations
from tests.support.browser_team import Guest
from tests.support.transfer_jobs import lines, zipped
from tests.visualprm_ui.conftest import png


def rows(word: str, count: int = 3) -> list[dict[str, object]]:
    """Solutions without labels; the last one's picture is missing."""
    return [
        {"image": [f"images/{n}.png"], "question": f"{word} {n}: $x^2$?", "response": {"steps": ["One.", "Two."]}}
        for n in range(count)
    ]


def texts(word: str, count: int) -> bytes:
    """Solutions without pictures."""
    return lines(*({"question": f"{word} {n}?", "response": {"steps": ["One.", "Two."]}} for n in range(count)))


def choose(page: Page, name: str, data: bytes) -> None:
    """Open the dialog and choose a file there."""
    page.goto("/dataset")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("button", name="Choose a file")).to_be_focused()
    page.get_by_label("File", exact=True).set_input_files({"name": name, "mimeType": "x/y", "buffer": data})


def solutions(guest) -> list[str]:
    return [each["question"] for each in guest.get("/api/solutions?state=open&limit=200")["solutions"]]


def test_a_zip_becomes_a_queue(page, guest):
    admin = guest()
    pictures = {f"round/images/{n}.png": png(colour) for n, colour in enumerate(("red", "blue"))}
    choose(page, "round four.zip", zipped({"round/rows.jsonl": lines(*rows("Pear")), **pictures}))
    dialog = page.get_by_role("dialog", name="Import")
    expect(dialog).to_contain_text("recognised; 3 of its first 3 rows have its fields")
    expect(dialog).to_contain_text("picture not found")
    expect(dialog).to_contain_text("line 3 Image 'images/2.png' cannot be read")
    expect(dialog.get_by_label("Title of the new project")).to_have_value("round four")
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.querySelector('.vp-transfer-body').scrollWidth") <= 390
    assert violations(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert "round four.zip" not in [each["title"] for each in admin.get("/api/imports")["imports"]]
    assert not any("Pear" in each for each in solutions(admin))
    choose(page, "round four.zip", zipped({"round/rows.jsonl": lines(*rows("Pear")), **pictures}))
    dialog.get_by_role("button", name="Import 2 solutions").click()
    expect(dialog).to_be_hidden()
    done = page.get_by_role("region", name="Background jobs")
    expect(done).to_contain_text("2 rows came in, 1 line left out. 2 solutions joined the queue")
    with page.expect_download() as download:
        done.get_by_role("link", name="Report").click()
    assert '"line": 3' in download.value.path().read_text()
    assert violations(page) == []
    expect(done.get_by_role("link", name="See in Browse")).to_have_attribute(
        "href", re.compile(r"dataset\?view=browse&source=")
    )
    done.get_by_role("link", name="Label them").click()
    expect(page.locator(".vp-lb-step")).to_have_count(2)
    expect(page.locator(".vp-lb-question:visible")).to_contain_text("Pear 0")


def test_columns_of_a_spreadsheet_are_mapped_by_keyboard(page, guest):
    out = io.StringIO()
    csv.writer(out).writerows([("prompt", "output"), ("Plum?", "Five."), ("Plums?", "Six.")])
    choose(page, "plums.csv", out.getvalue().encode())
    dialog = page.get_by_role("dialog", name="Import")
    expect(dialog).to_contain_text("Unknown format")
    expect(dialog.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    for ours, theirs in (("Question", "prompt"), ("Solution", "output")):
        field = dialog.get_by_label(f"{ours} in the file")
        field.focus()
        page.keyboard.type(theirs)
        page.keyboard.press("Tab")
        expect(dialog.get_by_label(f"{ours} in the file")).to_have_value(theirs)
        expect(dialog.get_by_label(f"{ours} in the file")).to_be_enabled()
    dialog.get_by_label("Add to a project").select_option("")
    dialog.get_by_role("button", name="Import 2 solutions").click()
    expect(page.get_by_role("region", name="Background jobs")).to_contain_text("2 rows came in")
    (report,) = (each["report"] for each in guest().get("/api/imports")["imports"] if each["title"] == "plums.csv")
    assert (report["dry_run"], report["added"], report["solutions"], report["queue"]) == (False, 2, 2, None)


def test_a_file_that_cannot_be_read_says_why(page):
    choose(page, "broken.zip", b"PK\3\4 broken")
    expect(page.get_by_role("alert")).to_contain_text("The archive is cut off or damaged")
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "a.jsonl", "mimeType": "x/y", "buffer": b'{"a": 1}\n'}
    )
    expect(page.get_by_role("dialog", name="Import")).to_contain_text("Unknown format")
    expect(page.get_by_role("dialog", name="Import").get_by_role("alert")).to_be_hidden()


def test_the_hub_is_asked_only_for_a_name_that_was_typed(page):
    choose(page, "a.jsonl", b'{"a": 1}\n')
    field = page.get_by_label("Data set of the model hub")
    expect(field).to_be_enabled()
    field.fill("no name")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(
        "'no name' does not name a data set of the model hub. Give OWNER/NAME."
    )


def test_pictures_and_questions_become_a_queue(page):
    """Problems without solutions: the loaded model writes some, and they can be labelled."""
    questions = [{"image": [f"{n}.png"], "question": f"What is {n} + {n}?"} for n in range(2)]
    archive = zipped({"questions.jsonl": lines(*questions), "0.png": png("red"), "1.png": png("blue")})
    choose(page, "questions.zip", archive)
    dialog = page.get_by_role("dialog", name="Import")
    expect(dialog).to_contain_text("no solution: a problem alone")
    dialog.get_by_label("Solutions for each problem").fill("1")
    assert violations(page) == []
    dialog.get_by_role("button", name="Import 2 problems").click()
    dock = page.get_by_role("region", name="Background jobs")
    expect(dock.get_by_role("link", name="Label them")).to_be_visible()
    dock.get_by_role("link", name="Label them").click()
    page.locator(".vp-lb-step").first.wait_for()
    expect(page.locator(".vp-lb-question:visible")).to_contain_text("What is")


def sent_before(admin: Guest, name: str, content: bytes) -> dict:
    """Send a file, and return its import once it is read."""
    found = admin.rest.post("/api/imports", params={"name": name}, content=content).json()
    while found["state"] != "ready":
        found = admin.get(f"/api/imports/{found['id']}")
    return found


def test_of_two_files_dropped_in_a_row_the_second_is_imported(page, guest):
    """The answer about the first, a large one, came last and was imported under the second one's name."""
    admin = guest()
    held: list[Route] = []
    page.route("**/api/imports?name=first.jsonl", lambda route: held.append(route))
    choose(page, "first.jsonl", texts("Quince", 1))
    dialog = page.get_by_role("dialog", name="Import")
    expect(dialog).to_contain_text("first.jsonl")
    first = sent_before(admin, "first.jsonl", texts("Quince", 1))
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "second.jsonl", "mimeType": "x/y", "buffer": lines({"question": "Medlar?", "response": "Yes."})}
    )
    expect(dialog).to_contain_text("Medlar?")
    held[0].fulfill(json=first)
    expect(dialog).to_contain_text("second.jsonl")
    dialog.get_by_label("Add to a project").select_option("")
    dialog.get_by_role("button", name="Import 1 solution").click()
    expect(page.get_by_role("region", name="Background jobs")).to_contain_text("1 row came in")
    done = [each["title"] for each in admin.get("/api/imports")["imports"] if each["state"] == "done"]
    assert "second.jsonl" in done
    assert "first.jsonl" not in done


def test_a_file_that_is_still_read_when_the_dialog_closes_is_forgotten(page, guest):
    admin = guest()
    for each in admin.get("/api/imports")["imports"]:
        admin.rest.delete(f"/api/imports/{each['id']}")
    choose(page, "long.jsonl", texts("Sorb", 30_000))
    expect(page.get_by_role("dialog", name="Import")).to_contain_text("Reading")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as deleted:
        page.keyboard.press("Escape")
    assert deleted.value.ok
    assert admin.get("/api/imports")["imports"] == []


def test_files_that_wait_are_listed_and_removed(page, guest):
    """Twenty of them kept everybody from importing, and no page told of them."""
    admin = guest()
    sent = sent_before(admin, "left.jsonl", lines({"question": "Q?"}))
    page.goto("/dataset")
    page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog", name="Import")
    expect(dialog).to_contain_text("read, waits to be imported")
    assert violations(page) == []
    dialog.get_by_role("button", name="Remove: left.jsonl").click()
    expect(dialog.get_by_text("left.jsonl")).to_have_count(0)
    assert sent["id"] not in [each["id"] for each in admin.get("/api/imports")["imports"]]


def test_what_was_cancelled_goes_on(page):
    choose(page, "many.jsonl", texts("Damson", 6000))
    dialog = page.get_by_role("dialog", name="Import")
    dialog.get_by_label("Add to a project").select_option("")
    dialog.get_by_role("button", name="Import 6,000 solutions").click()
    dock = page.get_by_role("region", name="Background jobs")
    dock.get_by_role("button", name="Cancel").click()
    expect(dock).to_contain_text("Cancelled. What was stored stays")
    again = dock.get_by_role("button", name="Go on")
    expect(again).to_be_visible()
    again.click()
    expect(dock).to_contain_text("6,000 rows came in")


def test_a_card_of_a_job_that_is_gone_can_be_closed(page, guest):
    """It asked for ever, and had no button that closes it."""
    admin = guest()
    choose(page, "gone.jsonl", texts("Greengage", 6000))
    dialog = page.get_by_role("dialog", name="Import")
    dialog.get_by_label("Add to a project").select_option("")
    with page.expect_response(lambda answer: answer.url.endswith("/start")) as begun:
        dialog.get_by_role("button", name="Import 6,000 solutions").click()
    admin.rest.delete(f"/api/imports/{begun.value.json()['id']}")
    dock = page.get_by_role("region", name="Background jobs")
    expect(dock).to_contain_text("There is no job")
    dock.get_by_role("button", name="Close").click()
    expect(dock.get_by_role("article")).to_have_count(0)


def test_a_folder_of_this_machine_is_sent_whole_and_its_pictures_are_seen_first(page, guest, tmp_path):
    admin = guest()
    (tmp_path / "orchard" / "images").mkdir(parents=True)
    (tmp_path / "orchard" / "rows.jsonl").write_bytes(lines(*rows("Apple")))
    (tmp_path / "orchard" / ".DS_Store").write_bytes(b"x")
    for name, colour in (("0", "red"), ("1", "blue")):
        (tmp_path / "orchard" / "images" / f"{name}.png").write_bytes(png(colour))
    page.goto("/dataset")
    page.get_by_role("button", name="Import").click()
    page.get_by_label("Folder", exact=True).set_input_files(tmp_path / "orchard")
    dialog = page.get_by_role("dialog", name="Import")
    expect(dialog).to_contain_text("orchard.tar")
    expect(dialog).to_contain_text("recognised; 3 of its first 3 rows have its fields")
    thumbnails = dialog.locator(".vp-import-first img")
    expect(thumbnails).to_have_count(2)  # the third row's picture is missing
    assert thumbnails.first.evaluate("each => each.complete && each.naturalWidth > 0")
    assert violations(page) == []
    dialog.get_by_role("button", name="Import 2 solutions").click()
    expect(page.get_by_role("region", name="Background jobs")).to_contain_text("2 rows came in")
    assert sum("Apple" in each for each in solutions(admin)) == 2


def test_where_nothing_is_to_be_labelled_import_is_offered(page):
    """Both pages knew Explore alone, and who came with a file was sent to sample solutions."""
    page.route(re.compile("/api/queues$"), lambda route: route.fulfill(json={"queues": []}))
    empty = {"labelled": 0, "labelled_by_me": 0, "solutions": 0, "annotators": 0, "queues": []}
    page.route(re.compile("/api/dataset$"), lambda route: route.fulfill(json=empty))
    page.goto("/annotate")
    page.get_by_role("link", name="Import on Dataset").click()
    expect(page.get_by_role("heading", name="No queue yet")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Import", exact=True).click()
    expect(page.get_by_role("dialog", name="Import")).to_be_visible()
