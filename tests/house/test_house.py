"""The rules of the house: who may look where, what the core may not do, where pins live."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "firmware" / "ranin"
FILES = sorted(PACKAGE.rglob("*.py"))
TOP = {"main", "cli", "sim", "doctor"}
"""Composition roots and the command line may look everywhere."""
EXTRA = {"web": {"config"}, "provisioning": {"config"}}
PURE = {
    "__future__",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "hashlib",
    "math",
    "re",
    "typing",
}
CORE_FORBIDDEN_NAMES = {"open", "print", "input", "eval", "exec", "__import__"}
CORE_FORBIDDEN_ATTRIBUTES = {"now", "today", "utcnow", "time", "monotonic", "sleep"}


def room(path: Path) -> str:
    """The first part below the package: `core`, `sip`, `main` …"""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by the full name"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_seen(path: Path) -> set[str]:
    """The rooms of ours that a file looks into."""
    ours = (name.split(".") for name in imports(path) if name.startswith("ranin."))
    rooms = {parts[1] for parts in ours}
    return {name for name in rooms if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()}


def test_the_house_is_there() -> None:
    assert len(FILES) > 30


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_looks_only_where_it_may(path: Path) -> None:
    here = room(path)
    if here in TOP:
        return
    allowed = {here} if here == "core" else {here, "core", "runtime"} | EXTRA.get(here, set())
    if here != "runtime":
        runtime = [name for name in imports(path) if name.startswith("ranin.runtime")]
        assert all(name.startswith("ranin.runtime.adapter") for name in runtime), (
            f"{path}: an adapter knows of the runtime only the Adapter protocol"
        )
    assert rooms_seen(path) <= allowed, f"{path} looks into {rooms_seen(path) - allowed}"


@pytest.mark.parametrize("path", [p for p in FILES if room(p) == "core"], ids=lambda path: path.name)
def test_the_core_is_pure(path: Path) -> None:
    outside = {name.split(".")[0] for name in imports(path)} - {"ranin"}
    assert outside <= PURE, f"{path} imports {outside - PURE}"
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in CORE_FORBIDDEN_NAMES, f"{path}:{node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in CORE_FORBIDDEN_ATTRIBUTES, f"{path}:{node.lineno}"


def test_only_the_engine_process_imports_pjsua2() -> None:
    found = {path for path in FILES if any(name.split(".")[0] == "pjsua2" for name in imports(path))}
    engine = PACKAGE / "sip" / "engine"
    assert found and all(engine in path.parents for path in found)


def test_the_daemon_never_imports_the_engine_process() -> None:
    engine = PACKAGE / "sip" / "engine"
    for path in FILES:
        if engine not in path.parents:
            assert not any(name.startswith("ranin.sip.engine") for name in imports(path)), path


PIN = re.compile(r"\b(?:GPIO|BCM)\s?\d+\b")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_pin_numbers_live_in_board_files(path: Path) -> None:
    assert not PIN.search(path.read_text("utf-8")), f"{path}: pins belong to hardware/boards/*.toml"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_says_what_it_is_and_stays_readable(path: Path) -> None:
    text = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{path} does not say what lives there"
    assert len(text.splitlines()) < 400, f"{path} is too long to read in one sitting"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_shell_and_no_mock(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"shell=True|os\.system|\bMock\(|MagicMock", text), path
