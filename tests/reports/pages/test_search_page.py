"""The page of a search shows every candidate, says what its lead is worth, and runs nothing that a grid holds."""

import re
from html.parser import HTMLParser

import pytest

from aewidgets.reports.pages.search import search_page, sentences_of

LEAD = {"mean": 0.004, "deviation": 0.001, "standard_error": 0.0008, "plain_error": 0.0005, "t": 5.0, "p": 0.007,
        "folds": 5, "exceeds": True}  # fmt: skip


def row(number, score, lead=None, **settings):
    known = {"number": number, "settings": settings, "round": 1, "fits": 10, "failures": [], "score": score}
    if score is None:
        return known | {"lead": None}
    return known | {
        "deviation": 0.002, "seed_deviation": 0.001, "fold_scores": [score - 0.001, score + 0.001], "mse": -score,
        "pca_mse": 0.05, "code_values": 16, "code_bytes": 64, "parameters": 1234, "seconds": 2.5, "lead": lead,
    }  # fmt: skip


def record(*rows, **changes):
    return {
        "family": "dense", "data": "digits", "fingerprint": "00ff", "metric": "mse", "folds": 5, "seeds": 2,
        "status": "finished", "written": "2026-01-01T00:00:00+00:00", "shared": {"epochs": 3}, "varied": ["latent_dim"],
        "fits": 20, "sample": None, "candidates": list(rows), "test": None,
    } | changes  # fmt: skip


TEST = {"number": 1, "mse": 0.0345, "deviation": 0.01, "validation_mse": 0.0333, "pictures": 359, "opened": 1,
        "rival": None}  # fmt: skip
RIVAL = {"name": "mine-16", "mse": 0.04, "code_values": 16, "parameters": 999, "lead": 0.005, "deviation": 0.02,
         "standard_error": 0.001, "p": 0.0, "certain": True, "better": 0.7}  # fmt: skip
BEST, SECOND = row(1, -0.030, latent_dim=16), row(2, -0.034, LEAD, latent_dim=8)


def test_the_verdict_follows_the_lead():
    said = " ".join(sentences_of(record(BEST, SECOND, test=TEST)))
    assert "candidate 2, is 0.004, larger than the deviation" in said and "it is more than chance explains" in said
    assert "measured once on 359 test pictures, its mean squared error is 0.03450" in said
    within = SECOND | {"lead": LEAD | {"exceeds": False, "p": 0.2, "deviation": 0.01}}
    said = " ".join(sentences_of(record(BEST, within)))
    assert "not larger than the deviation" in said and "within what chance explains" in said
    assert "have not been opened" in said


def test_other_weights_are_compared_picture_by_picture():
    said = sentences_of(record(BEST, test=TEST | {"rival": RIVAL}))[-1]
    assert "mine-16 (code of 16 values, 999 parameters) has 0.04000" in said and "p < 1e-15" in said
    assert "error is lower by 0.005 (12.5%)" in said and "more than chance" in said
    said = sentences_of(record(BEST, test=TEST | {"rival": RIVAL | {"lead": -0.001, "p": 0.3, "certain": False}}))[-1]
    assert "error is higher by 0.001" in said and "within what chance" in said and "p = 0.3" in said


def test_openings_beyond_the_first_are_counted():
    assert "had 3 winners" in " ".join(sentences_of(record(BEST, test=TEST | {"opened": 3})))
    assert "no other candidate" in " ".join(sentences_of(record(BEST)))


@pytest.mark.parametrize("rows", [(), ({"score": None},)])
def test_without_whole_results_there_is_no_winner(rows):
    assert "no winner" in sentences_of(record(*rows))[0]


def test_every_candidate_is_in_the_table_and_in_the_figure():
    failed = row(3, None) | {"failures": ["the loss is NaN"]}
    page = search_page(record(BEST, SECOND, failed))
    assert page.count("<tr") == 4 and page.count('class="winner"') == 1
    assert "failed: the loss is NaN" in page and page.count("<circle") == 4 and "PCA MSE" in page


def test_texts_are_shown_and_never_run():
    evil = "<script>alert(1)</script>"
    page = search_page(record(row(1, -0.03, latent_dim=evil), shared={"activation": evil}, data=evil))
    assert "<script" not in page and page.count("&lt;script&gt;") >= 3
    assert re.search(r"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-", page)
    assert not re.search(r"\s(?:style|on\w+)=", page)
    HTMLParser().feed(page)
