"""A policy reads like a plan, and what is wrong with it is found when it is loaded."""

from datetime import date, time, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.files import read_laws
from domain.agreements.instalments import PlanRules
from domain.agreements.pauses import PauseRules
from domain.agreements.promises import PromiseRules
from domain.parties.replies import Meaning
from domain.policy.loader import PolicyError, Problem, load_policy
from domain.policy.policy import COMPENSATION, Anchor, AnchorBase, ContactCap, Fee, Policy, StepKind, When
from domain.vocabulary import Channel

CONFIG = Path(__file__).resolve().parents[3] / "config"
LAWS = read_laws(CONFIG / "countries")
NORWAY = LAWS["NO"]
SHIPPED = {path.name: path.read_text(encoding="utf-8") for path in sorted(CONFIG.glob("policies/*.yaml"))}
GENTLE, STANDARD = SHIPPED["no-gentle.yaml"], SHIPPED["no-standard.yaml"]
BUSINESS, SERVICE = SHIPPED["no-business.yaml"], SHIPPED["no-service.yaml"]
FOR_ANYBODY = ("no-minimal-cost", "no-standard")
OF = {"no": ("NO", "NOK"), "se": ("SE", "SEK"), "fi": ("FI", "EUR")}
TODAY = date(2026, 11, 22)

SMALL = """\
name: small
country: NO
steps:
  - id: reminder
    at: due date + 14 days
    fee: statutory
    send: [letter]
    alert: [sms]
    deadline: 14 days
  - id: collection-notice
    at: reminder deadline + 5 banking days
    kind: collection notice
    fee: 38 NOK
    send: [letter, email]
    deadline: 14 days
  - id: hand-off
    at: collection-notice deadline + 3 banking days
    action: collection
    approval: required
"""


def load(text: str, on: date = TODAY) -> Policy:
    return load_policy(text, "no-test.yaml", LAWS, on=on)


def problems(text: str) -> str:
    with pytest.raises(PolicyError) as error:
        load(text)
    return str(error.value)


def load_or_problems(text: str) -> Policy | list[Problem]:
    """The policy, or what is wrong with it; any other error is a failure."""
    try:
        return load(text)
    except PolicyError as error:
        return error.problems


def changed(old: str, new: str, text: str = SMALL) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_policy_is_lawful_and_named_like_its_file(name: str) -> None:
    policy = load(SHIPPED[name])
    assert f"{policy.name}.yaml" == name
    assert (policy.country, policy.currency) == OF[name[:2]]
    kind = "business" if policy.name.endswith("-business") else "consumer"
    assert policy.debtor == ("any" if policy.name in FOR_ANYBODY else kind)
    assert policy.steps[-1].kind is StepKind.HAND_OFF
    assert policy.text_hash == sha256(SHIPPED[name].encode()).hexdigest()


def test_the_gentle_policy_is_read_as_written() -> None:
    policy = load(GENTLE)
    invoice, due, reminder, call, notice, hand_off = policy.steps
    assert (policy.ignore_balance_below, policy.tolerance) == (50, 50)
    assert policy.min_gap_days == 5
    assert policy.contact_cap == (ContactCap(count=3, days=7),)
    assert policy.index["call"] == 3
    assert invoice.at == Anchor(AnchorBase.ISSUE_DATE)
    assert invoice.channels == (Channel.EMAIL, Channel.SMS, Channel.LETTER)
    assert (invoice.chain, invoice.message, invoice.read_within) == (True, "invoice", timedelta(days=2))
    assert due.at == Anchor(AnchorBase.DUE_DATE, clock=time(9))
    assert (due.tone, due.not_after_days) == ("kind", 1)
    assert reminder.at == Anchor(AnchorBase.DUE_DATE, days=14)
    assert (reminder.fee, reminder.deadline_days, reminder.not_after_days) == (Fee("none"), 14, None)
    assert call.at == Anchor(AnchorBase.STEP_DEADLINE, step="reminder", days=2, banking=True)
    assert (call.kind, call.channels, call.balance_at_least) == (
        StepKind.CALL,
        (Channel.PHONE,),
        Decimal(5000),
    )
    assert (notice.kind, notice.message, notice.tone) == (
        StepKind.COLLECTION_NOTICE,
        "collection-notice",
        "neutral",
    )
    assert (notice.chain, notice.channels) == (False, (Channel.LETTER,))
    assert notice.alert == (Channel.SMS, Channel.EMAIL)
    assert (hand_off.kind, hand_off.approval) == (StepKind.HAND_OFF, True)


def test_a_policy_may_tolerate_more_or_less_than_the_balance_it_ignores() -> None:
    for written, tolerated in (("0 NOK", 0), ("10 NOK", 10)):
        policy = load(
            GENTLE.replace("ignore_balance_below: 50 NOK", f"ignore_balance_below: 50 NOK\ntolerance: {written}")
        )
        assert (policy.ignore_balance_below, policy.tolerance) == (50, tolerated)


def test_a_reminder_is_assumed_sent_and_a_notice_goes_out_again() -> None:
    assert {step.id: step.on_ambiguous for step in load(SMALL).steps[:2]} == {
        "reminder": "assume sent",
        "collection-notice": "send again",
    }


def test_the_rest_of_the_language_is_read() -> None:
    rest = """\
min_gap: 4 days
contact_cap: 1 in 1 day, 2 in 10 days
spread: 90 minutes
merge_within: 2 days
shadow: true
steps:
  - id: soft
    at: due date - 3 days 10:30
    message: reminder
    tone: firm
    reach: [direct message, sms]
    read_within: 36 h
    sms_read: delivered + 24 h
    on_ambiguous: send again
    deadline: 7 days
    not later than: 2 days"""
    policy = load(changed("steps:", rest))
    soft = policy.steps[0]
    assert (policy.min_gap_days, policy.merge_within_days, policy.shadow) == (4, 2, True)
    assert (policy.contact_cap, policy.spread) == ((ContactCap(1, 1), ContactCap(2, 10)), timedelta(minutes=90))
    assert soft.at == Anchor(AnchorBase.DUE_DATE, days=-3, clock=time(10, 30))
    assert soft.channels == (Channel.DIRECT_MESSAGE, Channel.SMS)
    assert (soft.read_within, soft.sms_delivered_counts_after) == (timedelta(hours=36), timedelta(hours=24))
    assert (soft.message, soft.tone, soft.on_ambiguous, soft.not_after_days) == (
        "reminder",
        "firm",
        "send again",
        2,
    )


def test_interest_promises_and_plans_are_read_as_written() -> None:
    policy = load(BUSINESS)
    assert policy.interest == "statutory"
    assert policy.promises == PromiseRules(most=2, within_days=14)
    assert policy.plans == PlanRules(smallest=Decimal(2000), most_months=6, first_within_days=30, interest="statutory")
    assert policy.steps[policy.index["reminder"]].fee == COMPENSATION


def test_a_policy_that_says_nothing_of_them_claims_no_interest_and_offers_the_usual() -> None:
    policy = load(SMALL)
    assert (policy.interest, policy.promises, policy.plans) == ("none", PromiseRules(), PlanRules())
    some = load(changed("steps:", "promises: {within: 7 days}\nplans: {smallest: 250 NOK}\nsteps:"))
    assert some.promises == PromiseRules(within_days=7)
    assert some.plans == PlanRules(smallest=Decimal(250))


def test_whose_income_is_asked_and_which_dates_may_be_moved_are_read_as_written() -> None:
    some = load(changed("steps:", "plans: {ask_above: 25000 NOK, moves: 0, move_within: 10 days}\nsteps:")).plans
    assert some == PlanRules(ask_above=Decimal(25000), moves=0, move_within_days=10)
    assert load(changed("steps:", "plans: {ask_above: 0 NOK}\nsteps:")).plans.ask_above == 0  # of everybody


def test_pauses_by_reason_are_read_as_written() -> None:
    some = load(changed("steps:", "pauses: {most: 1, travelling: 30 days}\nsteps:")).pauses
    assert (some.most, some.days[Meaning.TRAVELLING], some.days[Meaning.NOT_RECEIVED]) == (1, 30, 14)
    assert load(changed("steps:", "steps:")).pauses == PauseRules()


def test_promises_plans_and_pauses_can_be_switched_off() -> None:
    text = SMALL[: SMALL.index("  - id: hand-off")]  # nothing is handed off where nothing can be paid in parts
    policy = load(changed("steps:", "promises: none\nplans: none\npauses: none\nsteps:", text))
    assert (policy.promises.most, policy.plans.most_months, policy.pauses.most) == (0, 0, 0)


def test_a_block_is_a_step_without_message_or_channel() -> None:
    policy = load(SERVICE)
    block = policy.steps[policy.index["block"]]
    assert (block.kind, block.message, block.channels) == (StepKind.BLOCK, "", ())
    assert block.balance_at_least == Decimal(300)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("deadline: 28 days", "deadline: 27 days", "a block warning gives at least 28 days"),
        ("    deadline: 28 days\n", "", "a block warning gives at least 28 days — write `deadline: 28 days`"),
        ("message: block-warning", "message: reminder", "a service is blocked only after a block warning"),
        ("send: [letter]\n    alert: [email, sms]\n    deadline: 28", "send: [sms]\n    deadline: 28", "go by letter"),
        ("deadline: 28 days", "deadline: 28 days\n    fee: statutory", "a message `block-warning` bears no fee"),
        ("block-warning deadline + 5 banking days", "block-warning + 60 days", "until the deadline of `block-warning`"),
        ("block-warning deadline + 5 banking days", "block-warning deadline", "until the deadline of `block-warning`"),
        ("block-warning deadline + 5 banking days", "block-warning + 5 days", "inside the deadline"),
        ("    action: block service", "    action: block service\n    send: [letter]", "a block step has no `send`"),
        ("action: block service", "action: block servise", "did you mean `block service`?"),
    ],
)
def test_a_block_without_the_countrys_warning_is_refused(old: str, new: str, words: str) -> None:
    assert words in problems(changed(old, new, SERVICE))


def test_a_business_is_warned_for_the_shorter_time_of_the_law() -> None:
    shorter = changed("deadline: 28 days", "deadline: 14 days", SERVICE)
    assert load(changed("debtor: consumer", "debtor: business", shorter)).index["block"]
    assert "a block warning gives at least 28 days" in problems(changed("debtor: consumer", "debtor: any", shorter))


@pytest.mark.parametrize("debtor", ["consumer", "any"])
def test_compensation_is_refused_where_a_consumer_might_pay_it(debtor: str) -> None:
    free = changed("interest: statutory}", "interest: free}", BUSINESS)
    found = problems(changed("debtor: business", f"debtor: {debtor}", free))
    line = BUSINESS[: BUSINESS.index("fee: compensation")].count("\n") + 1
    assert found == (
        f"no-test.yaml:{line}: only a business pays compensation"
        " — write `fee: statutory`, or `for: {debtor: business}` at the top"
    )


def test_no_fee_follows_the_compensation() -> None:
    more = changed("kind: collection notice", "kind: collection notice\n    fee: statutory", BUSINESS)
    assert "the compensation above takes the place of every later fee — write `fee: none`" in problems(more)
    early = changed("at: friendly-reminder deadline + 2 banking days", "at: due date + 13 days", BUSINESS)
    assert "a fee earlier than 14 days after the due date" in problems(early)


REFUSED = [
    # words
    ("    at: due date + 14 days", "    att: due date + 14 days", 5, "did you mean `at`?"),
    ("name: small", "name: small\nname: big", 2, "`name` is written twice"),
    ("country: NO", "country: NOR", 2, "did you mean `NO`?"),
    ("send: [letter]", "send: [leter]", 7, "did you mean `letter`?"),
    ("send: [letter]", "send: [letter, letter]", 7, "`letter` is written twice"),
    ("send: [letter]", "send: [letter, phone]", 7, "`channel: phone`"),
    ("send: [letter]", "send: []", 7, "a list that is not empty"),
    ("alert: [sms]", "reach: [letter]", 4, "either `reach` or `send`"),
    ("alert: [sms]", "alert: [letter]", 8, "it cannot be a letter"),
    ("alert: [sms]", "alert: [sms]\n    read_within: 2 days", 9, "`send` waits for no read"),
    ("id: collection-notice", "id: reminder", 10, "step `reminder` is written twice"),
    ("    at: due date + 14 days\n", "", 4, "lacks `at`"),
    ("approval: required", "approval: no", 19, "write one of: required"),
    ("deadline: 14 days", "deadline: -14 days", 9, "`deadline` cannot be `-14 days`"),
    ("steps:", "min_gap: -5 days\nsteps:", 3, "`min_gap` cannot be `-5 days`"),
    ("fee: 38 NOK", "fee: 38 SEK", 13, "write `38 NOK`"),
    ("fee: 38 NOK", "fee: high", 13, "none, statutory, compensation or 35 NOK"),
    ("steps:", "interest: high\nsteps:", 3, "write one of: none, statutory"),
    ("steps:", "promises: {most: 0}\nsteps:", 3, "`most` cannot be `0`"),
    ("steps:", "promises: often\nsteps:", 3, "write `most: …`, `within: …`"),
    ("steps:", "plans: {smallest: 500 SEK}\nsteps:", 3, "write `500 NOK`"),
    ("steps:", "plans: {biggest: 500 NOK}\nsteps:", 3, "plans has no word `biggest`"),
    ("steps:", "plans: {interest: none}\nsteps:", 3, "write one of: free, statutory"),
    ("steps:", "plans: {ask_above: much}\nsteps:", 3, "write it like 10000 NOK"),
    ("steps:", "plans: {moves: often}\nsteps:", 3, "write it like 2, or 0 for none"),
    ("steps:", "plans: {move_within: 0 days}\nsteps:", 3, "write it like 14 days"),
    ("kind: collection notice", "kind: collection notice\n    tone: firm", 13, "one tone"),
    ("alert: [sms]", "message: collection-notice", 8, "write `kind: collection notice`"),
    ("send: [letter]", "reach: [letter, email]", 7, "add `read_within: 2 days`"),
    ("deadline: 14 days", "deadline: 14 days\n    tries: 3", 10, "a message step has no `tries`"),
    ("deadline: 14 days", "deadline: 14 days\n    by: own", 10, "a message step has no `by`"),
    # anchors
    ("reminder deadline +", "remindr deadline +", 11, "did you mean `reminder`?"),
    ("due date + 14 days", "reminder + 14 days", 5, "waits for itself"),
    ("due date + 14 days", "hand-off + 14 days", 5, "waits for the later step `hand-off`"),
    ("due date + 14 days", "due date plus 14 days", 5, "`due date + 14 days`"),
    ("due date + 14 days", "due date + 14 days 22:00", 5, "22:00 is outside the contact hours"),
    ("due date + 14 days", "due date + 14 days 25:00", 5, "`at` cannot be"),
    # the law: fees
    ("fee: 38 NOK", "fee: 38.01 NOK", 13, "above the country's maximum of 38 NOK"),
    ("due date + 14 days", "due date + 13 days", 5, "a fee earlier than 14 days after the due date"),
    ("due date + 14 days", "issue date + 60 days", 5, "a fee earlier than 14 days after the due date"),
    (
        "deadline: 14 days",
        "deadline: 13 days",
        13,
        "a second fee needs a missed deadline of at least 14 days",
    ),
    ("reminder deadline + 5 banking days", "due date + 60 days", 11, "`reminder deadline + 5 banking days`"),
    ("reminder deadline + 5 banking days", "reminder deadline", 11, "only after the deadline of `reminder`"),
    (
        "send: [letter]",
        "send: [letter, sms]",
        7,
        "a message with a fee cannot go by sms — use `alert: [sms]`",
    ),
    ("send: [letter]", "send: [email]", 7, "must be able to go by letter"),
    # the law: notices
    ("send: [letter, email]", "reach: [letter, email]", 14, "never the fallback"),
    (
        "send: [letter, email]\n    deadline: 14 days",
        "send: [letter]\n    deadline: 13 days",
        15,
        "at least 14 days",
    ),
    (
        "reminder deadline + 5 banking days",
        "due date + 20 days",
        11,
        "inside the deadline that `reminder` gives",
    ),
    # the hand-off
    ("    approval: required\n", "", 16, "add `approval: required`"),
    ("collection-notice deadline + 3 banking days", "collection-notice + 30 days", 17, "until the deadline"),
    ("collection-notice deadline + 3 banking days", "collection-notice deadline", 17, "until the deadline"),
    ("collection-notice deadline + 3 banking", "collection-notice deadline + 180", 17, "older than 6 months"),
    (
        "kind: collection notice\n",
        "kind: collection notice\n    when: {balance_at_least: 500 NOK}\n",
        17,
        "under 500",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), REFUSED, ids=[new.strip() or old for old, new, *_ in REFUSED])
def test_a_wrong_policy_names_the_line_and_what_to_write(old: str, new: str, line: int, words: str) -> None:
    found = problems(changed(old, new)).splitlines()
    assert any(text.startswith(f"no-test.yaml:{line}: ") and words in text for text in found), found


def test_a_problem_reads_as_file_line_what_and_instead() -> None:
    assert problems(changed("fee: 38 NOK", "fee: 40 NOK")) == (
        "no-test.yaml:13: a fee of 40 is above the country's maximum of 38 NOK"
        " — write `fee: statutory` or at most `38 NOK`"
    )


def test_the_largest_fee_is_that_of_the_day() -> None:
    with pytest.raises(PolicyError, match="maximum of 35 NOK"):
        load(SMALL, on=date(2025, 12, 31))


def test_a_policy_with_an_amount_still_loads_on_a_day_whose_half_year_has_no_row() -> None:
    assert load(SMALL, on=date(2027, 1, 1)).steps


def test_all_problems_are_found_at_once() -> None:
    text = changed("fee: 38 NOK", "fee: 99 NOK", changed("alert: [sms]", "alert: [telegram]"))
    found = problems(changed("    approval: required\n", "", text)).splitlines()
    assert [line.split(":")[1] for line in found] == ["8", "13", "16", "16"]


def test_a_third_fee_is_refused() -> None:
    third = """\
  - id: reminder-2
    at: reminder deadline + 5 banking days
    fee: statutory
    send: [letter]
    deadline: 14 days
  - id: collection-notice
    at: reminder-2 deadline + 5 banking days
"""
    old = "  - id: collection-notice\n    at: reminder deadline + 5 banking days\n"
    assert "more than 2 fees for one claim are unlawful" in problems(changed(old, third))


def test_an_invoice_or_a_due_date_reminder_bears_no_fee() -> None:
    assert "a message `due-date-reminder` bears no fee" in problems(changed("tone: kind", "fee: statutory", STANDARD))


def test_a_notice_needs_a_deadline_a_letter_and_a_past_due_date() -> None:
    notice = "    kind: collection notice\n    fee: 38 NOK\n    send: [letter, email]\n    deadline: 14 days\n"
    bare = "    kind: collection notice\n    send: [sms]\n"
    found = problems(changed(notice, bare, changed("reminder deadline + 5 banking days", "due date")))
    assert "a collection notice cannot go by sms — use `alert: [sms]` instead" in found
    assert "a collection notice must be able to go by letter — add letter" in found
    assert "a collection notice without a deadline is unlawful" in found
    assert "a collection notice is lawful only after the due date" in found


def test_a_hand_off_needs_a_notice() -> None:
    start, end = SMALL.index("  - id: collection-notice"), SMALL.index("  - id: hand-off")
    text = SMALL[:start] + SMALL[end:].replace("collection-notice deadline", "reminder deadline")
    assert "a hand-off without a collection notice before it is unlawful" in problems(text)


def test_a_hand_off_may_follow_a_call_that_follows_the_notice() -> None:
    at = "collection-notice deadline + 2 banking days"
    text = changed("  - id: hand-off", f"  - id: last-call\n    at: {at}\n    channel: phone\n  - id: hand-off")
    assert load(changed("collection-notice deadline + 3 banking days", "last-call + 2 banking days", text)).index


def test_a_step_that_cannot_be_reached_is_refused() -> None:
    after = "  - id: late\n    at: due date + 90 days\n    reach: [email]\n"
    assert "nothing follows the hand-off `hand-off`" in problems(SMALL + after)
    before = "steps:\n  - id: early\n    at: issue date - 1 day\n    reach: [email]\n"
    assert "no invoice before its issue date" in problems(changed("steps:", before.rstrip()))
    above = "  - id: nudge\n    at: due date + 10 days\n    reach: [email]\n  - id: collection-notice\n"
    assert "`nudge` is always planned before `reminder`" in problems(changed("  - id: collection-notice\n", above))


def test_a_call_inside_a_deadline_is_refused() -> None:
    call = "  - id: call\n    at: reminder + 7 days\n    channel: phone\n  - id: collection-notice\n"
    found = problems(changed("  - id: collection-notice\n", call))
    assert "`call` can fall inside the deadline that `reminder` gives" in found


def nudged(nudge: str, reminder: str) -> str:
    """The small plan with a nudge before its reminder, which then begins elsewhere."""
    text = changed("  - id: reminder\n", f"  - {{id: nudge, {nudge}}}\n  - id: reminder\n")
    return text.replace("at: due date + 14 days", f"at: {reminder}")


BY_EMAIL = "at: due date + 6 days, message: reminder, reach: [email]"


@pytest.mark.parametrize(
    ("nudge", "why"),
    [
        ("at: due date + 4 days, reach: [email, sms], read_within: 4 days, deadline: 5 days", "its SMS comes later"),
        ("at: due date + 6 days, reach: [email], deadline: 7 days", "a weekend moves its end"),
        ("at: due date + 1 day, reach: [email, letter], read_within: 1 day, deadline: 7 days", "a letter takes time"),
        (BY_EMAIL, "every reminder prints two weeks"),
    ],
)
def test_a_step_that_may_come_before_a_printed_deadline_is_over_is_refused(nudge: str, why: str) -> None:
    found = problems(nudged(nudge, "due date + 14 days"))
    assert "`reminder` can fall inside the deadline that `nudge` gives" in found, why
    assert "write `nudge deadline + 2 banking days`" in found
    assert ("add `deadline: 14 days` to it" in found) == (nudge == BY_EMAIL)
    with_a_deadline = nudge if "deadline" in nudge else f"{nudge}, deadline: 14 days"
    assert load(nudged(with_a_deadline, "nudge deadline + 8 banking days")).index


def test_a_kind_free_reminder_may_come_inside_a_deadline() -> None:
    letter = (
        "at: due date + 1 day, reach: [letter], deadline: 9 days}\n  - {id: word, at: due date + 5 days, reach: [sms]"
    )
    assert load(nudged(f"{letter}, deadline: 3 days", "nudge deadline + 8 banking days")).index


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("- a\n- b\n", "a policy must be keys with values"),
        ("name: [", "not readable"),
        ('name: "\\UFFFFFFFF"', "not readable"),
        ("name: a\x00b", "not readable"),
        ("a: &a [x, x]\nb: [*a, *a]\n", "anchors (&), aliases (*) and tags (!) are not read"),
        ("name: !!python/object:os.system x\n", "anchors (&), aliases (*) and tags (!) are not read"),
        ("[" * 1000, "nested too deeply"),
        ("#" * 70_000, "larger than 64 KB"),
        ("name: x\n---\nname: y\n", "not readable"),
        (changed("steps:", "steps: # " + "\n").split("  - id")[0], "a single value|must be a list"),
        (changed("  - id: reminder", "  - plain\n  - id: reminder"), "a step must be keys with values"),
    ],
)
def test_what_is_no_policy_at_all_is_refused_with_words(text: str, words: str) -> None:
    found = problems(text)
    assert any(word in found for word in words.split("|")), found


WORDS = sorted({word for text in SHIPPED.values() for word in text.split()} | {"&a", "*a", "!x", "- ", "{", "]", "999"})


@st.composite
def mutated_policies(draw: st.DrawFn) -> str:
    lines = draw(st.sampled_from([SMALL, GENTLE, STANDARD, BUSINESS, SERVICE])).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        change = draw(st.sampled_from(["drop", "repeat", "swap word", "swap lines", "insert", "cut"]))
        if change == "drop" and len(lines) > 1:
            del lines[at]
        elif change == "repeat":
            lines.insert(at, lines[at])
        elif change == "swap word":
            words = lines[at].split(" ")
            words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(WORDS))
            lines[at] = " ".join(words)
        elif change == "swap lines":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        elif change == "insert":
            lines[at] += draw(st.text(max_size=6))
        else:
            lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
    return "\n".join(lines)


@settings(max_examples=200, deadline=None)
@given(mutated_policies())
def test_a_damaged_policy_loads_or_is_refused_with_a_place_and_nothing_else(text: str) -> None:
    loaded = load_or_problems(text)
    if isinstance(loaded, Policy):
        assert_lawful(loaded)
    else:
        assert loaded
        assert all(problem.line >= 1 and problem.what and problem.instead for problem in loaded)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_refused_with_a_place_and_nothing_else(text: str) -> None:
    assert problems(text).startswith("no-test.yaml:")


# --- the last resort ----------------------------------------------------------------------------------------------

RESORT = """
name: resort
country: NO
steps:
  - id: invoice
    at: issue date
    reach: [email, sms, letter]
    read_within: 2 days
  - id: reminder
    at: due date + 14 days
    send: [letter]
    deadline: 14 days
  - id: termination-warning
    at: reminder deadline + 3 banking days
    message: termination-warning
    send: [letter]
    deadline: 28 days
  - id: end
    at: termination-warning deadline + 3 banking days
    action: terminate service
    approval: required
  - id: collection-notice
    at: termination-warning deadline + 5 banking days
    kind: collection notice
    send: [letter]
    alert: [sms]
    deadline: 14 days
  - id: hand-off
    at: collection-notice deadline + 3 banking days
    action: collection
    approval: required
"""
CALLED = "  - id: call\n    at: reminder deadline + 1 day\n    channel: phone\n  - id: termination-warning"
NOT_ALL = CALLED.replace("channel: phone", "channel: phone\n    when: {balance_at_least: 5000 NOK}")
BOTH = ("a termination comes only after", "a hand-off comes only after")


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        (
            "send: [letter]\n    deadline: 14 days\n  - id: termination",
            "send: [letter]\n    deadline: 14 days\n  - id: termination",
            BOTH,
        ),
        ("  - id: termination-warning", CALLED, ()),
        ("  - id: termination-warning", NOT_ALL, BOTH),
        ("    send: [letter]\n    deadline: 14", "    send: [letter]\n    alert: [sms]\n    deadline: 14", ()),
        ("    send: [letter]\n    deadline: 14", "    send: [letter, email]\n    deadline: 14", ()),
        ("    send: [letter]\n    deadline: 28", "    send: [letter]\n    alert: [email]\n    deadline: 28", ()),
    ],
)
def test_a_termination_and_a_hand_off_come_after_a_call_or_words_that_can_be_answered(
    old: str, new: str, refused: tuple[str, ...]
) -> None:
    text = changed(old, new, RESORT)
    if refused:
        found = problems(text)
        assert all(
            f"{what} a call, or a message that can be answered: it is the last resort" in found for what in refused
        )
    else:
        assert load(text).steps[-1].kind is StepKind.HAND_OFF
    assert load_policy(text, "stored", {"NO": NORWAY}, on=None).steps[-1].kind is StepKind.HAND_OFF


def test_a_termination_and_a_hand_off_come_after_a_plan_was_offered() -> None:
    text = changed("  - id: termination-warning", CALLED, RESORT)
    found = problems(changed("country: NO\n", "country: NO\nplans: none\n", text))
    assert all(f"{what} the debtor could pay in parts: it is the last resort" in found for what in BOTH)
    assert "leave `plans: none` out" in found


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "    action: terminate service\n    approval: required",
            "    action: terminate service",
            "a termination is approved by a person",
        ),
        ("deadline: 28 days", "deadline: 27 days", "a termination warning gives at least 28 days"),
        (
            "    send: [letter]\n    deadline: 28",
            "    send: [sms]\n    deadline: 28",
            "a termination warning cannot go by sms",
        ),
        (
            "message: termination-warning",
            "message: block-warning",
            "a service is ended only after a termination warning",
        ),
        (
            "at: termination-warning deadline + 3 banking days",
            "at: termination-warning + 20 days",
            "the termination waits until the deadline",
        ),
        ("action: terminate service", "action: terminate servise", "did you mean `terminate service`?"),
    ],
)
def test_a_service_is_ended_after_a_warning_of_its_own_with_all_its_days_and_by_a_person(
    old: str, new: str, problem: str
) -> None:
    assert problem in problems(changed(old, new, changed("  - id: termination-warning", CALLED, RESORT)))


def test_a_policy_says_what_its_service_is() -> None:
    text = changed("  - id: termination-warning", CALLED, RESORT)
    assert load(text).trade is None
    assert load(changed("country: NO\n", "country: NO\ntrade: telecom\n", text)).trade == "telecom"
    assert "did you mean `telecom`?" in problems(changed("country: NO\n", "country: NO\ntrade: telekom\n", text))


def assert_lawful(policy: Policy) -> None:
    """What holds for every policy that loads, whatever was done to its text."""
    fees = [step for step in policy.steps if step.fee.kind != "none"]
    assert len(fees) <= 2
    assert all(step.fee.amount is None or step.fee.amount <= 38 for step in fees)
    paid_by_businesses = [step for step in fees if step.fee == COMPENSATION]
    assert not paid_by_businesses or (policy.debtor == "business" and paid_by_businesses == fees[-1:])
    for step in policy.steps:
        if step.kind in (StepKind.HAND_OFF, StepKind.TERMINATE):
            assert step.approval
            assert policy.plans.most_months
        if step.kind is StepKind.BLOCK:
            days = NORWAY.service_notice_days(policy.debtor, TODAY, policy.trade)
            assert any(
                other.message == "block-warning" and (other.deadline_days or 0) >= days
                for other in policy.steps[: policy.index[step.id]]
            )
        if step.kind is StepKind.COLLECTION_NOTICE or step in fees:
            assert Channel.LETTER in step.channels
            assert set(step.channels) <= {Channel.LETTER, Channel.EMAIL}
        if step.kind is StepKind.COLLECTION_NOTICE:
            assert (step.deadline_days or 0) >= 14
        if step.kind is StepKind.HAND_OFF:
            earlier = policy.steps[: policy.index[step.id]]
            assert step.approval
            assert step is policy.steps[-1]
            assert any(other.kind is StepKind.COLLECTION_NOTICE for other in earlier)


def test_the_invoice_goes_with_messages_whose_channel_takes_files() -> None:
    assert [step.attach_invoice for step in load(SMALL).steps] == [False, False, False]
    with_notice = changed("    send: [letter, email]\n", "    send: [letter, email]\n    attach: invoice\n")
    assert load(with_notice).steps[1].attach_invoice
    by_sms = problems(changed("    send: [letter]\n", "    send: [sms]\n    attach: invoice\n"))
    assert "no channel of the step takes the invoice's PDF" in by_sms
    assert "leave `attach` out, or add email or letter" in by_sms
    assert "write one of: invoice" in problems(with_notice.replace("attach: invoice", "attach: everything"))


@pytest.mark.parametrize(
    ("written", "agency"),
    [("by: own", None), ("by: agency Ring AS", "Ring AS"), ("tries: 2", None)],
)
def test_a_call_step_says_who_calls(written: str, agency: str | None) -> None:
    policy = load(GENTLE.replace("channel: phone", f"channel: phone\n    {written}"))
    assert next(step for step in policy.steps if step.kind is StepKind.CALL).agency == agency


@pytest.mark.parametrize("written", ["by: Ring AS", "by: agency", "by: agency ", "by: agency Ring: AS", "by: [own]"])
def test_nobody_else_calls(written: str) -> None:
    with pytest.raises(PolicyError):
        load(GENTLE.replace("channel: phone", f"channel: phone\n    {written}"))


# --- for whom a step is ----------------------------------------------------------------------------------------

WHEN = "when: {segment: valued late payers, payment_method: invoice, customer_for: 24 months, chance_below: 40 %,"
WHEN += " margin_at_least: 200 NOK, balance_at_least: 500 NOK}"
NUDGED = SMALL.replace(
    "  - id: collection-notice",
    f"""\
  - id: nudge
    at: due date + 20 days
    message: reminder
    reach: [sms]
    {WHEN}
  - id: collection-notice""",
)


def nudged_if(when: str) -> str:
    return NUDGED.replace(WHEN, f"when: {{{when}}}")


def test_a_step_says_for_whom_it_is_and_stands_beside_the_plan() -> None:
    plan = load(NUDGED)
    step = plan.optional["nudge"]
    assert step.when == When("valued late payers", "invoice", 24, Decimal("0.4"), Decimal(200))
    assert step.balance_at_least == Decimal(500)
    assert [each.id for each in plan.fixed.steps] == ["reminder", "collection-notice", "hand-off"]
    assert load(SMALL).fixed.optional == {}


def test_a_large_balance_alone_makes_a_step_optional_for_nobody() -> None:
    call = "  - {id: call, at: reminder deadline + 2 banking days, channel: phone, when: {balance_at_least: 500 NOK}}\n"
    plan = load(SMALL.replace("  - id: collection-notice", f"{call}  - id: collection-notice"))
    assert plan.fixed is plan


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("chance_below: 0 %", "`chance_below` cannot be `0 %` — write it like 40 %"),
        ("chance_below: 101 %", "`chance_below` cannot be `101 %` — write it like 40 %"),
        ("chance_below: 0.4", "`chance_below` cannot be `0.4` — write it like 40 %"),
        ("customer_for: 2 years", "`customer_for` cannot be `2 years` — write it like 24 months"),
        ("margin_at_least: 200 SEK", "`margin_at_least` is in SEK, the country's money is NOK — write `200 NOK`"),
        ("chance_beneath: 40 %", "when has no word `chance_beneath` — did you mean `chance_below`?"),
        ("segment: ''", "segment must be a single value — write `segment: …`"),
        ("", "`when` says for whom the step is, and says nothing — leave `when` out, or write `when: {balance_at_l"),
    ],
)
def test_what_cannot_be_asked_of_a_debtor_is_named(when: str, said: str) -> None:
    assert f"no-test.yaml:14: {said}" in problems(nudged_if(when))


WHO = "    when: {chance_below: 40 %}\n"


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("    kind: collection notice\n", "it is a collection notice"),
        ("    action: collection\n", "it is a hand-off"),
        ("    fee: statutory\n", "it bears a fee"),
    ],
)
def test_nothing_hard_hangs_on_who_somebody_is(before: str, why: str) -> None:
    said = problems(SMALL.replace(before, WHO + before))
    assert f"{why}: who the debtor is, or is guessed to be, decides nothing about it — leave `when` out" in said


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("{id: block-warning, at: due date + 20 days, send: [letter], deadline: 28 days", "it is a block warning"),
        ("{id: invoice, at: issue date, reach: [email]", "it brings the invoice itself"),
        ("{id: block, at: due date + 20 days, action: block service", "it is a block"),
    ],
)
def test_a_warning_a_block_and_the_invoice_are_for_everybody(step: str, why: str) -> None:
    text = SMALL.replace("  - id: collection-notice", f"  - {step}, when: {{segment: x}}}}\n  - id: collection-notice")
    assert f"{why}: who the debtor is, or is guessed to be, decides nothing about it" in problems(text)


def test_nothing_hard_counts_from_a_step_that_may_be_left_out_directly_or_through_others() -> None:
    through = """\
  - id: nudge
    at: due date + 16 days
    message: reminder
    reach: [sms]
    deadline: 14 days
    when: {chance_below: 40 %}
  - id: second
    at: nudge deadline + 2 banking days
    message: reminder
    reach: [email]
    deadline: 14 days
  - id: collection-notice
    at: second deadline + 5 banking days"""
    text = SMALL.replace("  - id: collection-notice\n    at: reminder deadline + 5 banking days", through)
    said = problems(text)
    for hard, what in (("collection-notice", "it is a collection notice"), ("hand-off", "it is a hand-off")):
        assert (
            f"no-test.yaml:15: `{hard}` counts from this step, and {what}: it comes at the same time for everybody — "
            f"let `{hard}` count from `due date` or a step without this `when`, or leave `when` out here"
        ) in said
    assert "`second` counts from" not in said


def test_a_call_for_some_is_no_call_before_the_last_resort() -> None:
    letters = SMALL.replace("    alert: [sms]\n", "")
    call, notice = "  - {id: call, at: reminder deadline + 2 banking days, channel: phone", "  - id: collection-notice"
    assert "comes only after a call" in problems(letters.replace(notice, f"{call}, when: {{segment: x}}}}\n{notice}"))
    load(letters.replace(notice, f"{call}}}\n{notice}"))


def test_a_text_of_before_is_read_as_ever() -> None:
    empty = load_policy(nudged_if(""), "no-test.yaml", LAWS, on=None)  # a running case keeps what was allowed once
    assert empty.optional == {}
    assert load(SMALL).text_hash == sha256(SMALL.encode()).hexdigest()
