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


@pytest.mark.parametrize("name", NAMES)
def test_no_name_makes_another_header_or_leaves_its_folder(name):
    (header,) = attached(name).values()
    begin, _, rest = header.partition('filename="')
    assert begin == "attachment; "
    assert rest.endswith('.csv"')
    assert set(rest[:-1]).isdisjoint('"\\/\r\n%;\x00')
    assert rest.isascii()
