"""Recipes hold the job whatever its characters are, and the schedulers' own tools read them."""

import ast
import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import jinja2
import pytest
import yaml

from aewidgets.reports.schedules.airflow import airflow_dag
from aewidgets.reports.schedules.cron import ScheduleError, parse_cron
from aewidgets.reports.schedules.flows import dagster_job, prefect_flow
from aewidgets.reports.schedules.github import github_workflow
from aewidgets.reports.schedules.gitlab import gitlab_job
from aewidgets.reports.schedules.jupyter_scheduler import jupyter_scheduler_job
from aewidgets.reports.schedules.kubernetes import kubernetes_cron_job
from aewidgets.reports.schedules.local import BUSY, crontab, systemd_units
from aewidgets.reports.schedules.recipes import RECIPES
from aewidgets.reports.schedules.schedule import Job, Recipe, repository_of
from aewidgets.reports.schedules.times import time_zone

NOW = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
# Characters with a meaning in some shell, template or unit file.
ODD = "it's 50% of \"$HOME\" `id` $(id) ; & | {{ y }} {% raw %} {# c #} ${{ w }} %h ä → * ? ~ # -x"
VALUES = {"text": ODD, "number": 3, "many": ["a b", "{{ z }}"], "flag": True, "none": None}


@pytest.fixture
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Return a job in a git repository whose every part is hard to quote."""
    root = tmp_path_factory.mktemp("s") / "it's 5%"
    (root / ".git").mkdir(parents=True)
    notebook = root / "weekly $report.ipynb"
    notebook.write_text("{}")
    return Job(
        notebook, parse_cron("0 6 * * 1"), time_zone("Europe/Berlin"), "runs & more", root,
        texts=[("text", ODD), ("number", "-3")], values=VALUES,
        options=["--require", "psnr_db >= 30", "--require", "names['x'] != 1"],
        environment={"AEWIDGETS_DATA": "/data of/mine; 5%"},
    )  # fmt: skip


def line_of(recipe: str) -> str:
    """Return the command of a crontab as its shell gets it: without five fields, and `\\%` as a percent sign."""
    *_, line = recipe.splitlines()
    command = line.split(maxsplit=5)[5]
    assert not re.search(r"(?<!\\)%", command)  # cron would end the command there
    return command.replace("\\%", "%")


def unit_words(line: str) -> list[str]:
    """Return the words of an ExecStart= line by the rules of systemd.service(5): quotes, escapes, %% and $$."""
    words, rest = [], line.removeprefix("ExecStart=")
    while rest := rest.lstrip():
        found = re.match(r'"((?:[^"\\]|\\.)*)"(?=\s|$)|([^\s"\'\\;$%]+)(?=\s|$)', rest)
        assert found, rest
        text = found[2] if found[1] is None else re.sub(r"\\(.)", r"\1", found[1])
        assert not re.search(r"(?<!%)(?:%%)*%(?!%)", text)
        assert not re.search(r"(?<!\$)(?:\$\$)*\$(?!\$)", text)
        words.append(text.replace("%%", "%").replace("$$", "$"))
        rest = rest[found.end() :]
    return words


def test_a_second_run_ends_at_once_while_the_first_goes_on(tmp_path: Path, make_notebook: Callable[..., Path]):
    """Run the printed line itself, twice at once, under sh."""
    if not shutil.which("flock"):
        pytest.skip("no flock here; Debian's package util-linux has it")
    wait = (
        "import pathlib, time\npathlib.Path('started').touch()\n"
        "while not pathlib.Path('go').exists(): time.sleep(0.1)"
    )
    notebook = make_notebook('text: str = ""  # any words, none of them special', wait)
    job = Job(
        notebook, parse_cron("@daily"), time_zone("UTC"), "runs", tmp_path, texts=[("text", ODD)], environment={}
    )
    command = ["sh", "-c", line_of(crontab(job, NOW)[0].text)]
    first = subprocess.Popen(command, cwd="/")
    try:
        while not (tmp_path / "started").exists() and first.poll() is None:
            time.sleep(0.1)
        second = subprocess.run(command, cwd="/", timeout=60, check=False)
        (tmp_path / "go").touch()
        assert (first.wait(120), second.returncode) == (0, BUSY)
    finally:
        first.kill()
    (record,) = (tmp_path / "runs").glob("small-2*/run.json")
    assert json.loads(record.read_text())["parameters"] == {"text": ODD}
    assert str(record.with_name("small.html")) in (tmp_path / "runs" / f"{job.name}.log").read_text()


def test_a_crontab_has_its_zone_its_next_times_and_one_line_of_shell(job: Job):
    (recipe,) = crontab(job, NOW)
    *comments, zone, _ = recipe.text.splitlines()
    assert zone == "CRON_TZ=Europe/Berlin"
    assert all(line.startswith("#") for line in comments)
    assert "#   Mon 2026-11-23 06:00 CET" in comments
    command = line_of(recipe.text)
    assert subprocess.run(["bash", "-n", "-c", command], check=False).returncode == 0
    assert shlex.join(job.local_command()) in command


def test_crontab_itself_takes_the_lines(job: Job, tmp_path: Path):
    """Debian's crontab reads a file with -n and installs nothing."""
    if not shutil.which("crontab"):
        pytest.skip("no crontab here; Debian's package cron has it")
    path = tmp_path / "tab"
    for text, taken in ((crontab(job, NOW)[0].text, True), ("61 * * * * true\n", False)):
        path.write_text(text, encoding="utf-8")
        run = subprocess.run(["crontab", "-n", path], capture_output=True, text=True, check=False)
        if "invalid option" in run.stderr:
            pytest.skip("this crontab has no -n, to read a file without installing it")
        assert (run.returncode == 0) is taken, run.stderr


def test_other_parameters_have_a_lock_and_units_of_their_own(job: Job):
    plain = Job(**{**vars(job), "texts": ()})
    other = Job(**{**vars(job), "texts": [("number", "4")]})
    assert plain.name == "aewidgets-weekly-report"
    assert len({plain.name, job.name, other.name}) == 3
    assert re.fullmatch(r"aewidgets-weekly-report-[0-9a-f]{6}", job.name)


def test_a_crontab_refuses_what_crons_read_in_different_ways(job: Job):
    with pytest.raises(ScheduleError, match="backslashes"):
        crontab(Job(**{**vars(job), "texts": [("text", "a\\b")]}), NOW)
    with pytest.raises(ScheduleError, match="998 characters"):
        crontab(Job(**{**vars(job), "texts": [("text", "x" * 1000)]}), NOW)


@pytest.mark.parametrize("text", ["two\nlines", "a\rb", "nul\0", "\x1b[31m", "line\u2028separator", "\ud800"])
@pytest.mark.parametrize("part", ["texts", "options", "out", "environment"])
def test_control_characters_are_refused_everywhere(job: Job, text: str, part: str):
    value: Any = {"texts": [("text", text)], "options": [text], "out": text, "environment": {"A": text}}[part]
    with pytest.raises(ScheduleError, match="--file"):
        Job(**{**vars(job), part: value})


def test_a_service_gets_every_word_as_it_was(job: Job):
    service, _ = systemd_units(job, NOW)
    (line,) = (line for line in service.text.splitlines() if line.startswith("ExecStart="))
    assert unit_words(line) == job.local_command()


def test_systemd_takes_both_units(job: Job, tmp_path: Path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here; Debian's package systemd has it")
    odd_days = Job(**{**vars(job), "cron": parse_cron("*/20 6 1,15 * 5")})
    telling = Job(**{**vars(job), "options": ["--notify", f"always=command:say '{ODD}'"], "variables": ["SLACK_URL"]})
    for name, some in (("telling", telling), ("plain", job), ("odd", odd_days)):
        paths = [tmp_path / name / recipe.name for recipe in systemd_units(some, NOW)]
        paths[0].parent.mkdir()
        for path, recipe in zip(paths, systemd_units(some, NOW), strict=True):
            path.write_text(recipe.text)
        command = ["systemd-analyze", "verify", "--man=no", *paths]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        about_ours = [line for line in run.stderr.splitlines() if "aewidgets" in line]
        assert (run.returncode, about_ours) == (0, [])
    assert paths[1].read_text().count("OnCalendar=") == 2


def test_a_timer_makes_up_for_a_missed_run_and_nothing_overlaps(job: Job):
    service, timer = (recipe.text for recipe in systemd_units(job, NOW))
    assert "Type=oneshot" in service
    assert "Persistent=true" in timer
    assert "OnCalendar=Mon *-*-* 06:00:00 Europe/Berlin" in timer


def test_systemd_tells_of_runs_that_were_killed_and_of_no_others(job: Job):
    """Run the condition of the third unit under sh, as systemd sets the variables."""
    assert "OnFailure" not in "".join(recipe.text for recipe in systemd_units(job, NOW))
    options = ["--notify", "failure=slack:env:SLACK_URL"]
    service, _, killed = systemd_units(Job(**{**vars(job), "options": options, "variables": ["SLACK_URL"]}), NOW)
    assert f"OnFailure={killed.name}\n" in service.text
    for recipe in (service, killed):
        assert f"EnvironmentFile=%h/.config/aewidgets/{job.name}.env\n" in recipe.text
    lines = dict(line.split("=", 1) for line in killed.text.splitlines() if line.startswith("Exec"))
    words = unit_words(f"ExecStart={lines['ExecCondition']}")
    expected = {"signal/KILL": 0, "oom-kill/": 0, "exit-code/203": 0, "/": 0, "exit-code/1": 1, "exit-code/6": 1,
                "exit-code/130": 1, "exit-code/137": 0}  # fmt: skip
    for told, code in expected.items():
        result, _, status = told.partition("/")
        environment = {"MONITOR_SERVICE_RESULT": result, "MONITOR_EXIT_STATUS": status}
        assert subprocess.run(words, env=environment, check=False).returncode == code, told
    command, _, rest = lines["ExecStart"].rpartition(" --tell-only ")
    assert f"ExecStart={command}\n" in service.text and rest == '"systemd ended it: ${MONITOR_SERVICE_RESULT}"'


def pipeline_of(job: Job) -> dict[str, Any]:
    """Return the file of a GitLab job, read as YAML."""
    (recipe,) = gitlab_job(job, NOW)
    return yaml.safe_load(recipe.text)


def test_gitlab_runs_the_same_command_keeps_the_report_and_takes_the_file(job: Job):
    document = pipeline_of(Job(**{**vars(job), "out": "runs $x", "variables": ["SLACK_URL"]}))
    task = document[job.name]
    wanted = ["aewidgets", "report", job.notebook.name, "--out", "runs $x", "-p", "text", ODD, "-p", "number", "-3"]
    assert shlex.split(task["script"][1]) == [*wanted, "--timezone", "Europe/Berlin", *job.options, "--quiet"]
    assert task["artifacts"] == {"when": "always", "paths": ["runs $$x"]}
    assert task["resource_group"] == job.name and f'"{job.name}"' in task["rules"][0]["if"]
    assert "artifacts" not in pipeline_of(Job(**{**vars(job), "out": "s3://b/r"}))[job.name]
    if importlib.util.find_spec("check_jsonschema"):
        import jsonschema

        folder = Path(importlib.util.find_spec("check_jsonschema").submodule_search_locations[0])
        schema = json.loads((folder / "builtin_schemas" / "vendor" / "gitlab-ci.json").read_text())
        jsonschema.Draft7Validator(schema).validate(document)
        task["artifacts"]["when"] = "sometimes"
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft7Validator(schema).validate(document)
    with pytest.raises(ScheduleError, match="GitLab's runners"):
        pipeline_of(Job(**{**vars(job), "notebook": Path("/elsewhere.ipynb")}))


def test_kubernetes_runs_the_same_command_with_the_values_of_its_secrets(job: Job):
    elsewhere = Job(**{**vars(job), "out": "s3://bucket/runs", "variables": ["SLACK_URL", "TOKEN"]})
    (recipe,) = kubernetes_cron_job(elsewhere, NOW)
    document = yaml.safe_load(recipe.text)
    assert (document["apiVersion"], document["kind"]) == ("batch/v1", "CronJob")
    name, spec = document["metadata"]["name"], document["spec"]
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?", name)
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("0 6 * * 1", "Europe/Berlin", "Forbid")
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    shell, option, text = container["command"]
    assert (shell, option, re.sub(r"\$\$", "", text).count("$")) == ("sh", "-c", 0)  # Kubernetes fills in $(NAME)
    install, _, command = text.replace("$$", "$").partition(" && exec ")
    assert shlex.split(install)[-1] == "aewidgets[report,s3]"
    wanted = ["aewidgets", "report", "/files/weekly--report.ipynb", "--out", "s3://bucket/runs", "-p", "text", ODD]
    options = ["-p", "number", "-3", "--timezone", "Europe/Berlin", *job.options, "--quiet"]
    assert shlex.split(command) == [*wanted, *options]
    assert {one["name"]: one["valueFrom"]["secretKeyRef"] for one in container["env"]} == {
        key: {"name": name, "key": key} for key in ("SLACK_URL", "TOKEN")
    }
    assert pod["volumes"] == [{"name": "files", "configMap": {"name": name}}]
    assert f"weekly--report.ipynb={shlex.quote(str(job.notebook))}" in recipe.text
    assert len(yaml.safe_load(kubernetes_cron_job(Job(**{**vars(elsewhere), "notebook": Path(f"/{'Ab' * 40}.ipynb")}),
                                                  NOW)[0].text)["metadata"]["name"]) == 52  # fmt: skip
    with pytest.raises(ScheduleError, match="expected a URL"):
        kubernetes_cron_job(job, NOW)


def test_github_fills_variables_from_its_secrets(job: Job):
    (recipe,) = github_workflow(Job(**{**vars(job), "variables": ["SLACK_URL"]}), NOW)
    steps = yaml.safe_load(recipe.text)["jobs"]["report"]["steps"]
    assert [step["env"] for step in steps if "env" in step] == [{"SLACK_URL": "${{ secrets.SLACK_URL }}"}]


def workflow_of(job: Job) -> tuple[dict[str, Any], list[str]]:
    """Return the workflow of a job, read as GitHub does, and the words of its command."""
    (recipe,) = github_workflow(job, NOW)
    document = yaml.safe_load(recipe.text)
    (run,) = (step["run"] for step in document["jobs"]["report"]["steps"] if step.get("name") == "Run the report")
    expressions = r"\$\{\{ '((?:[^']|'')*)' \}\}"
    assert "${{" not in re.sub(expressions, "", run)
    return document, shlex.split(re.sub(expressions, r"\1", run))


def test_a_workflow_runs_the_same_command_in_the_repository(job: Job):
    _, words = workflow_of(job)
    wanted = ["aewidgets", "report", job.notebook.name, "--out", job.out, "-p", "text", ODD, "-p", "number", "-3"]
    assert words == [*wanted, "--timezone", "Europe/Berlin", *job.options, "--quiet"]


def test_a_workflow_keeps_its_zone_one_run_at_a_time_and_also_a_failed_report(job: Job):
    document, _ = workflow_of(job)
    assert document["on"]["schedule"] == [{"cron": "0 6 * * 1", "timezone": "Europe/Berlin"}]
    assert document["concurrency"] == {"group": job.name, "cancel-in-progress": False}
    assert document["permissions"] == {"contents": "read"}
    last = document["jobs"]["report"]["steps"][-1]
    assert (last["if"], last["with"]["path"]) == ("always()", job.out)


def test_a_workflow_fits_the_published_schema(job: Job):
    if importlib.util.find_spec("check_jsonschema") is None:
        pytest.skip("check-jsonschema is not installed; it carries GitHub's schema of workflows")
    import jsonschema

    folder = importlib.util.find_spec("check_jsonschema").submodule_search_locations[0]
    schema = Path(folder) / "builtin_schemas" / "vendor" / "github-workflows.json"
    jsonschema.validate(workflow_of(job)[0], json.loads(schema.read_text()))


def test_a_workflow_of_runs_elsewhere_keeps_no_artifact(job: Job):
    drift = ["--no-worse-than", "latest", "--by", "0.2"]
    with pytest.raises(ScheduleError, match="begin empty"):
        workflow_of(Job(**{**vars(job), "options": drift}))
    document, words = workflow_of(Job(**{**vars(job), "out": "s3://bucket/runs", "options": drift}))
    assert words[-7:] == ["--timezone", "Europe/Berlin", *drift, "--quiet"]
    assert "s3://bucket/runs" in words
    assert "[report,s3]" in str(document)
    assert len(document["jobs"]["report"]["steps"]) == 4


def test_a_workflow_refuses_what_its_runners_do_not_have(job: Job, tmp_path: Path):
    outside = tmp_path / "outside.ipynb"
    for part, value in (("notebook", outside), ("file", tmp_path / "x.yaml"), ("out", "/tmp/x"), ("out", "../x")):
        with pytest.raises(ScheduleError, match="repository"):
            github_workflow(Job(**{**vars(job), part: value}), NOW)


def calls_of(text: str) -> dict[str, dict[str, ast.expr]]:
    """Return the calls in a DAG file, by name of the function, with their keywords."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return {ast.unparse(call.func): {str(k.arg): k.value for k in call.keywords} for call in calls}


def rendered(value: Any) -> Any:
    """Return a value as Airflow renders its templates."""
    if isinstance(value, str):
        return jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(value).render(run_id="manual__06:00")
    if isinstance(value, dict):
        return {key: rendered(item) for key, item in value.items()}
    return [rendered(item) for item in value] if isinstance(value, list) else value


def test_a_dag_hands_over_the_same_words_and_values(job: Job):
    calls = calls_of(airflow_dag(job, NOW)[0].text)
    bash = {name: rendered(ast.literal_eval(node)) for name, node in calls["BashOperator"].items()}
    settings = [f"{name}={value}" for name, value in job.environment.items()]
    assert ["/usr/bin/env", *settings, *shlex.split(bash["bash_command"])] == job.local_command()
    assert (bash["cwd"], bash["env"]) == (f"{job.folder}/", job.environment)
    papermill = {name: rendered(ast.literal_eval(node)) for name, node in calls["PapermillOperator"].items()}
    assert papermill["input_nb"] == str(job.notebook)
    assert papermill["output_nb"] == f"{job.local_out}/{job.name}-manual__0600.ipynb"
    assert papermill["parameters"] == VALUES


def test_a_dag_has_one_run_at_a_time_in_its_zone_and_makes_up_for_none(job: Job):
    calls = calls_of(airflow_dag(job, NOW)[0].text)
    dag = calls["DAG"]
    assert (ast.literal_eval(dag["max_active_runs"]), ast.literal_eval(dag["catchup"])) == (1, False)
    assert ast.unparse(dag["schedule"]) == "CronTriggerTimetable('0 6 * * 1', timezone='Europe/Berlin')"
    assert ast.unparse(dag["start_date"]) == "pendulum.datetime(2026, 11, 22, tz='Europe/Berlin')"


def test_a_dag_is_taken_by_airflow(job: Job, tmp_path: Path):
    pytest.importorskip("airflow", reason="airflow is too large for the dev extra; its arguments are read")
    path = tmp_path / "dag.py"
    path.write_text(airflow_dag(job, NOW)[0].text, encoding="utf-8")
    assert subprocess.run([sys.executable, path], check=False).returncode == 0


def of_scheduler(name: str, monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """Return a stand-in for a scheduler's package, whose decorators leave functions as they are."""
    package = MagicMock()
    package.Failure = lambda words, allow_retries: RuntimeError(words)
    package.op = lambda function: function
    package.flow = package.job = lambda name: lambda function: setattr(function, "serve", package.serve) or function
    monkeypatch.setitem(sys.modules, name, package)
    monkeypatch.setitem(sys.modules, f"{name}.schedules", package)
    return package


@pytest.mark.parametrize(("recipe", "name"), [(prefect_flow, "prefect"), (dagster_job, "dagster")])
def test_a_flow_runs_the_same_words_in_its_zone_and_fails_with_them(
    job: Job, monkeypatch: pytest.MonkeyPatch, recipe: Callable[..., tuple[Recipe]], name: str
):
    package = of_scheduler(name, monkeypatch)
    (made,) = recipe(job, NOW)
    assert made.name == f"{job.name.replace('-', '_')}.py"
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(made.text, made.name, "exec"), space)
    if name == "prefect":
        assert space["COMMAND"] == job.local_words()
        package.Cron.assert_called_once_with("0 6 * * 1", timezone="Europe/Berlin")
        package.serve.assert_called_once_with(name=job.name, schedule=package.Cron.return_value, limit=1)
    else:
        assert space["COMMAND"] == [*job.local_words(), "--lock"]
        (call,) = package.ScheduleDefinition.call_args_list
        assert (call[1]["cron_schedule"], call[1]["execution_timezone"]) == ("0 6 * * 1", "Europe/Berlin")
        assert recipe(Job(**{**vars(job), "out": "s3://b/runs"}), NOW)[0].text.count("--lock") == 0
    run = space.get("run_report", space["report"])
    look = "import os, sys; sys.exit(os.environ['AEWIDGETS_DATA'] != '/data of/mine; 5%' or os.getcwd() != sys.argv[1])"
    space["COMMAND"] = [sys.executable, "-c", look, str(job.folder)]
    run()
    space["COMMAND"] = [sys.executable, "-c", "raise SystemExit(6)"]
    with pytest.raises((subprocess.CalledProcessError, RuntimeError), match="6"):
        run()


def test_flows_are_taken_by_their_schedulers(job: Job, tmp_path: Path):
    dagster = pytest.importorskip("dagster", reason="dagster is too large for the dev extra; its calls are read")
    space: dict[str, Any] = {"__name__": "flows"}
    exec(dagster_job(job, NOW)[0].text, space)
    assert dagster.Definitions.validate_loadable(space["defs"]) is None


def test_a_job_definition_writes_the_values_as_python(job: Job):
    """jupyter-scheduler puts `name = text` into a cell."""
    plain = Job(**{**vars(job), "options": ()})
    document = json.loads(jupyter_scheduler_job(plain, NOW)[0].text)
    source = "\n".join(f"{name} = {text}" for name, text in document["parameters"].items())
    values: dict[str, Any] = {}
    exec(source, {}, values)
    assert values == VALUES
    assert (document["schedule"], document["timezone"]) == ("0 6 * * 1", "Europe/Berlin")
    assert document["input_uri"] == job.notebook.name
    if importlib.util.find_spec("jupyter_scheduler"):
        from jupyter_scheduler.models import CreateJobDefinition

        assert CreateJobDefinition(**document).timezone == "Europe/Berlin"


def test_a_job_definition_refuses_what_it_has_no_word_for(job: Job, tmp_path: Path):
    with pytest.raises(ScheduleError, match="nothing like --require"):
        jupyter_scheduler_job(job, NOW)
    with pytest.raises(ScheduleError, match="below Lab's own folder"):
        jupyter_scheduler_job(Job(**{**vars(job), "options": (), "folder": tmp_path / "elsewhere"}), NOW)


@pytest.mark.parametrize("kind", sorted(set(RECIPES) - {"jupyter-scheduler"}))
def test_every_recipe_names_the_next_three_times_in_its_zone(job: Job, kind: str):
    elsewhere = Job(**{**vars(job), "out": "s3://bucket/runs & more"}) if kind == "kubernetes" else job
    text = RECIPES[kind](elsewhere, NOW)[-1].text
    assert re.findall(r"\w+ (2026-\S+ \S+ \w+)$", text, flags=re.MULTILINE)[:3] == [
        "2026-11-23 06:00 CET", "2026-11-30 06:00 CET", "2026-12-07 06:00 CET"
    ]  # fmt: skip


def test_the_repository_of_a_file_is_the_nearest(job: Job, tmp_path: Path):
    assert repository_of(job.notebook) == job.folder
    assert repository_of(Path("/nowhere/x.ipynb")) is None
