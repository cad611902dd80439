"""The page contains every run as data, and no text of a run can become part of it in another way."""

import base64
import hashlib
import json
import re

import pytest
from page_elements import Elements

from aewidgets.reports.runs.page import page_data, runs_page
from aewidgets.reports.runs.run import Run

EVIL = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>&amp;\u2028'\"`${x}"


def run(name: str = "a-1", **more: object) -> Run:
    values = {"status": "completed", "notebook": "a.ipynb", "started": "2026-01-01T00:00:00+00:00"}
    return Run(name, **(values | more))  # type: ignore[arg-type]


def hostile() -> Run:
    texts = {name: {EVIL: EVIL} for name in ("parameters", "metrics", "seeds", "failure", "versions")}
    return run(EVIL, **texts, status=EVIL, problem=EVIL, links={"page": f"{EVIL}/a.html"})


def test_hostile_text_stays_data():
    plain, page = Elements(runs_page([run()], "runs", "")), Elements(runs_page([hostile()], "runs", ""))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    (found,) = json.loads(page.texts["script"][0])["runs"]
    assert (found["id"], found["status"]) == (EVIL, EVIL)
    assert found["parameters"] == found["metrics"] == {EVIL: EVIL}


def test_a_hostile_name_of_the_store_is_text():
    text = runs_page([], "s3://bucket/<b>&x", "")
    assert "<title>Runs in &lt;b&gt;&amp;x</title>" in text and "<b>&x" not in text


def test_links_are_relative_and_quoted():
    assert page_data([hostile()])["runs"][0]["links"]["page"].startswith("./%3C/script%3E%3Cscript%3Ealert%281%29")
    odd = run("javascript:x", links={"page": "javascript:x/a?b#c.html"})
    assert page_data([odd])["runs"][0]["links"] == {"page": "./javascript%3Ax/a%3Fb%23c.html"}


def test_only_the_page_s_own_script_and_style_may_run():
    page = Elements(runs_page([run()], "runs", ""))
    (policy,) = (a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed["default-src"] == "'none'" and allowed["img-src"] == "data:"
    for kind, text in (("script", page.texts["script"][1]), ("style", page.texts["style"][0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert allowed[f"{kind}-src"] == f"'sha256-{digest}'"


def test_nothing_is_fetched_from_elsewhere():
    text = runs_page([run()], "runs", "")
    assert set(re.findall(r"https?://[^\s\"'<)]+", text)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(src|href)=\"", text.split("<script")[0].replace('href="#', ""))


@pytest.mark.parametrize("url", ["/home/somebody/reports", "s3://key@bucket/team/reports/", "reports"])
def test_of_the_place_only_the_last_part_is_shown(url: str):
    text = runs_page([], url, "")
    assert "<title>Runs in reports</title>" in text
    assert "somebody" not in text and "key@" not in text and "team" not in text


def test_the_same_runs_make_the_same_page():
    runs = [run("b"), run("a", parameters={"n": 1})]
    assert runs_page(runs, "x", "d") == runs_page(runs, "x", "d")


def test_a_thumbnail_that_many_runs_share_is_there_once_and_all_of_them_have_a_limit():
    same, large = "data:image/webp;base64,AAAA", [f"data:image/webp;base64,{n:08d}" + "A" * 11_900 for n in range(300)]
    runs = [run(str(n), thumbnail=thumbnail) for n, thumbnail in enumerate([same, same, *large])]
    data = page_data(runs)
    assert data["thumbnails"][:2] == [same, large[0]]
    assert [one["thumbnail"] for one in data["runs"][:3]] == [0, 0, 1]
    assert data["runs"][-1]["thumbnail"] is None
    assert sum(map(len, data["thumbnails"])) <= 2_000_000


def test_the_newest_run_of_a_group_stands_beside_the_last_good_one_before_it():
    states = {"4": "timeout", "3": "cell failed", "2": "completed", "1": "completed"}
    runs = [run(n, status=s, started=f"2026-01-0{n}T00:00:00+00:00") for n, s in states.items()]
    data = page_data(runs)
    group = {"notebook": "a", "parameters": {}, "runs": [0, 1, 2, 3], "good": 2, "higher_is_better": {}}
    assert data["groups"] == [group]


def test_a_run_that_goes_on_is_in_the_table_and_in_no_comparison():
    states = {"3": "running", "2": "completed", "1": "completed"}
    data = page_data([run(n, status=s, started=f"2026-01-0{n}T00:00:00+00:00") for n, s in states.items()])
    assert [(one["id"], one["failed"]) for one in data["runs"]] == [("3", False), ("2", False), ("1", False)]
    assert [(group["runs"], group["good"]) for group in data["groups"]] == [([1, 2], 2)]
    assert page_data([run("1", status="running")])["groups"] == []


def test_a_missed_threshold_did_complete_and_a_killed_run_did_not():
    states = ["completed", "threshold missed", "running", "killed", "did not end", "cell failed", "unreadable"]
    data = page_data([run(str(n), status=status) for n, status in enumerate(states)])
    assert [one["failed"] for one in data["runs"]] == [False, False, False, True, True, True, True]


def test_the_better_way_is_that_of_the_newest_notebook_then_that_of_the_name():
    figures = {"psnr_db": 30.0, "seconds": 2.0, "score": 1.0, "rate": 0.5}
    old, new = {"score": "lower"}, {"score": "higher", "unknown": "higher", "rate": "both"}
    runs = [run("2", metrics=figures, better=new, started="2026-01-02T00:00:00+00:00"), run("1", better=old)]
    (group,) = page_data(runs)["groups"]
    assert group["higher_is_better"] == {"psnr_db": True, "score": True}


def test_a_series_with_relative_dates_is_one_and_is_called_by_what_was_written():
    def week(n: int, since: str) -> Run:
        more = {
            "parameters": {"since": since, "n": n},
            "relative": {"since": "{today-7d}"},
            "parameters_sha256": f"{n}",
        }
        return run(f"{since}-{n}", started=f"{since}T06:00:00+00:00", **more)

    data = page_data([week(1, "2026-01-12"), week(2, "2026-01-05"), week(1, "2026-01-05")])
    assert [(g["parameters"], g["runs"]) for g in data["groups"]] == [({"n": 1}, [0, 2]), ({"n": 2}, [1])]
    assert data["runs"][0]["parameters"]["since"] == "2026-01-12"
    assert data["runs"][0]["relative"] == {"since": "{today-7d}"}
