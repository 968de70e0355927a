"""Where an export puts pictures: under the names that an imported row had for them, else under their content address."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from storage.formats.visualprocessbench import IMAGES

_ENDINGS = frozenset((".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"))


class ImageNames:
    """The names of one export's pictures. A name means one picture, also where upper and lower case are one."""

    def __init__(self) -> None:
        self._pictures: dict[str, str] = {}  # folded name -> the file it is for
        self._folders: set[str] = set()  # folded

    def name_of(self, stored: Path, wanted: str | None) -> str:
        """Return the path, relative to the export, of a stored picture: ``wanted`` if it can have that."""
        name = wanted if wanted is not None and _is_usable(wanted) else None
        if name is None or not self._take(name, stored.name):
            name = f"{IMAGES}/{stored.name}"
            self._take(name, stored.name)
        return name

    def _take(self, name: str, picture: str) -> bool:
        folded = name.casefold()
        folders = {str(each) for each in PurePosixPath(folded).parents}
        if folded in self._folders or not folders.isdisjoint(self._pictures):
            return False
        if self._pictures.setdefault(folded, picture) != picture:
            return False
        self._folders |= folders
        return True


def _is_usable(name: str) -> bool:
    """Return whether a name lies in the folder of pictures, can be written on any system, and is a picture's."""
    first, *others = name.split("/")
    if first != IMAGES or not others or len(name) > 200:
        return False
    if any(not part.strip(". ") or part != part.strip() or not part.isprintable() for part in others):
        return False
    return PurePosixPath(name).suffix.lower() in _ENDINGS and set(name).isdisjoint('\\:*?"<>|')
