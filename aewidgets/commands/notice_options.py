"""Options of the commands that run notebooks: secrets, and who is told of a run. Sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from aewidgets.reports.notices.notice import Notices

__all__ = ["SECRETS", "given_notices", "with_notices"]

SECRETS = click.option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="NAME=env:VAR",
    help="Give the notebook the value of the variable VAR in os.environ[NAME]; repeat for more. *** stands for it in "
    "the files of the run, if it is printed whole; pieces of it and pictures of it are not recognised.",
)
_NOTICES = (
    click.option(
        "--notify",
        multiple=True,
        metavar="WHEN=KIND:TARGET",
        help="Tell somebody; repeat for more. WHEN is failure, threshold (one was missed), always, or several with "
        "commas. KIND:TARGET is 'command:PROGRAM ARGS' (gets JSON on its standard input), webhook:URL (gets JSON), "
        "slack:URL (Slack, Mattermost), mail:ADDRESS,ADDRESS; env:VAR in place of a URL keeps it secret. Three tries.",
    ),
    click.option(
        "--smtp",
        metavar="URL",
        help="Server for mails: smtp://HOST[:PORT] (STARTTLS), smtps://HOST (TLS), smtp+plain://HOST (not encrypted). "
        "User and password come from the variables AEWIDGETS_SMTP_USER and AEWIDGETS_SMTP_PASSWORD.",
    ),
    click.option("--mail-from", metavar="ADDRESS", help="Address that mails come from."),
    click.option(
        "--mail-page",
        type=click.Choice(["attach", "link"]),
        help="Attach the page, and its PDF if there is one, to mails, or link the page alone. Default: attach.",
    ),
    click.option(
        "--runs-url",
        metavar="URL",
        help="Where readers find the folder of --out in a browser, for links. Default: its own path or URL.",
    ),
)


def with_notices(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of notices to a command."""
    for option in reversed(_NOTICES):
        command = option(command)
    return command


def given_notices(
    notify: tuple[str, ...], smtp: str | None, mail_from: str | None, mail_page: str | None, runs_url: str | None
) -> Notices | None:
    """Return the notices that these options describe; None without --notify.

    Raises:
        NoticeError: for a value of another form.
        click.UsageError: for an option that would make no difference.
    """
    from aewidgets.reports.notices.notice import Notices

    mails = {"--smtp": smtp, "--mail-from": mail_from, "--mail-page": mail_page}
    notices = Notices.of(notify, smtp, mail_from, mail_page != "link", runs_url)
    if not notices.all:
        without = next((name for name, value in {**mails, "--runs-url": runs_url}.items() if value), None)
        if without:
            raise click.UsageError(f"{without} says how --notify tells somebody; give it too")
        return None
    without = next((name for name, value in mails.items() if value), None)
    if without and not any(notice.kind == "mail" for notice in notices.all):
        raise click.UsageError(f"{without} is for mails, and no --notify sends one")
    return notices
