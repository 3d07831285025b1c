"""The generated pages: the settings of the recipe and the schema of the manifest, as a person reads them.

settings of the recipe  ->  recipe part of lstmprep/manifest.schema.json
options of the command  ->  docs/cli.md
commands of pictures.md ->  docs/pictures/*.png
manifest.schema.json    ->  docs/manifest.md

python docs/make.py            writes what is stale
python docs/make.py --check    writes nothing; exit code 1 and the names of stale files
"""
# ruff: noqa: INP001 (a script beside the pages, no module of the package)

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from lstmprep.cli import cli, run
from lstmprep.cli.help import Described
from lstmprep.cli.options import Flag
from lstmprep.cli.window import EXAMPLES
from lstmprep.commands import COMMANDS, every_setting
from lstmprep.serde import Setting

ROOT = Path(__file__).parents[1]
SCHEMA = "lstmprep/manifest.schema.json"
MADE = "<!-- made by docs/make.py: run `make docs` instead of editing -->\n"
TYPES: dict[str, dict[str, Any]] = {
    "int": {"type": "integer"},
    "size": {"type": "integer", "minimum": 1},
    "length": {"type": ["integer", "string"], "pattern": "^[a-z]"},
    "float": {"type": ["number", "string"]},
    "text": {"type": "string"},
    "flag": {"type": "boolean"},
    "list": {"type": "array", "items": {"type": "string"}},
    "ints": {"type": "array", "items": {"type": "integer", "minimum": 0}},
    "words": {"type": "array", "items": {"type": "string"}},
    "dims": {"type": "array", "items": {"type": "integer", "minimum": -1}},
}


# ---------------------------------------------------------------- the schema


def schema_text() -> str:
    """The schema with the settings that there are now."""
    schema = json.loads((ROOT / SCHEMA).read_text(encoding="utf-8"))
    recipe = schema["properties"]["recipe"]
    recipe["properties"] = {"command": {"description": "The command that the recipe is for.", "enum": list(COMMANDS)}}
    recipe["properties"] |= {s.name: _setting(s) for s in every_setting()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _setting(setting: Setting) -> dict[str, Any]:
    kind = {"enum": list(setting.choices)} if setting.kind == "choice" else TYPES[setting.kind]
    return {"description": setting.help, **kind}


# ---------------------------------------------------------------- the command


def cli_text() -> str:
    """The reference of the commands."""
    lines = [CLI_HEAD.format(group=_group_help())]
    with _newcomers_folder():
        for name in sorted(cli.commands, key=lambda n: (n not in COMMANDS, n != "window")):  # what is made is looked at
            command = cli.commands[name]
            assert isinstance(command, Described)
            lines += _command(name, command)
    return "\n".join(lines)


def _command(name: str, command: Described) -> list[str]:
    """The options of one command, and its examples with what they print."""
    context = click.Context(command, info_name=f"lstmprep {name}", terminal_width=100)
    groups: dict[str, list[Flag]] = {}
    for param in command.params:
        if isinstance(param, Flag):
            groups.setdefault(param.heading, []).append(param)
    usage = command.get_usage(context).removeprefix("Usage: ")
    lines = [f"# `lstmprep {name}`\n\n```text\n{usage}\n```\n\n{command.help}\n"]
    for heading, flags in groups.items():
        lines += [f"## {heading}\n", "| option | what | default |", "|---|---|---|", *map(_row, flags), ""]
    lines.append("## Examples\n")
    for what, line in command.examples:
        lines.append(f"{what[:1].upper()}{what[1:]}:\n\n```console\n{_shown(line)}```\n")
    return lines


def _row(flag: Flag) -> str:
    names = [o for o in (*flag.opts, *flag.secondary_opts) if o.startswith("-")]
    names.sort(key=lambda o: o.startswith("--"))
    choices = "|".join(getattr(flag.type, "setting", None).choices) if hasattr(flag.type, "setting") else ""
    value = "" if flag.is_flag else f" {choices or flag.metavar or 'TEXT'}"
    text, _, default = (flag.help or "").partition("  [default: ")
    text = text.replace(f" One of {', '.join(choices.split('|'))}.", "")
    if not default and flag.is_flag:
        default = "on]" if flag.secondary_opts else "off]"
    name = ", ".join(f"`{n}{value}`" if n == names[-1] else f"`{n}`" for n in names)
    return f"| {_cell(name)} | {_cell(text)} | {_cell(default[:-1])} |"


def _cell(text: str) -> str:
    """Text in a cell of a Markdown table; options in it as code."""
    coded = text if "`" in text else re.sub(r"(?<![\w-])--[a-z][a-z-]*", r"`\g<0>`", text).replace("*", "\\*")
    return " ".join(coded.split()).replace("|", "\\|")


@contextlib.contextmanager
def _newcomers_folder() -> Iterator[None]:
    """A folder with sample_data/ in it, 80 columns wide, without settings from outside."""
    here, before = os.getcwd(), dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(ROOT / "sample_data", os.path.join(folder, "sample_data"))
        for name in [n for n in before if n.startswith("LSTMPREP")]:
            del os.environ[name]
        os.environ.pop("FORCE_COLOR", None)
        os.environ["COLUMNS"] = "80"
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(before)


def _shown(line: str) -> str:
    """A command and all it prints."""
    return f"$ {line}\n{_printed(line)}"


def _printed(line: str) -> str:
    terminal = io.BytesIO()
    screen = io.TextIOWrapper(terminal, "utf-8", write_through=True)
    with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
        code = run(shlex.split(line)[1:])
    said = terminal.getvalue().decode()
    if code:
        raise SystemExit(f"docs/make.py: {line} ended with {code}\n{said}")
    return said


def _group_help() -> str:
    """What ``lstmprep --help`` prints, 100 columns wide whatever the terminal."""
    with cli.make_context("lstmprep", [], resilient_parsing=True, terminal_width=100) as context:
        return context.get_help()


CLI_HEAD = (
    """# The command line

"""
    + MADE
    + """
```text
{group}
```

Every option can be given in four places; the first one that gives it wins:

| where | for example |
|---|---|
| on the command line | `--group-by origin --no-overlap` |
| in the environment | `LSTMPREP_WINDOW_GROUP_BY=origin LSTMPREP_WINDOW_NO_OVERLAP=1` |
| in a recipe (`--recipe FILE`) | `group_by = "origin"` and `no_overlap = true` in TOML, the same keys in JSON, or the manifest of an output |
| in Python | `lstmprep.window("data.csv", timesteps=10, group_by="origin", no_overlap=True)` |

Python takes no recipe and looks at no environment. The options under *This run* are no part of a recipe;
of these, Python has `output` and `overwrite`.

`COLS` is a list: names with commas between them, globs `temp_*`, ranges `c2..c7`, positions `#3`.
The option may be repeated, and must be for a name that has a comma in it.

## Exit codes

| code | what happened |
|---|---|
| 0 | done |
| 2 | the request cannot be meant: an unknown option or column, options that exclude each other, a header with double names |
| 3 | the data cannot be prepared like that: text among numbers, missing values, too few rows |
| 4 | storage: an input that is not there, an output that is, no room, no permission |
| 70 | a bug of lstmprep |
| 130, 143 | interrupted (Ctrl-C), terminated; nothing is left behind |
| 141 | the reader of standard output went away |

Errors are two lines on standard error: *where: what*, then *what to do*. Standard output carries data only.
"""
)


# ---------------------------------------------------------------- the manifest


def manifest_text() -> str:
    """The schema of the manifest, object by object."""
    schema = json.loads(schema_text())
    lines = ["# The manifest\n", MADE, schema["description"], "", MANIFEST_HEAD]
    lines += ["## The whole\n", *_fields(schema, "", schema), ""]
    for name, part in schema["properties"].items():
        if name != "recipe" and part.get("properties"):
            lines += [f"## `{name}`\n", part["description"], "", *_fields(part, f"{name}.", schema), ""]
    for name, part in schema["$defs"].items():
        if part.get("properties"):
            lines += [f"## {USED_IN[name]}\n", part["description"], "", *_fields(part, "", schema), ""]
    with _newcomers_folder():
        what, line = EXAMPLES[0]
        made = _printed(f"{line} --json --quiet")
        # Arrow writes its version into a Parquet file: that digest is no text for a page
        made = re.sub(r'("index": \{[^}]*"digest": ")[^"]*', r"\1xxh3:...", made)
        lines.append(MANIFEST_EXAMPLE.format(line=line, what=what, made=made))
    lines.append(MANIFEST_FOOT)
    return "\n".join(lines)


USED_IN = {
    "source": "A file in `source`",
    "array": "An array in `arrays`",
    "shard": "A file in `arrays.*.shards`",
    "split": "A part in `splits`",
    "unused": "A reason in `rows.unused`",
    "spread": "`sequences.lengths`",
    "samples": "`sequences.samples`",
    "by_key": "A sequence in `sequences.samples.by_key`",
    "skipped": "A sequence in `sequences.skipped`",
    "note": "A note in `notes`",
    "scaling": "`fitted.scaling`, and that of a fold",
    "means": "`fitted.means`, and those of a fold",
    "trend": "`fitted.detrend`, and that of a fold",
    "by_group": "`by_group` of a scaling",
    "scaler": "A column in a scaling",
    "scalers": "A column in `by_group`",
}


def _fields(part: dict[str, Any], prefix: str, schema: dict[str, Any]) -> list[str]:
    """A table of the fields of an object."""
    out = ["| field | type | what |", "|---|---|---|"]
    for name, about in part["properties"].items():
        always = name in part.get("required", [])
        text = about.get("description") or _referred(about, schema)["description"]
        if name == "recipe":
            text += " The keys are the long options of [the command](cli.md)."
        out.append(
            f"| `{prefix}{name}` | {_cell(_type(about, schema))}{'' if always else ', optional'} | {_cell(text)} |"
        )
    return out


def _referred(about: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = about.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schema["$defs"].get(name, about)
    return found


def _type(about: dict[str, Any], schema: dict[str, Any]) -> str:
    """What kind of value a field has, in words."""
    about = {**_referred(about, schema), **{k: v for k, v in about.items() if k != "$ref"}}
    if "const" in about:
        return f"always `{json.dumps(about['const'])}`"
    if "enum" in about:
        return ", ".join(f"`{json.dumps(v)}`" for v in about["enum"])
    kinds = about["type"] if isinstance(about["type"], list) else [about["type"]]
    words = []
    for kind in kinds:
        if kind == "array":
            item = _referred(about["items"], schema).get("type", "value")
            words.append(f"list of {item}s")
        else:
            words.append(kind)
    return " or ".join(words)


MANIFEST_HEAD = """The JSON Schema ships with the package; this page is made from it.

```python
import json
from importlib.resources import files

schema = json.loads((files("lstmprep") / "manifest.schema.json").read_text(encoding="utf-8"))
print(schema["title"])
```

```text
Manifest of an lstmprep output, version 1
```
"""

MANIFEST_EXAMPLE = """## An example

The manifest of `{line}` ({what}):

```json
{made}```
"""

MANIFEST_FOOT = """## What holds between the fields

- `rows.read` = rows used as input or target, each once, + the sum of `rows.unused[].rows`.
- `arrays.*.bytes` = the product of `shape` times the size of `dtype`, without the header of the file.
- `samples` is the length of the axis `samples` of every array; `input_shape` is `[timesteps, features]`.
- `classes[k]` is the class of code `k` in `y`; -1 stands on padding.
- A plan (`--dry-run --json`) is the manifest without `arrays.*.file`, `arrays.*.digest` and `source[].digest`.
- Same recipe, same data: the same bytes, the manifest included.
"""


# ---------------------------------------------------------------- the pictures


def pictures() -> dict[str, bytes]:
    """The pictures that the commands of docs/pictures.md draw; none without the matplotlib that drew them last."""
    if not is_drawn_by(pinned()):
        return {}
    page = (ROOT / "docs" / "pictures.md").read_text(encoding="utf-8").replace("\\\n", " ")
    with _newcomers_folder():
        for line in re.findall(r"^\$ (lstmprep .*)$", page, re.MULTILINE):
            _printed(line)
        return {p.name: p.read_bytes() for p in sorted(Path().glob("*.png"))}


def pinned() -> str:
    """The version of matplotlib whose bytes are kept: that of the group ``dev``."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    return next(d.partition("==")[2] for d in groups["dev"] if str(d).startswith("matplotlib=="))


def is_drawn_by(version: str) -> bool:
    """Whether this version of matplotlib is installed."""
    try:
        import matplotlib as mpl
    except ImportError:
        return False
    return str(mpl.__version__) == version


# ---------------------------------------------------------------- the door

PAGES = {SCHEMA: schema_text, "docs/cli.md": cli_text, "docs/manifest.md": manifest_text}


def main(argv: list[str]) -> int:
    """Write what is stale, or with ``--check`` only name it."""
    unknown = [a for a in argv if a != "--check"]
    if unknown:
        sys.stderr.write(f"docs/make.py: no such option {unknown[0]}\n  The only one is --check.\n")
        return 2
    stale = 0
    made = {name: text_of().encode() for name, text_of in PAGES.items()}
    made |= {f"docs/pictures/{name}": data for name, data in pictures().items()}
    for name, data in made.items():
        path = ROOT / name
        if path.exists() and path.read_bytes() == data:
            continue
        stale += 1
        if "--check" not in argv:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        sys.stderr.write(f"{name} {'is stale: run make docs' if '--check' in argv else 'written'}\n")
    return 1 if stale and "--check" in argv else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
