"""Parquet files: rows out of them, and rows into them as the model hub likes them. Knows Parquet and the hub's picture columns.

A picture is a struct {bytes, path}; 100 rows a row group, a page index, and chunks cut by content where the library can, so that
the hub's viewer reads single rows and a changed file is stored as its changes.

pyarrow is loaded when the first such file is read or written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from storage.errors import BadFile
from storage.formats.lines import BadLine

ENDING = ".parquet"
ROWS_A_GROUP = 100


def parts(path: Path) -> tuple[Path, ...]:
    """Return the Parquet files that a path means, in order; none where it means others."""
    if path.is_dir():
        return tuple(sorted(each for each in path.rglob(f"*{ENDING}") if each.is_file()))
    return (path,) if path.suffix == ENDING else ()


def count_rows(files: Sequence[Path]) -> int:
    """Return how many rows the files have together; raises BadFile."""
    return sum(_open(each).metadata.num_rows for each in files)


def read_values(files: Sequence[Path]) -> Iterator[tuple[int, object | BadLine]]:
    """Yield the rows as objects, numbered from 1 through all files; what cannot be read of a group of rows as one bad line.

    Raises BadFile where a file is none.
    """
    import pyarrow as pa

    last = 0  # row of the groups before
    for path in files:
        with closing(_open(path)) as file:
            for group in range(file.num_row_groups):
                number, last = last, last + file.metadata.row_group(group).num_rows
                try:
                    for batch in file.iter_batches(batch_size=ROWS_A_GROUP, row_groups=[group]):
                        for value in batch.to_pylist():
                            number += 1
                            yield number, value
                except (pa.ArrowException, OSError, ValueError) as error:
                    which = f"Rows {number + 1:,} to {last:,} of {path.name}"
                    yield number + 1, BadLine(line=number + 1, reason=f"{which} cannot be read: {str(error)[:200]}")


def _open(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise BadFile(f"{path.name} is not a readable Parquet file: {str(error)[:200]}") from error


class ParquetWriter:
    """Writes one file, row group by row group."""

    def __init__(self, path: Path, schema: Any) -> None:
        import pyarrow.parquet as pq

        self._schema = schema
        self._held: list[Mapping[str, object]] = []
        self._writer = pq.ParquetWriter(
            path, schema, compression="zstd", write_page_index=True, use_content_defined_chunking=True
        )

    def add(self, row: Mapping[str, object]) -> None:
        """Write a row."""
        self._held.append(row)
        if len(self._held) == ROWS_A_GROUP:
            self._flush()

    def close(self) -> None:
        """Write what is held, and the file's end."""
        if self._held:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        self._writer.write_table(pa.Table.from_pylist(self._held, schema=self._schema))
        self._held.clear()


def solution_schema() -> Any:
    """Return the columns of solutions: VisualProcessBench's fields with the pictures in them, and soft labels."""
    import pyarrow as pa

    picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    response = pa.struct([("steps", pa.list_(pa.string())), ("process_correctness", pa.list_(pa.int8()))])
    return pa.schema(
        [
            ("image", pa.list_(picture)),
            ("question", pa.string()),
            ("answer", pa.string()),
            ("response", response),
            ("policy_model", pa.string()),
            ("data_source", pa.string()),
            ("labels_by", pa.string()),
            ("soft_labels", pa.list_(pa.float64())),
            ("kept_fields", pa.string()),
        ]
    )
