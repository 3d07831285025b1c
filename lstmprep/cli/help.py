"""Help by headings: the twenty or so options most people need, with ``--help-all`` every one, and the words they are told in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

from lstmprep.errors import LstmprepError

# words of the field: what a help says with them, it explains with them
WORDS = {
    "sequence": (r"sequences?", "the rows of one key in order of time; without keys the whole table"),
    "sample": (r"samples?", "what a model sees at once: timesteps of features"),
    "window": (r"windows?", "a sample made of rows that follow one another"),
    "timestep": (r"timesteps?|steps?", "one row of a sample; the oldest comes first"),
    "feature": (r"features?", "a column that samples hold"),
    "X, y": (r"X|y", "the array of samples, and the array of what is predicted from each"),
    "target": (r"targets?", "a number that is predicted; y holds it"),
    "class": (r"class|classes|labels?", "a text that is predicted, the label of a row; y holds its code 0, 1, ..."),
    "key": (r"keys?", "what tells sequences apart: the text in a column of --group-by"),
    "train": (r"train|val|test", "the part of a split that is learned from; val and test are for judging"),
    "padding": (r"pad|padd(?:ed|ing)", "steps that are no rows, added to make samples equally long"),
    "mask": (r"mask|lengths", "the array that says which steps are no padding; lengths says how many"),
    "batch": (r"batch|batches", "samples that a model is given together"),
    "panel": (r"panel", "a table in which every time stands once for each of several series"),
    "lag": (r"lags?|lagged", "rows back: y(t-2) stands two rows before row t; a lagged table has such columns"),
    "fold": (r"folds?", "one of several pairs of train and test, each later than the one before"),
    "shard": (r"[Ss]hards?", "a file that holds a piece of an array"),
    "token": (r"tokens?", "a piece of a text, held as a number, its id"),
    "manifest": (
        r"manifest|recipe",
        "the JSON beside the arrays: the options (the recipe) and all that was done and learned",
    ),
    "index": (r"index", "the table beside the arrays: which rows each sample was made of"),
    "digest": (r"digests?", "a short number made of all bytes of a file: other bytes, another number"),
}


SHORT = 2  # letters of -f


class Described(click.Command):
    """A command whose options stand under headings, with the words they use and examples at the end."""

    _made: list[click.Parameter]

    def __init__(
        self,
        *args: Any,
        options: Callable[[], list[click.Parameter]],
        examples: list[tuple[str, str]],
        light: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.examples, self._options, self._light = examples, options, light

    @property
    def params(self) -> list[click.Parameter]:
        """The parameters, made when somebody asks: the group's own help needs none of them."""
        if not self._made:
            everything = click.Option(
                ["--help-all"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_show_all,
                help="Show every option.",
            )
            self._made = [*self._options(), everything]
        return self._made

    @params.setter
    def params(self, made: list[click.Parameter]) -> None:
        self._made = made

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words; ``-f=a`` is ``-f a``, as ``--features=a`` is, and no column called ``=a``."""
        short = {
            o for p in self.params if isinstance(p, click.Option) and not p.is_flag for o in p.opts if len(o) == SHORT
        }
        end = args.index("--") if "--" in args else len(args)
        plain = [
            a[:SHORT] + a[SHORT + 1 :]
            if a[:SHORT] in short and a[SHORT : SHORT + 1] == "=" and len(a) > SHORT + 1
            else a
            for a in args[:end]
        ]
        return super().parse_args(ctx, plain + args[end:])

    def invoke(self, ctx: click.Context) -> Any:
        """Carry it out; what fails because an output is not what it claims to be is said of the output."""
        if not self._light:
            from lstmprep.cli.addresses import require_addresses

            require_addresses()
        try:
            return super().invoke(ctx)
        except (LstmprepError, OSError, ImportError, click.exceptions.Exit, click.Abort, click.ClickException):
            raise
        except Exception as error:
            given: tuple[str, ...] = ctx.params.get("inputs") or ()
            out = ctx.params.get("out") or (given[0] if len(given) == 1 else None)
            if out is None:
                raise
            from lstmprep.audit.trusted import first_wrong

            wrong = first_wrong(out)
            if wrong is None:
                raise
            raise wrong from error

    def get_help_option_names(self, ctx: click.Context) -> list[str]:
        """Both names, whoever asks: Click keeps what the first asker's context said."""
        return ["-h", "--help"]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Options by heading, in the order they are declared."""
        whole = bool(ctx.meta.get("lstmprep.all"))
        groups: dict[str, list[tuple[str, str]]] = {}
        hidden = 0
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is None or isinstance(param, click.Argument):
                continue
            if not (whole or getattr(param, "basic", True)):
                hidden += 1
                continue
            groups.setdefault(getattr(param, "heading", "Help"), []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records)
        if hidden:
            formatter.write_paragraph()
            formatter.write_text(f"{hidden} more options: --help-all.")

    def _words(self, ctx: click.Context) -> list[tuple[str, str]]:
        """The words of the field that this help is told in."""
        whole = bool(ctx.meta.get("lstmprep.all"))
        shown = [p for p in self.get_params(ctx) if whole or getattr(p, "basic", True)]
        records = [r for p in shown if (r := p.get_help_record(ctx)) is not None]
        heads = (str(getattr(p, "heading", "")) for p in shown)
        text = " ".join([self.help or "", *heads, *(part for record in records for part in record)])
        text = re.sub(r"--[a-z-]+|\b[a-z-]+(?:\|[a-z0-9-]+)+", " ", text)  # names of options and choices are no words
        return [
            (word, meaning)
            for word, (form, meaning) in WORDS.items()
            if re.search(rf"(?<![\w-])(?:{form})(?![\w-])", text)
        ]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The words, and examples that run on sample_data/."""
        if words := self._words(ctx):
            with formatter.section("Words"):
                formatter.write_dl(words)
        with formatter.section("Examples"):
            for i, (what, line) in enumerate(self.examples):
                if i:
                    formatter.write_paragraph()
                formatter.write_text(f"# {what}")
                for piece in _wrapped(line, formatter.width - formatter.current_indent):
                    formatter.write(f"{' ' * formatter.current_indent}{piece}\n")


def _wrapped(line: str, width: int) -> list[str]:
    """A command line cut before its options, each piece but the last ending in a backslash: it can still be pasted."""
    words = re.split(r" (?=-)", line)
    pieces = [words[0]]
    for word in words[1:]:
        if len(pieces[-1]) + len(word) + 3 > width:
            pieces.append(f"  {word}")
        else:
            pieces[-1] += f" {word}"
    return [*(f"{p} \\" for p in pieces[:-1]), pieces[-1]]


def _show_all(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001
    if value and not ctx.resilient_parsing:
        ctx.meta["lstmprep.all"] = True
        click.echo(ctx.get_help())
        ctx.exit()
