"""The Typer application. Knows arguments and exit codes; imports what a command needs only when it runs."""

from __future__ import annotations

import codecs
import gc
import os
import signal
import sys
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TextIO, TypeVar

import typer

from lintnet import __version__
from lintnet.ir.finding import Confidence, Severity
from lintnet.session import Exit, Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from lintnet.config import Config
    from lintnet.ir.finding import Report
    from lintnet.rulebook.book import Rulebook

__all__ = ["main"]

Result = TypeVar("Result")

app = typer.Typer(
    name="lintnet",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="An architecture linter for neural networks. Reads ONNX and Keras models, and Keras and PyTorch source, "
    "without running them.",
)

rule_app = typer.Typer(no_args_is_help=True, help="Work on rule files of your own.")
app.add_typer(rule_app, name="rule")

dev_app = typer.Typer(no_args_is_help=True, help="Work on lintnet itself, in its checkout.")
app.add_typer(dev_app, name="dev", hidden=True)


@dev_app.callback()
def _dev() -> None:
    """Keep `docs` a command of its own, though it is the only one of its group."""


class ReportFormat(StrEnum):
    """How `check` writes its report."""

    text = "text"
    concise = "concise"
    json = "json"


class TableFormat(StrEnum):
    """How `rules` writes its list."""

    text = "text"
    json = "json"


class GraphFormat(StrEnum):
    """How `graph` draws."""

    text = "text"
    json = "json"
    dot = "dot"
    mermaid = "mermaid"


class Color(StrEnum):
    """When the report is coloured."""

    auto = "auto"
    always = "always"
    never = "never"


class FailOn(StrEnum):
    """The least severity that makes a run fail."""

    error = "error"
    warning = "warning"
    advice = "advice"
    info = "info"
    never = "never"


class Least(StrEnum):
    """The least confidence that is shown."""

    low = "low"
    medium = "medium"
    high = "high"


class Phase(StrEnum):
    """What a model file is for, where it does not say."""

    training = "training"
    inference = "inference"


def _version(value: bool) -> None:  # noqa: FBT001 - the signature of a Typer callback
    if value:
        typer.echo(f"lintnet {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[  # noqa: FBT002 - a flag of the command line, handled by its callback
        bool, typer.Option("--version", "-V", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    _ = version


@app.command()
def check(  # noqa: PLR0917 - a parameter is an option of the command line here
    targets: Annotated[
        list[str], typer.Argument(help="Models, Python files, notebooks, directories, or - for standard input.")
    ],
    select: Annotated[
        list[str] | None,
        typer.Option(help="Rules to run instead of the profile: names, codes, code prefixes or #tags."),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Rules to leave out.")] = None,
    profile: Annotated[str, typer.Option(help="Which rules run: default, pedantic, deploy or all.")] = "default",
    fail_on: Annotated[FailOn, typer.Option(help="Least severity that makes the exit code 1.")] = FailOn.warning,
    min_confidence: Annotated[Least, typer.Option(help="Least confidence that is shown.")] = Least.medium,
    phase: Annotated[Phase | None, typer.Option(help="What the files are for, where they do not say.")] = None,
    loss: Annotated[str, typer.Option(help="Loss applied to the outputs, for example cross_entropy.")] = "",
    format: Annotated[ReportFormat, typer.Option(help="How to write the report.")] = ReportFormat.text,
    color: Annotated[Color, typer.Option(help="When to colour the text report.")] = Color.auto,
) -> None:
    """Check models and say what is wrong in them.

    Exit codes: 0 clean, 1 findings, 2 usage or configuration, 3 a model could not be read, 4 internal error,
    5 nothing to check.
    """
    from lintnet import session  # noqa: PLC0415 - read only when it runs
    from lintnet.ir.kinds import LOSS_FAMILIES  # noqa: PLC0415 - as above

    if not all(targets):
        _usage("an empty target; is a variable unset?")
    for option, words in (("--select", select), ("--ignore", ignore)):
        if words is not None and not _split(words):
            _usage(f"{option} is empty; is a variable unset?")
    if loss and loss not in LOSS_FAMILIES:
        _usage(f"unknown loss {loss!r}; it may be {', '.join(LOSS_FAMILIES)}")
    config = _config()
    options = Options(
        profile=profile,
        select=_split(select),
        ignore=_split(ignore),
        min_confidence=Confidence[min_confidence.value],
        phase=phase.value if phase is not None else config.phase,
        loss=loss or config.loss,
        rules=config.rules,
    )
    report = _told(lambda: session.check(targets, options))
    _write(report, format, color)
    least = None if fail_on is FailOn.never else Severity[fail_on.value]
    raise typer.Exit(session.exit_code(report, least))


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(help="Name, code or alias of a rule.")],
    color: Annotated[Color, typer.Option(help="When to typeset for a terminal.")] = Color.auto,
) -> None:
    """Print what a rule means, why, the evidence for and against it, and when to ignore it."""
    from lintnet.report.explain import write_explanation  # noqa: PLC0415 - read only when it runs

    found = _told(lambda: _book().lookup(rule))
    write_explanation(found, sys.stdout, color=_colored(color))


@app.command()
def rules(
    format: Annotated[TableFormat, typer.Option(help="How to write the list.")] = TableFormat.text,
) -> None:
    """List every rule, with severity, evidence grade and the front ends that can show it."""
    from lintnet.report.explain import write_rules  # noqa: PLC0415 - read only when it runs

    book = _told(_book)
    write_rules(book.rules, sys.stdout, as_json=format is TableFormat.json)


@rule_app.command("test")
def rule_test(
    files: Annotated[list[Path], typer.Argument(help="Rule files, or folders that hold them.", exists=True)],
) -> None:
    """Run the graph examples of your own rule files: each bad one must fire, each good one must not."""
    from lintnet import session  # noqa: PLC0415 - read only when it runs
    from lintnet.report.words import count  # noqa: PLC0415 - as above

    results = _told(lambda: session.try_examples(files))
    wrong = [each for each in results if each.fired is not each.due]
    for each in wrong:
        typer.echo(
            f"{each.origin}:{each.line}: example {each.number} of {each.rule} is {'bad' if each.due else 'good'}"
            f" and {'fired' if each.fired else 'did not fire'}"
        )
    rules = len({each.rule for each in results})
    typer.echo(f"{len(results) - len(wrong)} of {count(len(results), 'example')} of {count(rules, 'rule')} hold")
    if not results:
        raise typer.Exit(Exit.NOTHING)
    raise typer.Exit(Exit.FINDINGS if wrong else Exit.CLEAN)


@dev_app.command("docs")
def dev_docs(
    check: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--check", help="Write nothing; end with 1 if a file is not current.")
    ] = False,
) -> None:
    """Write what is made in docs: rules.md, the outputs of programs in questions.md and claims.md, its sources."""
    from lintnet.cli.documents import made_documents  # noqa: PLC0415 - read only when it runs

    stale = False
    for file, text in _told(lambda: made_documents(Path())).items():
        if file.is_file() and file.read_text(encoding="utf-8") == text:
            continue
        stale = True
        if check:
            _complain(f"{file.as_posix()} is not current; run lintnet dev docs")
        else:
            file.write_text(text, encoding="utf-8", newline="\n")
            typer.echo(f"wrote {file.as_posix()}")
    raise typer.Exit(Exit.FINDINGS if stale and check else Exit.CLEAN)


@app.command()
def graph(
    file: Annotated[
        str, typer.Argument(metavar="MODEL", help="A model file, Python file or notebook, or - for standard input.")
    ],
    model: Annotated[
        str, typer.Option(metavar="QUALNAME", help="Which model of a source file that defines several.")
    ] = "",
    format: Annotated[GraphFormat, typer.Option(help="How to draw it.")] = GraphFormat.text,
    phase: Annotated[Phase | None, typer.Option(help="What the file is for, where it does not say.")] = None,
) -> None:
    """Show what was understood of a model: its layers, their inputs, and what stayed unknown."""
    from lintnet import session  # noqa: PLC0415 - read only when it runs
    from lintnet.ir.finding import Failure  # noqa: PLC0415 - as above
    from lintnet.report.drawing import write_graphs  # noqa: PLC0415 - as above

    config = _config()
    options = Options(phase=phase.value if phase is not None else config.phase, loss=config.loss)
    graphs = session.load_graphs(file, options)
    if isinstance(graphs, Failure):
        _complain(f"{graphs.path}: {graphs.message}")
        raise typer.Exit(Exit.UNREADABLE)
    if not graphs:
        _complain(f"{file}: no model is defined here")
        raise typer.Exit(Exit.NOTHING)
    names = tuple(dict.fromkeys(each.qualname for each in graphs))
    if model:
        graphs = tuple(each for each in graphs if each.qualname == model)
        if not graphs:
            _usage(f"{file} has no model {model}; it has {', '.join(names)}")
    elif len(names) > 1 and format is not GraphFormat.json:
        # Drawn one below the other they would be neither one picture nor readable.
        _usage(f"{file} has {len(names)} models; choose one by --model: {', '.join(names)}")
    write_graphs(graphs, sys.stdout, format.value)


def main() -> None:
    """Run the command line; whatever goes wrong ends in a documented exit code, never in a traceback."""
    if hasattr(signal, "SIGPIPE"):
        # When the reader has gone (`| head`), end as other tools do, and say nothing.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    codecs.register_error("plain", _plain)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the shell: write to nowhere
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open until the end
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="plain")
    # A run makes many small records and no cycles worth collecting; scanning them again and again is half its time.
    gc.set_threshold(1_000_000, 50, 50)
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # here, where an output that is full or closed can still be told
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    except OSError as error:
        # Readers turn their own into messages; what is left is an output that cannot be written.
        if os.environ.get("LINTNET_TRACEBACK"):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _complain(f"the output cannot be written: {error.strerror or error}")
        sys.exit(Exit.USAGE)
    except Exception as error:  # the last line of defence; LINTNET_TRACEBACK shows where
        if os.environ.get("LINTNET_TRACEBACK"):
            raise
        _complain(
            f"internal error: {type(error).__name__}: {error}\n"
            "This is a fault of lintnet. Please report it with the output of LINTNET_TRACEBACK=1."
        )
        sys.exit(Exit.INTERNAL)


_PLAIN = {"→": "->", "←": "<-", "×": "x", "·": "-", "…": "...", "–": "-"}


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Write what an output cannot encode in letters that it can: arrows and signs by their likes, the rest escaped."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    shown = "".join(_PLAIN.get(char) or char.encode("ascii", "backslashreplace").decode() for char in text)
    return shown, error.end


def _config() -> Config:
    from lintnet.config import ConfigError, find_config  # noqa: PLC0415 - read only when it runs

    try:
        return find_config(Path())
    except ConfigError as error:
        _usage(str(error))


def _book() -> Rulebook:
    from lintnet import session  # noqa: PLC0415 - read only when it runs

    return session.rulebook(Options(rules=_config().rules))


def _told(work: Callable[[], Result]) -> Result:
    """Run `work`; what the user wrote wrongly is said, with exit code 2."""
    from lintnet.rulebook.errors import RuleError, SelectionError  # noqa: PLC0415 - read only when it runs

    try:
        return work()
    except (RuleError, SelectionError) as error:
        _usage(str(error))


def _split(words: list[str] | None) -> tuple[str, ...]:
    return tuple(word.strip() for each in words or () for word in each.split(",") if word.strip())


def _write(report: Report, format: ReportFormat, color: Color) -> None:
    if format is ReportFormat.json:
        from lintnet.report.json_report import write_json  # noqa: PLC0415 - one report is written, not all

        write_json(report, sys.stdout)
        return
    from lintnet.report.text import write_concise, write_text  # noqa: PLC0415 - as above

    if format is ReportFormat.concise:
        write_concise(report, sys.stdout, sys.stderr)
    else:
        write_text(report, sys.stdout, color=_colored(color), width=_width(sys.stdout))


def _colored(color: Color) -> bool:
    """NO_COLOR beats FORCE_COLOR; an empty NO_COLOR counts as unset; the option beats both."""
    if color is not Color.auto:
        return color is Color.always
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def _width(stream: TextIO) -> int:
    import shutil  # noqa: PLC0415 - only for a report

    return shutil.get_terminal_size((96, 24)).columns if stream.isatty() else 96


def _complain(text: str) -> None:
    from lintnet.report.words import safe  # noqa: PLC0415 - only when something is wrong

    for line in text.splitlines():
        typer.echo(f"lintnet: {safe(line)}", err=True)


def _usage(text: str) -> NoReturn:
    _complain(text)
    raise typer.Exit(Exit.USAGE)
