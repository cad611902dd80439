"""Cron expressions mean the times that systemd, an independent implementation, finds; all others are refused."""

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from aewidgets.reports.schedules.cron import ScheduleError, parse_cron
from aewidgets.reports.schedules.systemd_calendar import calendar_lines
from aewidgets.reports.schedules.times import clock_changes, next_times, time_zone

NOW = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
BERLIN = time_zone("Europe/Berlin")

AGREED = [
    ("0 6 * * 1", "UTC"),
    ("0 6 * * mon", "Europe/Berlin"),
    ("*/15 8-18/2 * * 1-5", "America/New_York"),
    ("5,35 0 1,15 * *", "Asia/Kolkata"),
    ("0 12 29 2 *", "UTC"),
    ("59 23 31 12 *", "Pacific/Auckland"),
    ("7-11,50-59/3 */5 * jan-mar,dec *", "Europe/Berlin"),
    ("0 9 * * sat,7", "Australia/Lord_Howe"),
    ("30 2 * * *", "Europe/Berlin"),
    ("0 0 * * *", "America/Santiago"),
    ("@monthly", "Asia/Tokyo"),
]


def systemd_times(line: str, base: datetime, count: int) -> list[datetime]:
    """Return the next times of a calendar event by systemd's own tool."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here; Debian's package systemd has it")
    moment = f"--base-time={base:%Y-%m-%d %H:%M:%S} UTC"
    command = ["systemd-analyze", "calendar", f"--iterations={count}", moment, line]
    plain = {"TZ": "UTC", "LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    run = subprocess.run(command, capture_output=True, text=True, env=plain, check=False)
    assert run.returncode == 0, run.stderr
    stamps = re.findall(r"(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ (\S+ \S+) UTC", run.stdout)
    return [datetime.fromisoformat(stamp).replace(tzinfo=UTC) for stamp in stamps]


@pytest.mark.parametrize("base", [NOW, datetime(2027, 3, 26, tzinfo=UTC)], ids=["autumn", "clocks change"])
@pytest.mark.parametrize(("text", "zone"), AGREED)
def test_systemd_agrees_about_the_next_times(text: str, zone: str, base: datetime):
    cron = parse_cron(text)
    (line,) = calendar_lines(cron, zone)
    ours = [moment.astimezone(UTC) for moment in next_times(cron, time_zone(zone), base, 6)]
    assert ours
    assert systemd_times(line, base, 6)[: len(ours)] == ours


def test_either_day_is_enough_where_both_are_given_and_takes_two_lines():
    cron = parse_cron("0 0 13 * 5")
    lines = calendar_lines(cron, "UTC")
    theirs = sorted({moment for line in lines for moment in systemd_times(line, NOW, 8)})
    assert len(lines) == 2
    assert [moment.astimezone(UTC) for moment in next_times(cron, time_zone("UTC"), NOW, 8)] == theirs[:8]
    assert any(moment.weekday() != 4 for moment in theirs[:8])


def test_names_and_both_sundays_become_digits():
    assert parse_cron("0 6 * JAN-mar Fri-7").text == "0 6 * 1,2,3 0,5,6"
    assert parse_cron("0 0 * * 7") == parse_cron("0 0 * * sun") == parse_cron("@weekly")


def test_a_time_that_clocks_skip_is_left_out_and_named():
    cron, march = parse_cron("30 2 * * *"), datetime(2027, 3, 27, 12, tzinfo=UTC)
    assert next_times(cron, BERLIN, march, 1)[0].strftime("%m-%d %H:%M") == "03-29 02:30"
    changes = [(moment.strftime("%Y-%m-%d"), skipped) for moment, skipped in clock_changes(cron, BERLIN, NOW)]
    assert changes == [("2027-03-28", True), ("2027-10-31", False)]
    assert clock_changes(parse_cron("0 6 * * *"), BERLIN, NOW) == ()


def test_a_time_that_comes_twice_counts_once():
    cron, october = parse_cron("30 2 * * *"), datetime(2027, 10, 30, 12, tzinfo=UTC)
    days = [moment.day for moment in next_times(cron, BERLIN, october, 3)]
    assert days == [31, 1, 2]


def test_next_times_are_later_than_now_to_the_minute():
    cron = parse_cron("30 15 * * *")
    assert next_times(cron, time_zone("UTC"), NOW, 1)[0] == NOW + timedelta(days=1)
    assert next_times(cron, time_zone("UTC"), NOW - timedelta(seconds=1), 1)[0] == NOW


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "five fields.*got 0"),
        ("0 6 * *", "five fields.*got 4"),
        ("0 0 6 * * 1", "five fields.*got 6"),
        ("@reboot", "five fields"),
        ("60 * * * *", "minute: expected 0 to 59, got '60'"),
        ("* 24 * * *", "hour: expected 0 to 23"),
        ("* * 0 * *", "day of the month: expected 1 to 31"),
        ("* * * 13 *", "month: expected 1 to 12 or jan"),
        ("* * * * 8", "day of the week: expected 0 to 7 or sun"),
        ("* * * * funday", "got 'funday'"),
        ("5/15 * * * *", "write 5-59/15"),
        ("*/0 * * * *", "minute: expected 1 to 59"),
        ("30-10 * * * *", "ends before it begins"),
        ("0 0 * * sat-sun", "ends before it begins"),
        ("1,,2 * * * *", "got ''"),
        ("-1 * * * *", "got ''"),
        ("٣ * * * *", "got '٣'"),
        ("0 0 L * *", "got 'L'"),
        ("0 0 ? * 1#2", "(?s)got '\\?'.*got '1#2'"),
        ("0 0 30 2 *", "never comes"),
        ("0 0 31 4,6,9,11 *", "never comes"),
        ("0 0 */2 * 1", "some crons"),
        ("0 0 1-31 * 1", "some crons"),
        ("9" * 500, "500 characters"),
        (f"{'9' * 90} * * * *", "minute: expected 0 to 59"),
    ],
)
def test_what_is_no_expression_is_refused_in_words(text: str, said: str):
    with pytest.raises(ScheduleError, match=said):
        parse_cron(text)


def test_all_that_is_wrong_is_listed_at_once():
    with pytest.raises(ScheduleError) as found:
        parse_cron("60 24 0 13 8")
    assert len(str(found.value).splitlines()) == 5


@pytest.mark.parametrize(
    ("name", "said"), [("Europe/Berln", "did you mean Europe/Berlin"), ("../../etc/passwd", "no time zone"), ("", "no")]
)
def test_an_unknown_zone_is_refused(name: str, said: str):
    with pytest.raises(ScheduleError, match=said):
        time_zone(name)
