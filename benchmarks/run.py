"""`make bench`: every benchmark of this folder, one after the other, each in a process of its own.

A benchmark is a module beside this one. It prints Markdown, each figure beside something that ran in the same call.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run all; give the number of those that failed."""
    failed = 0
    for module in sorted(HERE.glob("*.py")):
        if module == Path(__file__).resolve():
            continue
        print(f"\n## {module.stem}\n", flush=True)
        failed += subprocess.run([sys.executable, str(module)], cwd=HERE.parent, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
