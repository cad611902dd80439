"""Moments, durations and numbers in words say what they stand for."""

import math
import re
from datetime import UTC, datetime, timedelta

import pytest

from aewidgets.reports.schedules.times import machine_zone
from aewidgets.reports.wording import change_in_words, duration_in_words, moment_in_words, number_in_words


@pytest.mark.parametrize(
    ("moment", "zone", "said"),
    [
        ("2026-11-30T07:00:00+01:00", "Europe/Berlin", "Monday 30 November 2026, 07:00, Europe/Berlin (UTC+1)"),
        ("2026-07-01T23:59:00+05:30", "Asia/Kolkata", "Wednesday 1 July 2026, 23:59, Asia/Kolkata (UTC+5:30)"),
        ("2026-01-04T00:00:00-10:00", None, "Sunday 4 January 2026, 00:00, UTC\u221210"),
        ("2026-01-04T00:00:00+00:00", "Europe/London", "Sunday 4 January 2026, 00:00, Europe/London (UTC)"),
        ("2026-01-04T00:00:00", "Etc/UTC", "Sunday 4 January 2026, 00:00, UTC"),
        ("soon", "UTC", "at an unknown time"), (None, None, "at an unknown time"), (3, None, "at an unknown time"),
    ],
)  # fmt: skip
def test_a_moment_has_its_day_and_its_zone(moment, zone, said: str):
    assert moment_in_words(moment, zone) == said


def test_every_day_of_a_year_is_named_as_a_calendar_names_it():
    for number in range(0, 366, 7):
        day = datetime(2028, 1, 1, tzinfo=UTC) + timedelta(number)
        said = moment_in_words(day.isoformat())
        assert datetime.strptime(said, "%A %d %B %Y, %H:%M, UTC").replace(tzinfo=UTC) == day


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (4.21, "4.2 s"), (59.94, "59.9 s"), (59.97, "1 min 0 s"), (134.2, "2 min 14 s"),
     (3599.7, "1 h 0 min"), (7800, "2 h 10 min"), (1e6, "277 h 46 min")],
)  # fmt: skip
def test_a_duration_has_two_units_at_most(seconds: float, said: str):
    assert duration_in_words(seconds) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (31.23456, "31.23"), (-0.5, "\u22120.5"), (1234567, "1,234,567"), (1234.56, "1,235"),
     (1e-7, "1.00e\u22127"),
     (0.00123, "0.00123"), (2.5e6, "2,500,000"), (2.5000001e6, "2.50e+6"), (999.96, "1,000"), (10**400, "about 10^400"),
     (1e305, "1.00e+305"), (math.inf, "infinite"), (-math.inf, "\u2212infinite"), (math.nan, "not a number")],
)  # fmt: skip
def test_a_number_has_four_digits_and_its_thousands_apart(value: float, said: str):
    assert number_in_words(value) == said


def test_a_number_in_words_is_the_number_to_four_digits():
    for exponent in range(-12, 15):
        for digits in (1.0, 1.2345, 9.9994, 9.99951, 5.5):
            value = digits * 10.0**exponent
            said = float(re.sub(",", "", number_in_words(value)).replace("\u2212", "-"))
            assert said == pytest.approx(value, rel=6e-3 if value >= 1e6 or value < 1e-3 else 6e-4)
            assert change_in_words(-value)[0] == "\u2212" and change_in_words(value)[0] == "+"


def test_the_zone_of_this_machine_is_that_of_its_variable(monkeypatch: pytest.MonkeyPatch):
    for said in ("Europe/Berlin", ":Europe/Berlin"):
        monkeypatch.setenv("TZ", said)
        zone = machine_zone()
        assert zone is not None and zone.key == "Europe/Berlin"
    for odd in ("Mars/Base", "../../etc/passwd", "EST5EDT4,M3.2.0,M11.1.0"):
        monkeypatch.setenv("TZ", odd)
        assert machine_zone() is None
