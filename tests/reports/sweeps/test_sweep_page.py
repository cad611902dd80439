"""The page of a sweep contains every point as data, and no text of a run as markup."""

import json
import re

import pytest
from sweep_record import EVIL, record

pytest.importorskip("fsspec", reason="fsspec comes with the report extra")

from aewidgets.reports.sweeps.page import page_data, sweep_page


def test_numbers_of_any_depth_are_figures_and_what_is_no_number_is_none():
    data = page_data(record())
    assert data["figures"] == ["psnr_db", "worst.bpp"]  # n is never finite
    assert data["points"][0]["figures"] == pytest.approx([29.194, 0.1], abs=1e-3)
    assert data["points"][-1]["figures"] == [None, None]
    assert data["points"][0]["values"] == [5.0, 0, "nlm"]


def test_every_point_leads_to_its_run_and_one_that_waits_to_none():
    links = [point["link"] for point in page_data(record())["points"]]
    assert links[0] == "./tiny-000000000001/tiny.html"
    assert links[-2:] == [None, None]
    odd = record()
    odd["points"][0]["run"], odd["stem"] = "a b?#", "a b?#"
    assert page_data(odd)["points"][0]["link"] == "./a%20b%3F%23/a%20b%3F%23.html"


def test_the_page_is_one_file_and_what_runs_say_is_data():
    page = sweep_page(record() | {"stem": EVIL})
    data = re.search(r'<script type="application/json" id="sweep-data">(.*?)</script>', page, re.DOTALL)
    assert data and len(json.loads(data.group(1))["points"]) == 54
    assert EVIL not in page
    assert page.count("<script") == 2
    assert re.findall(r"""(?:src|href)=["']?(?!http://www.w3.org)\w+:""", page) == []
    assert "default-src 'none'" in page


def test_long_texts_are_cut():
    long = record()
    long["points"][0] |= {"failure": "x" * 9999, "parameters": {"quality": 1, "effort": 0, "method": ["y" * 9999]}}
    point = page_data(long)["points"][0]
    assert (len(point["why"]), len(point["values"][2])) == (300, 300)


def test_a_sweep_without_figures_or_parameters_is_a_table():
    bare = record() | {"varied": [], "points": [point | {"metrics": {}} for point in record()["points"]]}
    data = page_data(bare)
    assert (data["figures"], data["points"][0]["values"]) == ([], [])
    assert sweep_page(bare)
