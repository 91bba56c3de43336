"""What a command wrote, in a few lines: each file of the folder, and folders below it by their number of files."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path


def written_lines(folder: Path, paths: Iterable[Path]) -> list[str]:
    """A line for each file that lies directly in ``folder``, then one for each folder in it that holds any."""
    lines: list[str] = []
    below: Counter[str] = Counter()
    for path in paths:
        parts = path.relative_to(folder).parts
        if len(parts) == 1:
            lines.append(f"wrote {path}")
        else:
            below[parts[0]] += 1
    return lines + [
        f"wrote {folder / name}/ ({count} file{'' if count == 1 else 's'})" for name, count in below.items()
    ]
