"""Makes the HTML page of a search of parameters, without scripts and without a network. Reads no files.

It is made of what `aewidgets.selection.run_search` returns. Everything that was given or measured is shown as text.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from aewidgets.reports.pages.scripted import still_page

__all__ = ["search_page", "sentences_of"]

_DRAWN = 30  # candidates in the figure
_WIDTH, _LEFT, _RIGHT, _STEP = 900, 90, 20, 22  # pixels


def search_page(record: Mapping[str, Any]) -> str:
    """Return the page of a search as HTML, from the content of search.json."""
    candidates = record["candidates"]
    shared = ", ".join(f"{name} = {value}" for name, value in record["shared"].items())
    sample = f" of a sample of {record['sample']:,} pictures" if record["sample"] else ""
    summary = (
        f"{record['fits']:,} fits of {len(candidates):,} candidates: {record['folds']} folds{sample}, "
        f"{record['seeds']} {'seeds' if record['seeds'] > 1 else 'seed'}; {record['status']}, "
        f"written {record['written']}. "
        f"Pictures {record['fingerprint']}. For all: {shared}."
    )
    verdict = "".join(f"<p>{html.escape(line)}</p>" for line in sentences_of(record))
    body = f'<section aria-labelledby="verdict"><h2 id="verdict">Verdict</h2>{verdict}</section>'
    last = [row for row in candidates if row["score"] is not None and row["round"] == candidates[0]["round"]]
    if last:
        name = _name_of(record["metric"])
        body += (
            f'<section aria-labelledby="spread"><h2 id="spread">{name[0].upper()}{name[1:]}</h2><p class="small">'
            "Candidates of the last round. A dot is a fold (its mean over seeds), the dash the mean, the bar one "
            "standard deviation over all fits to both sides. Right is better.</p>"
            f"{_figure(last[:_DRAWN], record['metric'])}</section>"
        )
    body += (
        '<section aria-labelledby="table-title"><h2 id="table-title">Candidates</h2>'
        f'<p class="small">{_legend(record["metric"])}</p>'
        f'<div class="wide" role="group" aria-label="Table of candidates" tabindex="0">{_table(record)}</div></section>'
    )
    return still_page("search", body, title=f"Search: {record['family']} on {record['data']}", summary=summary)


def sentences_of(record: Mapping[str, Any]) -> list[str]:
    """Return what a search says in sentences: the winner, whether its lead is more than chance, and the test error."""
    rows = record["candidates"]
    if not rows or rows[0]["score"] is None:
        return ["No candidate of the last round has all its fits, so there is no winner."]
    winner = rows[0]
    many = f", deviation {winner['deviation']:.2g} over folds and seeds" if winner["deviation"] is not None else ""
    lines = [
        f"Candidate {winner['number']} is the best: its mean {_name_of(record['metric'])} on the folds left out is "
        f"{_shown(record['metric'], winner['score']):.4g}{many}.",
        _lead_in_words(rows),
    ]
    if (pca := winner.get("pca_mse")) is not None:
        lines.append(
            f"On the same folds {winner['code_values']:,} principal components, as many as its code has values, have "
            f"a mean squared error of {pca:.4g}, and it has {winner['mse']:.4g}."
        )
    if test := record["test"]:
        spread = f" with a deviation of {test['deviation']:.2g} over pictures" if test["deviation"] is not None else ""
        lines.append(
            f"Trained on the training part and measured once on {test['pictures']:,} test pictures, its mean squared "
            f"error is {test['mse']:.5f}{spread} (validation: {test['validation_mse']:.5f})."
        )
        if test["rival"]:
            lines.append(_rival_in_words(test["rival"], test["mse"], test["pictures"]))
        if test["opened"] > 1:
            lines.append(
                f"Searches in this folder have had {test['opened']} winners, and opened the test pictures for each."
            )
    else:
        lines.append("The test pictures have not been opened.")
    return lines


def _lead_in_words(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return whether the winner's lead over the second is more than chance."""
    second = next((row for row in rows[1:] if row["lead"]), None)
    if second is None:
        return "There is no other candidate with all fits in the last round to compare it with."
    lead = second["lead"]
    word = "is more than chance explains" if lead["exceeds"] else "is within what chance explains"
    larger = "larger" if lead["mean"] > lead["deviation"] else "not larger"
    return (
        f"Its lead over the second, candidate {second['number']}, is {lead['mean']:.3g}, {larger} than the deviation "
        f"of the differences fold by fold, {lead['deviation']:.2g}. By a paired t test over {lead['folds']} folds with "
        f"Nadeau and Bengio's correction (standard error {lead['standard_error']:.2g}, p {_chance(lead['p'])}) "
        f"it {word}. The winner was chosen on the same folds, so p is somewhat too small."
    )


def _rival_in_words(rival: Mapping[str, Any], mse: float, pictures: int) -> str:
    """Return how the winner does beside other trained weights on the test pictures."""
    ahead, size = ("lower" if rival["lead"] > 0 else "higher"), abs(rival["lead"])
    word = "more than chance explains" if rival["certain"] else "within what chance explains"
    return (
        f"On the same test pictures {rival['name']} (code of {rival['code_values']:,} values, "
        f"{rival['parameters']:,} parameters) has {rival['mse']:.5f}. The winner's error is {ahead} by {size:.2g} "
        f"({size / rival['mse']:.1%}), and lower on {rival['better']:.0%} of the pictures. The differences picture by "
        f"picture have a deviation of {rival['deviation']:.2g}; by a paired t test over {pictures:,} pictures "
        f"(standard error {rival['standard_error']:.2g}, p {_chance(rival['p'])}) this is {word}."
    )


def _chance(p: float) -> str:
    """Return a p value with its sign of comparison."""
    return "< 1e-15" if p < 1e-15 else f"= {p:.2g}"


def _name_of(metric: str) -> str:
    """Return a metric in words."""
    return {"mse": "squared error", "mae": "absolute error"}.get(metric, metric.upper())


def _shown(metric: str, score: float) -> float:
    """Return a score as people know it: errors are scored by their negatives."""
    return -score if metric in ("mse", "mae") else score


def _legend(metric: str) -> str:
    """Return what the columns of the table mean."""
    mse = "" if metric == "mse" else "MSE is the mean squared error of values in [0, 1]. "
    return (
        f"Mean {_name_of(metric)} and its deviation over folds and seeds, and over seeds alone, on the folds left out; "
        f"{mse}PCA has as many components as the code has values. Bytes of a code in float32, before any coding; mean "
        "seconds of a fit. "
        "Lead is how far the winner is ahead, with the corrected standard error and p of a paired t test over folds. "
        "Candidates of an earlier round of halving were trained for fewer epochs and are not compared."
    )


def _table(record: Mapping[str, Any]) -> str:
    """Return the table of all candidates."""
    varied, metric = record["varied"], record["metric"]
    mse = [] if metric == "mse" else ["MSE"]
    heads = ["", *varied, "round", "fits", metric.upper(), "deviation", "over seeds", *mse, "PCA MSE", "code bytes",
             "parameters", "seconds", "lead", "p"]  # fmt: skip
    lines = []
    for place, row in enumerate(record["candidates"]):
        lead = row["lead"]
        cells = [
            str(row["number"]), *(str(row["settings"].get(name, "default")) for name in varied), str(row["round"]),
            str(row["fits"]),
        ]  # fmt: skip
        if row["score"] is not None:
            cells += [
                _number(_shown(metric, row["score"])), _number(row["deviation"], 2), _number(row["seed_deviation"], 2),
                *(_number(row["mse"]) for _ in mse), _number(row.get("pca_mse")), f"{row['code_bytes']:,}",
                f"{row['parameters']:,}", f"{row['seconds']:,.1f}",
                f"{lead['mean']:.3g} ± {lead['standard_error']:.2g}" if lead else "", _number(lead and lead["p"], 2),
            ]  # fmt: skip
        text = "".join(f'<td class="number">{html.escape(cell)}</td>' for cell in cells)
        if row["score"] is None:
            words = f"failed: {row['failures'][0][:120]}" if row["failures"] else "some fits are missing"
            text += f'<td colspan="{len(heads) - len(cells)}">{html.escape(words)}</td>'
        won = ' class="winner"' if place == 0 and row["score"] is not None else ""
        lines.append(f"<tr{won}>{text}</tr>")
    head = "".join(f'<th class="number" scope="col">{html.escape(name)}</th>' for name in heads)
    return f'<table id="candidates"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'


def _figure(rows: Sequence[Mapping[str, Any]], metric: str) -> str:
    """Return a drawing of the scores of candidates, one a line, as SVG."""
    ends = [
        value for row in rows
        for value in (*row["fold_scores"], *(row["score"] + side * (row["deviation"] or 0) for side in (-1, 1)))
    ]  # fmt: skip
    low, high = min(ends), max(ends)
    scale = (_WIDTH - _LEFT - _RIGHT) / ((high - low) or 1)

    def x(value: float) -> float:
        return round(_LEFT + (value - low) * scale, 1)

    parts = []
    for place, row in enumerate(rows):
        y = _STEP * place + 14
        spread = row["deviation"] or 0
        parts.append(
            f'<text x="0" y="{y + 4}">no. {row["number"]}</text>'
            f'<line class="row" x1="{_LEFT}" y1="{y}" x2="{_WIDTH - _RIGHT}" y2="{y}"/>'
            f'<line class="span" x1="{x(row["score"] - spread)}" y1="{y}" x2="{x(row["score"] + spread)}" y2="{y}"/>'
            + "".join(f'<circle class="fold" cx="{x(value)}" cy="{y}" r="3.5"/>' for value in row["fold_scores"])
            + f'<line class="mean" x1="{x(row["score"])}" y1="{y - 7}" x2="{x(row["score"])}" y2="{y + 7}"/>'
        )
    bottom = _STEP * len(rows) + 18
    parts.append(
        f'<text class="soft" x="{_LEFT}" y="{bottom}">{_shown(metric, low):.4g}</text>'
        f'<text class="soft" text-anchor="end" x="{_WIDTH - _RIGHT}" y="{bottom}">{_shown(metric, high):.4g}</text>'
    )
    label = f"{_name_of(metric)} of {len(rows)} candidates fold by fold, the best first"
    svg = f'<svg viewBox="0 0 {_WIDTH} {bottom + 8}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    return f'<div class="wide" role="group" aria-label="Figure" tabindex="0">{svg}</div>'


def _number(value: float | None, digits: int = 4) -> str:
    """Return a number with so many significant digits; nothing for None."""
    return "" if value is None else f"{value:.{digits}g}"
