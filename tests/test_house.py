"""The rules of the house, held by tests: modules, words, arrows, settings, files that must agree.

What is forbidden is looked for in the syntax tree, so that a word in a text is no finding;
each search is tried on code that breaks its rule, so that it cannot go blind.
"""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import lstmprep
from lstmprep.cli import cli
from lstmprep.commands import COMMANDS, settings_of_command
from lstmprep.plotting.ask import Picture
from lstmprep.serde import settings_of
from lstmprep.survey.settings import Look
from tests.gate import edges

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "lstmprep"
MODULES = sorted(PACKAGE.rglob("*.py"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SETTINGS = settings_of_command()

each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
each_setting = pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


# ---------------------------------------------------------------- modules


@each_module
def test_a_module_opens_by_saying_what_it_is_for(path):
    said = ast.get_docstring(tree_of(path))

    assert said, "no docstring"
    assert said.splitlines()[0].endswith((".", ":", "?")), f"the first line is no sentence: {said.splitlines()[0]!r}"


@each_module
def test_a_module_is_read_in_one_sitting(path):
    lines = path.read_text(encoding="utf-8").count("\n")

    assert lines <= 300


@each_module
def test_a_module_is_named_for_what_it_does(path):
    for part in path.relative_to(PACKAGE).with_suffix("").parts:
        assert not re.search(r"\A(utils?|helpers?|commons?|misc|tools?|stuff)\Z", part.strip("_")), part


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("__init__.py")), ids=lambda path: path.parent.name)
def test_what_a_room_imports_is_not_called_like_a_module_of_it(path):
    """Importing that module later would put it in the place of what was imported: the second call finds a module."""
    modules = {p.stem for p in path.parent.iterdir()}
    own = path.parent.relative_to(ROOT).as_posix().replace("/", ".")
    taken = [
        name.asname or name.name
        for node in tree_of(path).body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if (name.asname or name.name) in modules and node.module not in (own, f"{own}.{name.asname or name.name}")
    ]

    assert not taken


@each_module
def test_whatever_is_public_says_what_it_is(path):
    assert undocumented(tree_of(path)) == []


def undocumented(tree: ast.Module) -> list[str]:
    """Public functions, classes and methods without a docstring; a Protocol speaks for those who implement it."""
    bare = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            bare += [] if ast.get_docstring(node) else [node.name]
            if isinstance(node, ast.ClassDef):
                bare += [
                    f"{node.name}.{method.name}"
                    for method in node.body
                    if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef))
                    and not method.name.startswith("_")
                    and method.name not in PROTOCOL_METHODS
                    and not ast.get_docstring(method)
                ]
    return bare


def protocol_methods() -> set[str]:
    """Names that a Protocol, or Click, has described already."""
    names = {"params", *(n for kind in (click.Group, click.Option, click.ParamType) for n in dir(kind))}
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases):
                names |= {m.name for m in node.body if isinstance(m, ast.FunctionDef) and ast.get_docstring(m)}
    return names


PROTOCOL_METHODS = protocol_methods()


def test_the_search_for_missing_docstrings_finds_them():
    code = 'def f(): ...\nclass A:\n    """Said."""\n    def g(self): ...\n    def _h(self): ...\ndef _i(): ...\n'

    assert undocumented(ast.parse(code)) == ["f", "A.g"]


@pytest.mark.parametrize("name", ["window", "load"])
def test_a_verb_is_documented_the_numpydoc_way(name):
    said = getattr(lstmprep, name).__doc__

    for heading in ("Parameters", "Returns", "Raises"):
        assert re.search(rf"^ +{heading}\n +-+$", said, re.MULTILINE), f"{name} has no section {heading}"


def test_every_public_name_can_be_loaded():
    for name in lstmprep.__all__:
        assert getattr(lstmprep, name) is not None
    assert set(dir(lstmprep)) >= set(lstmprep.__all__)


# ---------------------------------------------------------------- what product code never does

UNSAFE_MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "marshal", "shelve", "joblib", "yaml"}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__", "breakpoint", "print", "input"}
UNSAFE_ATTRIBUTES = {("os", "system"), ("os", "popen"), ("os", "execv"), ("os", "execvp"), ("subprocess", "getoutput")}


def unsafe(tree: ast.Module) -> list[str]:
    """What runs foreign code or prints, in the order of the lines."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, a.name) for a in node.names if a.name.split(".")[0] in UNSAFE_MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in UNSAFE_MODULES:
            found.append((node.lineno, node.module or ""))
        elif isinstance(node, ast.Name) and node.id in UNSAFE_CALLS:
            found.append((node.lineno, node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            pair = (node.value.id, node.attr)
            found += [(node.lineno, ".".join(pair))] if pair in UNSAFE_ATTRIBUTES else []
        elif isinstance(node, ast.Call):
            found += [(node.lineno, what) for what in unsafe_arguments(node)]
    return [what for _, what in sorted(found)]


def unsafe_arguments(call: ast.Call) -> list[str]:
    given = {k.arg: k.value for k in call.keywords if k.arg}
    false = {n for n, v in given.items() if isinstance(v, ast.Constant) and v.value is False}
    found = [f"{name}=..." for name in ("shell", "allow_pickle") if name in given and name not in false]
    loads = isinstance(call.func, ast.Attribute) and ast.unparse(call.func) in ("np.load", "numpy.load")
    return [*found, *(["np.load without allow_pickle=False"] if loads and "allow_pickle" not in given else [])]


@each_module
def test_product_code_unpickles_evaluates_and_shells_out_to_nothing(path):
    assert unsafe(tree_of(path)) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import pickle", "pickle"),
        ("def f():\n    from pickle import loads", "pickle"),
        ("import marshal as m", "marshal"),
        ("x = eval('1')", "eval"),
        ("f = exec", "exec"),
        ("import os\nos.system('ls')", "os.system"),
        ("run('ls', shell=True)", "shell=..."),
        ("run('ls', shell=yes)", "shell=..."),
        ("np.load(f, allow_pickle=True)", "allow_pickle=..."),
        ("np.load(f)", "np.load without allow_pickle=False"),
        ("print('hello')", "print"),
    ],
)
def test_the_search_for_unsafe_code_finds_it(code, found):
    assert found in unsafe(ast.parse(code))


def test_the_search_for_unsafe_code_leaves_words_and_safe_calls_alone():
    code = '"""pickle, eval(x), shell=True"""\nimport re\nre.compile("x")\nnp.load(f, allow_pickle=False)\nrun(a, shell=False)\n'

    assert unsafe(ast.parse(code)) == []


# ---------------------------------------------------------------- arrows


def imported(path: Path, *, at_import: bool = False) -> set[str]:
    """Top names of what a module imports; `at_import` leaves out what waits inside functions."""
    tree, out = tree_of(path), set()
    inside = {id(n) for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.Lambda)) for n in ast.walk(f)}
    for node in ast.walk(tree):
        if at_import and id(node) in inside:
            continue
        if isinstance(node, ast.Import):
            out |= {a.name.split(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            out.add(node.module.split(".")[0])
    return out


def test_click_is_known_to_the_command_line_alone():
    knows = {p.relative_to(PACKAGE).parts[0] for p in MODULES if "click" in imported(p)}

    assert knows == {"cli"}


@pytest.mark.parametrize("library", ["pandas", "polars", "torch", "keras", "dask", "matplotlib", "xxhash"])
def test_no_module_brings_a_heavy_library_along_when_it_is_imported(library):
    brings = [p.name for p in MODULES if library in imported(p, at_import=True)]

    assert brings == ([] if library != "xxhash" else brings[:1])


def test_the_layers_of_the_house_leave_no_module_out():
    layers = next(c for c in PYPROJECT["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    placed = {name.strip().removeprefix("lstmprep.") for line in layers["layers"] for name in line.split("|")}
    there = {p.stem for p in PACKAGE.glob("*.py")} | {p.name for p in PACKAGE.iterdir() if (p / "__init__.py").exists()}

    assert there - {"__init__", "__main__"} == placed


def test_the_contracts_on_click_and_arrow_name_modules_that_exist():
    contracts = [c for c in PYPROJECT["tool"]["importlinter"]["contracts"] if c["type"] == "forbidden"]

    assert {m for c in contracts for m in c["forbidden_modules"]} >= {"click", "pyarrow", "pandas"}
    for module in (m for c in contracts for m in c["source_modules"]):
        name = module.removeprefix("lstmprep.")
        assert (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file(), module


# ---------------------------------------------------------------- files that must agree


def bounds(lines: list[str]) -> dict[str, tuple[int, ...]]:
    """Lower bounds by name: ``numpy>=1.26`` and ``numpy==1.26.0`` are both (1, 26)."""
    found = {}
    for line in lines:
        name, version = re.match(r"([A-Za-z0-9_.-]+)\s*[>=]=\s*([0-9.]+)", line).groups()
        numbers = [int(n) for n in version.split(".")]
        while numbers and numbers[-1] == 0:
            numbers.pop()
        found[name] = tuple(numbers)
    return found


def test_the_lowest_versions_tested_are_the_lowest_versions_allowed():
    lines = (ROOT / "tests" / "lowest.txt").read_text(encoding="utf-8").split("\n")
    pinned = [line for line in lines if line.strip() and not line.startswith("#")]

    assert all("==" in line for line in pinned)
    assert bounds(pinned) == bounds(PYPROJECT["project"]["dependencies"])


def test_make_test_lowest_installs_the_lowest_versions():
    assert re.search(r"-c tests/lowest\.txt", MAKEFILE)
    assert re.search(r"^\.venv-lowest/\.done:.*tests/lowest\.txt", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("target", ["demo", "test", "test-slow", "test-lowest", "lint", "bench", "docs", "clean"])
def test_the_makefile_makes(target):
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)
    assert re.search(rf"^\.PHONY:.*\b{target}(\s|$)", MAKEFILE, re.MULTILINE)


def test_the_makefile_asks_for_the_python_that_the_package_asks_for():
    least = re.fullmatch(r">=(\d+)\.(\d+)", PYPROJECT["project"]["requires-python"]).groups()

    assert f"sys.version_info < ({least[0]}, {least[1]})" in MAKEFILE
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{least[0]}{least[1]}"


def test_the_makefile_installs_groups_that_exist_and_runs_files_that_exist():
    groups = set(re.findall(r"--group (\S+)", MAKEFILE))

    assert groups
    assert groups <= set(PYPROJECT["dependency-groups"])
    for file in re.findall(r"(?<=\s)((?:tests|docs|sample_data)/[\w./-]+)", MAKEFILE):
        assert (ROOT / file).exists(), file


def test_what_goes_into_a_release_exists():
    for name in PYPROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]:
        assert (ROOT / name).exists(), name
    assert PYPROJECT["project"]["scripts"] == {"lstmprep": "lstmprep.__main__:main"}
    assert (PACKAGE / "__main__.py").exists()


def test_the_newest_heading_of_the_changelog_is_the_version_of_the_package():
    headings = re.findall(
        r"^## \[?v?([0-9][^\s\]]*)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert headings[0] == lstmprep.__version__


@pytest.mark.parametrize("marker", ["skip", "skipif", "xfail"])
def test_no_test_is_skipped_or_expected_to_fail(marker):
    used = re.compile(rf"mark\.{marker}\b|pytest\.{marker}\(|importor{'skip'}")

    assert [p.name for p in (ROOT / "tests").rglob("*.py") if used.search(p.read_text(encoding="utf-8"))] == []


# ---------------------------------------------------------------- nothing of one machine

MACHINE = {
    "an absolute path": re.compile(
        rb"(?<![\w.~:}])/(?:work|root|farm|home|Users|usr/local|private|opt|mnt)/[\w.]|/[t]mp/\w"
    ),
    "a package registry": re.compile(
        rb"(?i)index[-_]url|trusted[-_]host|\bpypi\.org/simple|pythonhosted\.org|artifac[t]ory|devp[i]|nexu[s][./]|://[^/\s'\"]*registry"
    ),
    "an address inside a network": re.compile(
        rb"\b(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+\.\d+(?:\.\d+)?:\d+"
    ),
}
CACHES = {"__pycache__", "node_modules", "build", "dist", "site"}


def tracked() -> list[Path]:
    """The files of the project: what git knows or would take, else every file that is no cache."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
        files = [ROOT / name for name in listing.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        files = [p for p in ROOT.rglob("*") if not any(q in CACHES or q[0] == "." for q in p.relative_to(ROOT).parts)]
    return [p for p in files if p.is_file() and not p.is_symlink()]


@pytest.mark.parametrize("kind", MACHINE)
def test_no_file_of_the_project_names(kind):
    found = [
        f"{path.relative_to(ROOT)}: {hit.group().decode(errors='replace')}"
        for path in tracked()
        if path.suffix not in (".parquet", ".png")
        for hit in MACHINE[kind].finditer(path.read_bytes())
    ]

    assert found == []


def test_the_search_for_paths_and_registries_finds_them():
    slash, dash = "/", "-"
    paths = [f"{slash}home{slash}me", f"cd {slash}tmp{slash}x", f"'{slash}root{slash}.pip'"]
    hosts = [f"--extra-index{dash}url http://x", f"https://{'registry'}.example.org", "pip.trusted" + dash + "host"]

    assert all(MACHINE["an absolute path"].search(text.encode()) for text in paths)
    assert all(MACHINE["a package registry"].search(text.encode()) for text in hosts)
    assert MACHINE["an address inside a network"].search(b"127.0.0" + b".1:8080")


# ---------------------------------------------------------------- settings


@pytest.fixture(scope="module")
def help_all() -> str:
    return CliRunner().invoke(cli, ["window", "--help-all"], terminal_width=100).output


@each_setting
def test_a_setting_stands_in_the_long_help_under_a_flag_spelled_from_its_name(setting, help_all):
    assert setting.flag == "--" + setting.name.replace("_", "-")
    assert re.search(rf"^ +(-\w, )?{re.escape(setting.flag)}\b(?!-)", help_all, re.MULTILINE)


@each_setting
def test_a_setting_says_what_it_is(setting, help_all):
    said = setting.help.split("  [default")[0]

    assert said.endswith(".")
    assert said[0].isupper() or said.split(":")[0] in setting.choices or said.split()[0] == "y"
    assert " ".join(said.split()) in re.sub(r"-\s*\n\s+", "-", help_all) or squeezed(said) in squeezed(help_all)


def record_of(flag: str, help_all: str) -> str:
    """What the help says of one flag, without blanks."""
    return squeezed(
        re.search(rf"^  (?:-\w, )?{flag}\b(?!-)(.*?)(?=\n\n|\n  -)", help_all, re.MULTILINE | re.DOTALL).group(1)
    )


def squeezed(text: str) -> str:
    """The text without its blanks, which a narrow column moves."""
    return re.sub(r"\s+", "", text)


@each_setting
def test_a_setting_tells_its_default_where_there_is_one(setting, help_all):
    if setting.kind != "flag" and setting.default not in (None, ()):
        assert f"[default:{squeezed(str(setting.default))}]" in record_of(setting.flag, help_all)


@each_setting
def test_the_choices_of_a_setting_are_spelled_out_in_its_help(setting, help_all):
    record = record_of(setting.flag, help_all)

    assert bool(setting.choices) == (setting.kind == "choice")
    assert "|".join(setting.choices) in record or f"Oneof{','.join(setting.choices)}." in record


def test_no_two_settings_share_a_name_or_a_short_flag():
    names = [s.name for s in SETTINGS]
    shorts = [s.short for s in SETTINGS if s.short]

    assert len(set(names)) == len(names)
    assert len(set(shorts)) == len(shorts)


def test_every_setting_is_declared_on_a_part_of_the_recipe_and_nowhere_else():
    assert [s.name for part in COMMANDS["window"].values() for s in settings_of(part)] == [s.name for s in SETTINGS]
    declared = sum(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setting"
        for path in MODULES
        for node in ast.walk(tree_of(path))
    )
    every = {part for parts in COMMANDS.values() for part in parts.values()}
    looks = len(settings_of(Look)) + len(settings_of(Picture))  # a survey and a picture have a few of their own
    assert declared == sum(len(settings_of(part)) for part in every) + looks


def test_the_short_help_shows_some_twenty_options_and_counts_the_rest(help_all):
    short = CliRunner().invoke(cli, ["window", "--help"], terminal_width=100).output
    flags = r"^  (?:-\w, )?(--[\w-]+)"
    shown, every = re.findall(flags, short, re.MULTILINE), re.findall(flags, help_all, re.MULTILINE)

    assert set(shown) < set(every)
    assert 15 <= len(shown) <= 26
    assert f"{len(every) - len(shown)} more options" in short


def test_the_gate_of_coverage_leaves_out_the_rooms_at_the_edge_and_no_other():
    """A room that is new is gated by its place in the layers; what is computed is never at the edge."""
    gated = {
        "plan",
        "ledger",
        "execute",
        "framing",
        "split",
        "transforms",
        "prepare",
        "grid",
        "timing",
        "recipe",
        "panel",
    }

    assert {"cli", "api", "run", "ingest", "sources", "sinks", "loaders", "arrow"} < set(edges())
    assert not gated & set(edges())
    assert all((PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").exists() for room in edges())
    assert '--omit="$$($(BIN)/python tests/gate.py)" --fail-under=100' in MAKEFILE


# ---------------------------------------------------------------- faults

FAULTS = (ROOT / "tests" / "faults" / "README.md").read_text(encoding="utf-8")


ROWS_OF_FAULTS = re.findall(r"^\| (\d+) \| .*? \| `(\w+\.py)` \| (?:`(\w+\.py)` )?\|$", FAULTS, re.MULTILINE)


@pytest.mark.parametrize(("number", "name"), [(n, f) for n, *files in ROWS_OF_FAULTS for f in files if f])
def test_every_class_of_faults_has_a_test_of_its_own(number, name):
    text = (ROOT / "tests" / "faults" / name).read_text(encoding="utf-8")

    assert re.search(rf"^def test_{number}_\w+\(", text, re.MULTILINE)


def test_no_class_of_faults_is_forgotten():
    listed = [int(n) for n, *_ in ROWS_OF_FAULTS]

    assert listed == [n for n in range(1, 53) if n not in (13, 47)]


def test_everything_expected_at_the_door_has_a_section_with_tests():
    door = (ROOT / "tests" / "test_door.py").read_text(encoding="utf-8")
    sections = {}
    for heading, text in re.findall(
        r"^# -{9,} (\d[\d and]*) [^\n]*\n(.*?)(?=^# -{9,} |\Z)", door, re.MULTILINE | re.DOTALL
    ):
        sections |= dict.fromkeys(map(int, re.findall(r"\d+", heading)), text)

    assert sorted(sections) == list(range(1, 15))
    assert [n for n, text in sections.items() if not re.search(r"^def test_", text, re.MULTILINE)] == []
