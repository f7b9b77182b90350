"""Nobody asks the wall what time it is: finds every place that does, in the product and its tests, but for those named here."""

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from tools.check_imports import ROOMS
from tools.sources import ROOT, Found, found, tell

MAY: dict[str, str] = {
    "facts/clock.py": "the doors' clock: the wall, and what the simulator adds",
    # What only machines wait for, whatever day it is for a debtor.
    "facts/outbox.py": "news is ready to be told at once; pauses before it is told again",
    "facts/page_changes.py": "how long ago an open page was told, by the database that tells it",
    "tests/facts/test_page_changes.py": "how long ago an open page was told, by the database that tells it",
    "facts/webhooks/outgoing.py": "pauses before a webhook is tried again",
    "facts/collection/requests.py": "pauses before a request to a partner is posted again",
    "commands/collection/answers.py": "when a partner had what was posted",
    "facts/desk/presence.py": "how long ago a page in a browser said that it is there",
    "facts/desk/sessions.py": "how long somebody is signed in",
    "facts/desk/drafts.py": "how long somebody has to sign in again",
    "facts/desk/users.py": "when somebody was signed out",
    "facts/desk/incoming_calls.py": "somebody is on the telephone now",
    "tests/web/desk": "how long somebody is signed in",
    "connectors/identity/openid.py": "signatures, and when somebody showed who they are",
    "facts/tables.py": "when a row was written, beside the moment that it tells of",
    "facts/migrations": "when a row was written, beside the moment that it tells of",
    "facts/operations/outages.py": "the pause before a provider is asked again, or that it asks for",
    "facts/operations/running.py": "whether a process runs, and when a job was done",
    "tests/web/operations/test_alerts.py": "how long ago that was",
    "connectors/webhooks/post.py": "the pause that a receiver asks for",
    "channels/transport.py": "the pause that a provider asks for",
    "connectors/drop_folder.py": "how long ago a file was last written",
    "terminal/servers.py": "how long ago a worker asked for cases",
    # What the outside world compares with its own wall.
    "connectors/signatures.py": "signatures",
    "connectors/collection_partner/api.py": "signatures",
    "connectors/collection_partner/dry_run.py": "a case that is made up, of nobody's clock",
    "relays/webhook_sender.py": "signatures",
    "connectors/payment_providers/stripe_checkout.py": "when a provider's page expires",
    "channels/twilio.py": "when Twilio created a message",
    # Where no facts with a clock are at hand, and nothing that is sent depends on it.
    "web/app.py": "the day for which policies are checked at the start, before any database answers",
    "terminal/importing.py": "a dry run tells of the invoices past due, and has no database",
    "terminal/policies.py": "the day for which policies are checked, where there may be no database",
    # Lints name what they forbid.
    "tools/check_clock.py": "names what it forbids",
    "tests/tools/test_check_clock.py": "names what is forbidden",
    "tests/tools/test_check_days.py": "names what is forbidden",
    # The world around the product.
    "simulator": "the clock of emulated providers, and how far the simulated world is ahead of the wall",
    "benchmarks": "measured on the wall",
    "tests/begin.py": "how far ahead of the wall tests begin",
    "tests/world.py": "how far ahead of the wall tests begin",
    "tests/moments.py": "the date that chooses the moment of the day",
    "tests/crash": "the programs live on the wall's time: nobody hands them another",
    "tests/tools/test_run_embedded.py": "the programs live on the wall's time: nobody hands them another",
    "tests/conftest.py": "when a file was last written",
    "tests/connectors/webhooks/test_post.py": "signatures, and the pause that a receiver asks for",
    "tests/connectors/test_signatures.py": "signatures",
    "tests/connectors/identity/test_openid.py": "how long a signed word of a provider is good",
    "tests/connectors/payment_providers/test_stripe_checkout.py": "signatures, and when a provider's page expires",
    "tests/simulator/offices/test_creditor_system.py": "signatures",
    "tests/web/door.py": "signatures",
    "tests/web/api/test_payments.py": "signatures",
    "tests/web/webhooks/test_sendgrid.py": "signatures",
    "tests/web/webhooks/test_collection_partner.py": "signatures",
    "tests/activities/jobs/test_partners.py": "pauses before a request to a partner is posted again",
    "tests/web/webhooks/test_stripe.py": "signatures",
    "tests/facts/test_outbox.py": "pauses before news is told again",
    "tests/facts/webhooks/test_outgoing.py": "pauses before a webhook is tried again",
    "tests/relays/test_outbox_relay.py": "pauses before news is told again",
    "tests/relays/test_webhook_sender.py": "pauses before a webhook is tried again",
}
"""The files and folders that may ask the wall, and what for."""

WALL = {"datetime": {"now", "utcnow", "today"}, "date": {"today"}, "time": {"time", "time_ns", "localtime", "gmtime"}}
IN_SQL = re.compile(
    r"\b(?:now|(?:clock|statement|transaction)_timestamp)\(\)|\b(?:current_(?:date|time(?:stamp)?)|localtime(?:stamp)?)\b",
    re.I,
)


def asked(root: Path, may: Collection[str] = MAY.keys(), rooms: Iterable[str] = (*ROOMS, "tests")) -> list[Found]:
    """Every place in these rooms under a project's root that asks the wall and may not, in the order of files."""

    def check(file: Path, source: ast.AST) -> Iterator[tuple[int, str]]:
        if not any(file.is_relative_to(place) for place in may):
            for line, what in _asked(source):
                yield line, f"{what} asks the wall: ask clock.now, in a test its world, case or BEGIN"

    return found(root, rooms, check)


def _asked(source: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in WALL.get(node.value.id, ()):
                yield node.lineno, f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and (named := IN_SQL.search(node.value)):
            yield node.lineno, f"`{named[0]}`"


if __name__ == "__main__":
    tell(asked(ROOT))
