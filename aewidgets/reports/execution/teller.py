"""Tells people how one run went, and notes in its run.json whether they could be told. Runs nothing."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from aewidgets.reports.execution.records import as_json
from aewidgets.reports.execution.report import EXIT_CODES, Report
from aewidgets.reports.notices.mail import LARGEST_PAGE, LOGIN
from aewidgets.reports.notices.message import MOST_FIGURES, Message, on_one_line
from aewidgets.reports.notices.notice import Notices
from aewidgets.reports.notices.telling import Told, tell
from aewidgets.reports.requirements.figures import Figure
from aewidgets.reports.runs.run import DID_NOT_END
from aewidgets.reports.secrets import Secrets
from aewidgets.reports.stores.store import RECORD, PlaceError, Store, without_suffix

__all__ = ["Teller"]

_NO_REPORT = "no report"


class Teller:
    """Tells people of one run, and knows its secrets. Without notices it tells nobody.

    Args:
        notices: who is told of what.
        secrets: secrets for the kernel, as texts such as `TOKEN=env:CI_TOKEN`.

    Attributes:
        secrets: the secrets with their values; the notices' own are among those that are hidden and withheld.

    Raises:
        NoticeError, SecretError: if a notice or a secret cannot be used as it is described.
    """

    def __init__(self, notices: Notices | None, secrets: Iterable[str]):
        self._notices = notices or Notices()
        variables = self._notices.variables()
        # A user's name is no secret: it may be an address that stands in every page.
        others = {name: "" if name == LOGIN[0] else os.environ.get(name, "") for name in variables}
        self.secrets = Secrets.of(secrets, others)
        self._senders = self._notices.senders()

    def __bool__(self) -> bool:
        """Return True if there is anybody to tell."""
        return bool(self._senders)

    @contextmanager
    def errors(self, notebook: str | os.PathLike[str]) -> Iterator[None]:
        """Tell of an exception that leaves the block, which gets a note about those who could not be told."""
        try:
            yield
        except Exception as error:
            if self:
                name = os.fspath(notebook).rpartition("/")[2]
                usage = isinstance(error, PlaceError) or not isinstance(error, OSError)
                reason = on_one_line(self.secrets.hidden(str(error) or type(error).__name__), 600)
                title = without_suffix(name)
                message = Message(title, _NO_REPORT, 2 if usage else 5, name, failure=reason)
                for one in tell(self._senders, message, self.secrets.hidden):
                    if not one.sent:
                        error.add_note(f"Not told: {one.text}")
            raise

    def killed(self, notebook: str | os.PathLike[str], reason: str) -> tuple[Told, ...]:
        """Tell of a run that was killed from outside and could say nothing itself; return how each notice went."""
        name = os.fspath(notebook).rpartition("/")[2]
        failure = on_one_line(self.secrets.hidden(reason), 600)
        message = Message(without_suffix(name), DID_NOT_END, EXIT_CODES[DID_NOT_END], name, failure=failure)
        return tell(self._senders, message, self.secrets.hidden)

    def tell(
        self, store: Store, report: Report, record: Mapping[str, Any], title: str, figures: Sequence[Figure]
    ) -> tuple[Told, ...]:
        """Tell of a run that is published, and write into its run.json how that went.

        Args:
            store: store of the run.
            report: the run.
            record: its run.json.
            title: title of its notebook.
            figures: its figures, in the order in which they matter.

        Returns:
            How each notice went; those of other events are left out.
        """
        if not self:
            return ()
        page_name = report.page_url.rpartition("/")[2]
        failure = f"{report.failure.name}: {report.failure.message}" if report.failure else ""
        if report.failure and report.failure.cell is not None:
            failure = f"In cell {report.failure.cell + 1}: {failure}"
        message = Message(
            title, report.status, report.exit_code, record["notebook"], report.name, record["started"],
            report.seconds, on_one_line(failure, 600),
            tuple(figures[:MOST_FIGURES]), record["last_good"], self._link(report, page_name), page_name,
        )  # fmt: skip
        wanted = [notice for notice, sender in self._senders if sender.wants_page and message.event in notice.events]
        if wanted:
            message = self._with_page(store, message)
            if record.get("pdf"):
                message = self._with_pdf(store, message, str(record["pdf"]))
        told = tell(self._senders, message, self.secrets.hidden)
        if told:
            self._note(store, report.name, record, told)
        return told

    def _link(self, report: Report, page_name: str) -> str:
        """Return where readers find the page."""
        if self._notices.runs_url is None:
            return str(report.page.absolute()) if report.page else report.page_url
        head, mark, query = self._notices.runs_url.partition("?")
        return f"{head.rstrip('/')}/{quote(report.name)}/{quote(page_name)}{mark}{query}"

    def _with_page(self, store: Store, message: Message) -> Message:
        """Return a message that brings its page, or says why it does not."""
        try:
            return replace(message, page=store.read(f"{message.run}/{message.page_name}", LARGEST_PAGE))
        except ValueError:
            why = f"The page is too large for a mail: more than {LARGEST_PAGE // 1_000_000} MB."
        except OSError as error:
            why = f"The page could not be read: {error.strerror or type(error).__name__}."
        return replace(message, why_no_page=why)

    def _with_pdf(self, store: Store, message: Message, name: str) -> Message:
        """Return a message that also brings the PDF of its page, if both fit into one mail, or says why not."""
        try:
            return replace(message, pdf=store.read(f"{message.run}/{name}", LARGEST_PAGE - len(message.page or b"")))
        except ValueError:
            why = "The PDF is too large for this mail."
        except OSError as error:
            why = f"The PDF could not be read: {error.strerror or type(error).__name__}."
        return replace(message, why_no_page=f"{message.why_no_page} {why}".strip())

    def _note(self, store: Store, name: str, record: Mapping[str, Any], told: tuple[Told, ...]) -> None:
        """Write into run.json how the notices went. The run is published by now, so a failure is only a warning."""
        try:
            rows = [vars(one) for one in told]
            store.write(f"{name}/{RECORD}", as_json({**record, "id": name, "notices": rows}))
        except OSError as error:
            message = f"{store.url}/{name}/{RECORD} does not say who was told ({error}); the run is whole"
            warnings.warn(message, RuntimeWarning, stacklevel=3)
