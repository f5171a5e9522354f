"""What is written in a call is in no journal."""

from datetime import datetime
from pathlib import Path

from ranin.core.moment import Moment
from ranin.core.realtext import SendText, TextChanged, TextReceived
from ranin.runtime.journal import Journal, read


def test_the_journal_knows_that_text_came_and_not_what(tmp_path: Path) -> None:
    now = Moment(1.0, datetime(2026, 11, 24, 14, 5))
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.event(now, TextChanged(1, True))
    journal.event(now, TextReceived(1, "canary-text"))
    journal.command(SendText(1, "canary-text"))
    journal.close()
    assert "canary" not in path.read_text()
    assert [event for _, event in read(path)] == [TextChanged(1, True), TextReceived(1, "***")]
