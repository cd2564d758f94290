"""The house: what may import what, and the habits that no linter holds."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "graphclust"
FILES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 300

# Data flows one way: a room imports only from those above it. Metrics stand below everything
# that trains, so that nothing that trains can reach a score against labels.
ROOMS = (
    "errors",
    "whole_files",
    "randomness",
    "component",
    "arguments",
    "ranks",
    "ondisk",
    "sparse",
    "neighbors",
    "graphs",
    "adapters",
    "encoders",
    "readouts",
    "heads",
    "objectives",
    "training",
    "methods",
    "metrics",
    "selection",
    "estimators",
    "explain",
    "report",
    "bench",
    "cli",
)
# The front door names everything, and `python -m graphclust` is the command line.
DOORS = ("__init__.py", "__main__.py")
# `from graphclust import __version__` is a fact of the front door, not a room.
FACTS = {"__version__"}


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the full name of everything that a module imports, lazily or not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative imports hide where things are"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def project_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout: there is no list of the project's files")
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_every_room_has_its_place() -> None:
    found = {room_of(path) for path in FILES if str(path.relative_to(PACKAGE)) not in DOORS}
    assert found <= set(ROOMS), "a new room: give it its place in ROOMS and in CONTRIBUTING.md"


def test_a_room_imports_only_from_those_above() -> None:
    # Imports inside functions and for the type checker count: they tie rooms together as well.
    wrong = []
    for path in FILES:
        if str(path.relative_to(PACKAGE)) in DOORS:
            continue
        here = ROOMS.index(room_of(path))
        for line, name in imports(parse(path)):
            parts = name.split(".")
            if parts[0] != "graphclust" or parts[1] in FACTS:
                continue
            if ROOMS.index(parts[1]) > here:
                wrong.append(f"{where(path, line)} imports {name}, which lies below")
    assert wrong == []


def test_no_file_needs_itself_to_be_imported() -> None:
    # Only what runs on import: an import inside a function is how a long cycle is cut.
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in FILES}
    needs: dict[str, set[str]] = {}
    for module, path in modules.items():
        at_once = [
            node for node in parse(path).body if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        named = {name for node in at_once for _, name in imports(node)}
        named |= {name.rpartition(".")[0] for name in named}
        needs[module] = (named & set(modules)) - {module}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_only_the_command_line_prints() -> None:
    printing = [
        where(path, node.lineno)
        for path in FILES
        if room_of(path) != "cli"
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert printing == []


def test_nothing_unpickles() -> None:
    allowed = PACKAGE / "graphs" / "named" / "plain_pickle.py"
    executes = {"pickle", "cPickle", "dill", "joblib", "cloudpickle", "shelve", "marshal"}
    wrong = []
    for path in FILES:
        tree = parse(path)
        if path != allowed:
            wrong += [
                where(path, at) for at, name in imports(tree) if name.split(".")[0] in executes
            ]
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            if ast.unparse(node.func) == "torch.load":
                wrong.append(where(path, node.lineno))
            wrong += [
                where(path, node.lineno)
                for word in node.keywords
                if word.arg == "allow_pickle" and ast.unparse(word.value) != "False"
            ]
    assert wrong == []


def test_randomness_is_passed_never_global() -> None:
    # A stock PyG module draws from torch's global state: it is given a forked one, seeded.
    allowed = PACKAGE / "encoders" / "foreign.py"
    seeding = re.compile(r"(torch|random)\.(manual_seed|seed)$")
    wrong = []
    for path in set(FILES) - {allowed}:
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Call) and seeding.search(ast.unparse(node.func)):
                wrong.append(where(path, node.lineno))
    assert wrong == []


def test_random_numbers_are_drawn_where_their_generator_lives() -> None:
    # Without a device torch draws on the CPU, and refuses a GPU's generator there. These two
    # compute with numpy, and are given a generator of the CPU.
    allowed = {PACKAGE / "graphs" / "generators.py", PACKAGE / "graphs" / "partition.py"}
    drawing = re.compile(r"torch\.(rand|randn|randint|randperm|normal)$")
    wrong = []
    for path in set(FILES) - allowed:
        for node in ast.walk(parse(path)):
            if not (isinstance(node, ast.Call) and drawing.search(ast.unparse(node.func))):
                continue
            if "device" not in {word.arg for word in node.keywords}:
                wrong.append(where(path, node.lineno))
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    # Spelled in pieces, so that this file does not find itself.
    folders = "|".join(["work", "home", "root", "Users", "mnt", "srv", "opt"])
    hosts = "|".join(["py" + "pi.org", "python" + "hosted", "extra-" + "index-url"])
    pattern = re.compile(rf"(?<![\w.~/-])/(?:{folders})/|{hosts}", re.IGNORECASE)
    wrong = []
    for path in project_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if pattern.search(line):
                wrong.append(f"{where(path, number)}: {line.strip()[:80]}")
    assert wrong == []


def test_contributing_tells_the_rooms_in_this_order() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)(?:\.py|/)` \|", text, re.MULTILINE)
    assert told == [room for room in ROOMS if room in told]
    there = {room_of(path) for path in FILES if str(path.relative_to(PACKAGE)) not in DOORS}
    assert there <= set(told)
