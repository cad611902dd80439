"""Command `aewidgets schedule` checks everything before it prints anything, and installs nothing."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from aewidgets.cli import main
from aewidgets.commands.report import report
from aewidgets.commands.schedule import schedule
from aewidgets.reports.schedules.recipes import RECIPES

pytest.importorskip("nbformat", reason="comes with the report extra")

PARAMETERS = "quality: float = 50.0  # of the codec\nname: str = 'x'  # of the picture"


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: Path) -> Callable[..., Result]:
    """Return a function that calls the command in an empty repository with one small notebook."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("AEWIDGETS_DATA", "KERAS_BACKEND"):  # a crontab's line has 998 characters, and holds them
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str, cron: str = "0 6 * * 1", kind: str = "cron") -> Result:
        return CliRunner().invoke(main, ["schedule", small.name, "--cron", cron, "--print", kind, *arguments])

    return call


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Write a notebook with two parameters."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cell = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    nbformat.write(new_notebook(cells=[cell], metadata={"kernelspec": kernel}), tmp_path / "small.ipynb")
    return tmp_path / "small.ipynb"


def test_the_choices_are_the_recipes_that_there_are():
    (option,) = (parameter for parameter in schedule.params if parameter.name == "kind")
    assert list(option.type.choices) == list(RECIPES)


@pytest.mark.parametrize("kind", RECIPES)
def test_each_kind_is_printed_and_nothing_is_written(call: Callable[..., Result], tmp_path: Path, kind: str):
    before = sorted(tmp_path.rglob("*"))
    out = "s3://bucket/runs" if kind == "kubernetes" else "reports"
    result = call("-p", "quality", "40", "--timezone", "Europe/Berlin", "--out", out, kind=kind)
    assert (result.exit_code, sorted(tmp_path.rglob("*"))) == (0, before)
    assert "Europe/Berlin" in result.stdout
    assert "small.ipynb" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-p", "qualty", "40"], "did you mean 'quality'"),
        (["-p", "quality", "high"], "expected float"),
        (["--timezone", "Berlin"], "did you mean Europe/Berlin"),
        (["-p", "name", "two\nlines"], "control characters"),
        (["--require", "psnr_db"], "psnr_db"),
        (["--by", "0.2"], "--no-worse-than"),
        (["--better", "rate=higher"], "--no-worse-than"),
        (["--no-worse-than", "latest", "--better", "rate:higher"], "NAME=higher"),
        (["-p", "quality", "40", "-p", "quality", "50"], "given twice"),
        (["--no-worse-than", "latest", "--by", "much"], "much"),
        (["--secret", "TOKEN=CI_TOKEN"], "TOKEN=env:VARIABLE"),
        (["--notify", "failure=pigeon:x"], "'pigeon' for KIND"),
        (["--notify", "failure=mail:a@x.org"], "--smtp"),
        (["--smtp", "smtp://x"], "--notify"),
    ],
)
def test_what_the_report_would_refuse_is_refused_before_anything_is_printed(
    call: Callable[..., Result], arguments: list[str], said: str
):
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_what_is_no_schedule_is_refused(call: Callable[..., Result]):
    result = call(cron="61 6 * * 1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "minute: expected 0 to 59" in result.stderr


def test_a_notebook_that_is_none_is_refused(call: Callable[..., Result], small: Path):
    small.write_text("no notebook")
    result = call()
    assert (result.exit_code, result.stdout) == (5, "")


def test_checks_of_the_report_are_passed_on(call: Callable[..., Result]):
    words = ["--require", "psnr_db > 30", "--no-worse-than", "latest", "--by", "0.2", "--better", "rate=higher"]
    words += ["--run-timeout", "60", "--retries", "2"]
    assert f"{shlex.join(words)} --quiet >> " in call(*words).stdout


#: Options of `aewidgets report` that a schedule has in its own way, always, or never.
OWN = {"--parameter", "--file", "--out", "--timezone", "--quiet", "--name", "--tell-only"}
#: A value for each type of option that is not text.
VALUES = {
    "--require": "psnr_db >= 30", "--no-worse-than": "latest", "--by": "2%", "--metric": "rate:higher",
    "--better": "rate=higher", "--secret": "TOKEN=env:CI_TOKEN", "--notify": "failure=mail:a@x.org",
    "--smtp": "smtps://x.org", "--mail-from": "r@x.org", "--mail-page": "link", "--runs-url": "https://x.org/",
    "--kernel": "python3",
}  # fmt: skip


def written(option: click.Option) -> list[str]:
    """Return an option of `aewidgets report` as a command line gives it, with what it cannot be without."""
    name = max(option.opts, key=len)
    if option.is_flag:
        return [name]
    if isinstance(option.type, click.Choice):
        return [name, list(option.type.choices)[-1]]
    number = isinstance(option.type, click.types.FloatParamType | click.types.IntParamType) or "SECONDS" in str(
        option.metavar
    )
    return [name, "3" if number else VALUES.get(name, "notebook")]


def unquoted(text: str) -> str:
    """Return a recipe with its command as plain words, whatever quotes, or commas of a list, stand between them."""
    return re.sub(r"[\\\"']", "", text).replace(", ", " ")


@pytest.mark.parametrize("kind", [kind for kind in RECIPES if kind != "jupyter-scheduler"])
def test_every_option_of_a_report_is_taken_and_stands_in_the_command_of_every_recipe(call, kind: str):
    options = [one for one in report.params if isinstance(one, click.Option) and not OWN & set(one.opts)]
    assert {"--cwd", "--kernel", "--start-timeout", "--no-head"} <= {name for one in options for name in one.opts}
    remote = kind in ("kubernetes", "github", "gitlab")  # runners that begin empty compare with runs elsewhere
    lock = {"--lock", "--lock-wait"}
    given = [written(one) for one in options if not (remote and lock & set(one.opts))]
    telling = [words for words in given if {words[0]} & {"--notify", "--smtp", "--runs-url"} or "mail" in words[0]]
    out = ["--out", "s3://bucket/runs"] if remote else []
    comparing = [words for words in given if words[0] in ("--no-worse-than", "--by", "--metric", "--better")]
    others = [words for words in given if words not in telling + comparing]
    half = len(others) // 2
    for part in (telling, comparing, others[:half], others[half:]):  # a crontab's line has 998 characters
        result = call(*out, *(word for words in part for word in words), kind=kind)
        assert result.exit_code == 0, result.output
        plain = unquoted(result.stdout)
        missing = [words for words in part if " ".join(words) not in plain]
        assert missing == []


def test_options_that_a_recipe_cannot_keep_are_refused(call, tmp_path: Path):
    (tmp_path / "work").mkdir()
    for words in (["--no-head"], ["--cwd", "work"], ["--retries", "2"]):
        refused = call(*words, kind="jupyter-scheduler")
        assert (refused.exit_code, f"nothing like {words[0]}" in refused.output) == (2, True)
    pod = call("--cwd", "work", "--out", "s3://b/runs", kind="kubernetes")
    assert (pod.exit_code, "an absolute path in the pod" in pod.output) == (2, True)
    for words in (["--lock"], ["--lock-wait", "5"]):
        locked = call(*words, "--out", "s3://b/runs")
        assert (locked.exit_code, "--lock is for runs in a folder" in " ".join(locked.output.split())) == (2, True)
    assert call("--kernel", "no-such-kernel").exit_code == 5
    assert call("--kernel", "of-the-runner", kind="github").exit_code == 0


def test_the_folder_to_run_in_is_named_as_each_machine_knows_it(call, tmp_path: Path):
    (tmp_path / "work").mkdir()
    for kind in ("cron", "systemd", "airflow"):
        assert f"--cwd {tmp_path / 'work'} " in call("--cwd", "work", kind=kind).stdout
    for kind in ("github", "gitlab"):
        assert "--cwd work " in call("--cwd", "work", kind=kind).stdout
        outside = call("--cwd", "..", kind=kind)
        assert (outside.exit_code, "--cwd: expected a file inside" in outside.output) == (2, True)
    assert "--cwd /srv " in call("--cwd", "/srv", "--out", "s3://b/runs", kind="kubernetes").stdout


def test_who_is_told_is_passed_on_by_reference_and_what_is_needed_is_named(call: Callable[..., Result]):
    """A schedule needs neither the variables nor the programs here: it may run on another machine."""
    words = ["--secret", "TOKEN=env:CI_TOKEN", "--notify", "failure=slack:env:SLACK_URL"]
    words += ["--notify", "always=command:no-such-program-here 'a b'"]
    mail = ["--notify", "failure=mail:a@x.org", "--smtp", "smtps://x", "--mail-from", "r@x.org"]
    mail += ["--mail-page", "link", "--runs-url", "https://x/runs"]
    for given, needs in ((words, "CI_TOKEN, SLACK_URL"), (mail, "AEWIDGETS_SMTP_USER, AEWIDGETS_SMTP_PASSWORD")):
        told = call(*given).stdout
        assert f"{shlex.join(given)} --quiet >> " in told
        assert f"It needs {needs}: " in told


def test_a_bundled_notebook_is_known_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["schedule", "04-compression", "--cron", "@daily", "--print", "systemd"])
    assert result.exit_code == 0
    assert "04-compression.ipynb --out " in result.stdout and " --cwd ." in result.stdout


def test_a_notebook_in_a_file_runs_in_its_own_folder(call: Callable[..., Result]):
    assert all("--cwd" not in call(kind=kind).stdout for kind in RECIPES)


def test_parameters_of_a_file_are_checked_and_the_file_is_passed_on(call: Callable[..., Result], tmp_path: Path):
    (tmp_path / "p.yaml").write_text("quality: 30\n")
    assert f"--file {tmp_path / 'p.yaml'}" in call("-f", "p.yaml").stdout
    (tmp_path / "p.yaml").write_text("quality: high\n")
    assert call("-f", "p.yaml").exit_code == 2


def test_files_are_written_whole_and_replaced_only_on_request(call: Callable[..., Result], tmp_path: Path):
    first = call("--write", "units", kind="systemd")
    assert [Path(line).suffix for line in first.stdout.splitlines()] == [".service", ".timer"]
    (tmp_path / "units" / "aewidgets-small.timer").write_text("mine")
    again = call("--write", "units", kind="systemd")
    assert (again.exit_code, (tmp_path / "units" / "aewidgets-small.timer").read_text()) == (2, "mine")
    assert call("--write", "units", "--overwrite", kind="systemd").exit_code == 0
    assert "OnCalendar=" in (tmp_path / "units" / "aewidgets-small.timer").read_text()


def test_json_stays_json_and_the_rest_is_said_beside_it(call: Callable[..., Result]):
    result = call(kind="jupyter-scheduler")
    assert result.stdout.startswith("{")
    assert "0 6 * * 1 in UTC; next:" in result.stderr


@pytest.mark.parametrize("kind", [kind for kind in RECIPES if kind != "jupyter-scheduler"])
def test_relative_dates_stay_words_that_each_run_reads_in_the_time_zone_of_the_schedule(
    call, tmp_path: Path, kind: str
):
    zone = ["--timezone", "Europe/Berlin", *(["--out", "s3://bucket/runs"] if kind == "kubernetes" else [])]
    written = call("-p", "name", "{today-7d}", *zone, kind=kind)
    assert written.exit_code == 0, written.output
    plain = unquoted(written.output)
    assert "-p name {today-7d}" in plain and "--timezone Europe/Berlin" in plain
    (tmp_path / "given.yaml").write_text("name: {monday}\n")
    from_file = call("--file", "given.yaml", *zone, kind=kind)
    assert from_file.exit_code == 0 and "--timezone Europe/Berlin" in unquoted(from_file.output)
    assert "--timezone Europe" in unquoted(call("-p", "name", "x", *zone, kind=kind).output)  # of the head


def test_relative_dates_are_refused_where_nothing_reads_them_and_checked_as_any_value(call):
    job = call("-p", "name", "{today}", kind="jupyter-scheduler")
    assert (job.exit_code, "knows no dates such as {today-7d}" in job.output) == (2, True)
    for name, words in (("name", "name: expected a date such as"), ("quality", "quality: expected float, got")):
        found = call("-p", name, "{today-7}" if name == "name" else "{today}")
        assert (found.exit_code, words in found.output) == (2, True), found.output
