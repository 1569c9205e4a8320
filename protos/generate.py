"""Generate Python from the protos into protos/gen: `python protos/generate.py`; `--check` fails when it has drifted."""

from __future__ import annotations

import argparse
import filecmp
import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parent
GENERATED = PROTOS / "gen"


def generate(into: Path) -> None:
    """Write the modules and their stubs of every proto below protos/rapport into the folder `into`."""
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.glob("rapport/**/*.proto"))
    arguments = [
        "protoc",
        f"--proto_path={PROTOS}",
        f"--proto_path={files('grpc_tools') / '_proto'}",
        f"--python_out={into}",
        f"--plugin=protoc-gen-mypy={Path(sys.executable).parent / 'protoc-gen-mypy'}",
        f"--mypy_out=quiet:{into}",
        *sources,
    ]
    if protoc.main(arguments) != 0:
        raise SystemExit("protoc failed; its message is above")
    for folder in {path.parent for path in into.glob("rapport/**/*.py")} | set(_parents(into)):
        (folder / "__init__.py").touch()
        (folder / "py.typed").touch()


def _parents(into: Path) -> list[Path]:
    return [path for path in (into / "rapport").rglob("*") if path.is_dir()] + [into / "rapport"]


def differences(left: Path, right: Path) -> list[str]:
    """Relative paths that are in one folder only, or differ."""
    names = {str(path.relative_to(root)) for root in (left, right) for path in root.rglob("*.py*") if path.is_file()}
    names = {name for name in names if "__pycache__" not in name}
    return sorted(
        name
        for name in names
        if not ((left / name).exists() and (right / name).exists())
        or not filecmp.cmp(left / name, right / name, shallow=False)
    )


def main() -> int:
    """Generate, or with --check compare with what is committed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when protos/gen is out of date")
    if parser.parse_args().check:
        with tempfile.TemporaryDirectory() as folder:
            generate(Path(folder))
            drifted = differences(Path(folder), GENERATED)
        for name in drifted:
            print(f"protos/gen/{name} does not match its proto: run `make protos` and commit", file=sys.stderr)
        return 1 if drifted else 0
    shutil.rmtree(GENERATED, ignore_errors=True)
    GENERATED.mkdir(parents=True)
    generate(GENERATED)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
