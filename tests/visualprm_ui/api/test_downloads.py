"""What a browser is told to save an answer as.

Covers visualprm_ui/api/downloads.py.
"""

import pytest

from visualprm_ui.api.downloads import attached

NAMES = [
    "a\r\nSet-Cookie: b=c.csv",
    'a"; filename="b.exe.csv',
    "../../etc/passwd.csv",
    "..\\..\\a.csv",
    "\u202efdp.csv",
    "é漢😀.csv",
    "\ud800\x00\x7f.csv",
    "%0d%0a.csv",
]
FILES = (
    "/evaluations/{}/report",
    "/evaluations/{}/table",
    "/evaluations/{}/problems.jsonl",
    "/evaluations/{}/pool.jsonl",
    "/evaluations/{}/curve-table",
    "/evaluations/{}/pool-report",
    "/comparisons/best-of-n/report?a={}&b={}",
    "/imports/{}/report",
    "/jobs/{}/failures",
    "/exports/{}/file",
)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_makes_another_header_or_leaves_its_folder(name):
    (header,) = attached(name).values()
    begin, _, rest = header.partition('filename="')
    assert begin == "attachment; "
    assert rest.endswith('.csv"')
    assert set(rest[:-1]).isdisjoint('"\\/\r\n%;\x00')
    assert rest.isascii()


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("name", ["a%0d%0aSet-Cookie:%20b=c", "%22%3b%20filename=%22b.exe", "%e2%80%aefdp", "a" * 3000])
def test_no_id_that_there_is_not_gets_into_a_header(team, path, name):
    answer = team["ada"].get(path.format(name, name))
    assert answer.status_code in (400, 404, 422)
    assert {"content-disposition", "set-cookie"}.isdisjoint(answer.headers)
