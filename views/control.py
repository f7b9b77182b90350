"""What operations look at every morning: what waits, is late or stands still, the longest waiting first. Empty is good news.

Each check is one statement that finds its rows by what is so of them, and names no more than a thousand. Nobody's name and
nobody's words are told: it goes by mail, and where it is read over shoulders.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.comparison import in_words as in_both
from domain.countries.calendar import add_months
from domain.countries.law import Law, missing_soon
from domain.desk.reach import Reach
from domain.moment import moment_in
from domain.planner.gates import BANK_DATA_MAX_AGE_BANKING_DAYS
from facts import outbox
from facts.clock import is_live
from facts.operations import other_process, outages, ramps, running, stops
from facts.parties.creditors import countries_in_use
from facts.prediction import versions
from facts.prediction.experiment_looks import StoppedByItself, stopped_by_itself
from facts.ramp import outside_ramp
from views.comparison import comparison
from views.inbox import late_threads
from views.prediction.named_segments import unknown_segments

MOST = 1000  # of one kind that are counted: of more, that there are more
NAMED = 5  # of one kind that are named in words
NOTICE_AHEAD = timedelta(days=30)  # before a notice is too old to hand its case off
ENDLESS = timedelta(days=30)  # after which a hold without an end is told of
LATE = timedelta(hours=1)  # as the sweep sees it
PAID_BACK_IN = timedelta(days=7)  # for a second person, the bank and its statement, with a weekend between
LETTER_TAKES = timedelta(days=3)  # until a printer has told what became of a batch, with a weekend between
TELLS_STILL = timedelta(days=14)  # after which a creditor's shadow is over, where nothing more is told
STOPPED_LATELY = timedelta(days=7)
PARTNER_TRIED = 3  # times, in some hours
TRIED = 8  # times, in some minutes: then what is between here and its case does not answer

_CASE = "c.creditor_id || '/' || i.number"
_WHOSE = "c.creditor_id as creditor, i.number as invoice"


def _of(creditor: str) -> str:
    """SQL: whose it must be; any live creditor's where none are asked for."""
    return (
        f"({creditor} = any(cast(:creditors as text[])) or cast(:creditors as text[]) is null and {is_live(creditor)})"
    )


def _flagged(*flags: str) -> str:
    """SQL: open cases with one of these flags, and why."""
    named = ", ".join(f"'{flag}'" for flag in flags)
    return f"""
select {_CASE} || ': ' || c.flag || coalesce(', ' || c.next_why, '') as what,
  coalesce(c.looked_at, c.happened_at) as since, {_WHOSE}
from dunning_case c join invoice i on i.id = c.invoice_id
where c.state = 'open' and c.flag in ({named}) and {_of("c.creditor_id")}
order by since limit :most
"""


NOT_GETTING_ON = text(_flagged("stuck", "not running", "invariant broken", "law missing"))
APPROVALS = text(_flagged("approval waiting", "approval overdue"))
UNREACHABLE = text(_flagged("no address", "not me"))
BANK_DATA = text(f"""
select a.creditor_id || ' account ' || a.account || coalesce(': imported through ' || a.imported_through, ': never imported')
  as what, cast(null as timestamptz) as since
from bank_account a where (a.imported_through is null or a.imported_through < :freshest) and {_of("a.creditor_id")}
order by a.imported_through nulls first, a.creditor_id, a.account limit :most
""")
# A case waits for ever only where a row says for what: a hold, a hand-off, a stop switch; else by its flag.
NO_NEXT_ACTION = text(f"""
select {_CASE} || ': ' || coalesce(c.next_why, 'nothing has looked at it') as what,
  coalesce(c.looked_at, c.happened_at) as since, {_WHOSE}
from dunning_case c join invoice i on i.id = c.invoice_id join policy_text p on p.hash = c.policy_hash
where c.state = 'open' and c.next_at is null and c.flag is null and coalesce(c.looked_at, c.happened_at) < :late
  and {_of("c.creditor_id")}
  and (select true from hold h where h.case_id = c.id and h.released_at is null and (h.until is null or h.until > :now)
    limit 1) is null
  and (select true from hand_off h where h.case_id = c.id and h.state in ('queued', 'exported') limit 1) is null
  and not exists (select from stop_switch s where s.lifted_at is null and (s.creditor_id is null or s.creditor_id = c.creditor_id)
    and (s.scope in ('everything', 'channel') or s.scope = 'creditor' and s.key = c.creditor_id
      or s.scope = 'policy' and s.key = p.name))
  and {outside_ramp("c.creditor_id", "c.debtor_id")} is null
order by since limit :most
""")
HOLDS = text(f"""
select {_CASE} || ': held by ' || h.by || ' (' || h.reason_code || ')'
    || case when h.until is null then ', without an end' else ', its end is past' end as what,
  coalesce(h.until, h.happened_at) as since, {_WHOSE}
from hold h join dunning_case c on c.id = h.case_id join invoice i on i.id = c.invoice_id
where h.released_at is null and c.state = 'open' and {_of("c.creditor_id")}
  and (h.until < :late and coalesce(c.looked_at < h.until, true) or h.until is null and h.happened_at < :endless)
order by since limit :most
""")
NOTICES = text(f"""
select {_CASE} || coalesce(': ' || max(c.next_why), '') as what,
  max(d.accepted_at) as since, {_WHOSE}
from delivery d join delivery_case dc on dc.delivery_id = d.id join dunning_case c on c.id = dc.case_id and c.round = dc.round
join invoice i on i.id = c.invoice_id join debtor b on b.id = c.debtor_id
where d.message = 'collection-notice' and not d.alert and d.accepted_at >= :notice_from and d.accepted_at < :notice_until
  and d.state not in ('shadow', 'withdrawn') and c.state = 'open' and b.country = :country and {_of("c.creditor_id")}
  and (select true from hand_off h where h.case_id = c.id and h.state in ('queued', 'exported') limit 1) is null
group by c.id, c.creditor_id, i.number order by since limit :most
""")
LETTERS = text(f"""
select d.batch || ': ' || count(*) || case when count(*) = 1 then ' letter' else ' letters' end
    || case when bool_or(d.document ? 'ways') then ' with the distribution house' else '' end as what,
  min(d.accepted_at) as since
from delivery d where d.batch is not null and d.posted_on is null and d.state = 'accepted' and d.accepted_at < :letters
  and {_of("d.creditor_id")}
group by d.batch order by since limit :most
""")
SORTED_LAST = text("""
select version, happened_at from reply_sorting where reply_id = (select max(reply_id) from reply_sorting)
""")
NEWS = text(f"""
select {_CASE} || ': ' || o.signal || ', tried ' || o.attempts || ' times'
    || case when o.dead_at is null then '' else ', set aside' end as what, o.recorded_at as since, {_WHOSE}
from outbox o join dunning_case c on c.id = o.case_id
cross join lateral (select number from invoice where id = c.invoice_id offset 0) i
where (o.dead_at is not null or o.attempts >= {TRIED}) and {_of("c.creditor_id")}
order by since limit :most
""")
UNSENT = text(f"""
select d.creditor_id || ': ' || d.message || ' by ' || d.channel as what,
  coalesce(d.first_unavailable_at, d.claimed_at) as since {outages.UNSENT} and {_of("d.creditor_id")}
order by since limit :most
""")
WEBHOOKS = text(f"""
select e.creditor_id || ': ' || m.type || ' (' || m.id || ')' as what, m.recorded_at as since
from webhook_endpoint e join webhook_message m on m.endpoint_id = e.id and m.state = 'failed'
where e.deleted_at is null and {_of("e.creditor_id")}
order by since limit :most
""")
PARTNERS = text(f"""
select h.creditor_id || '/' || i.number || case when r.message_id is null then '' else ': news of it' end
    || ', tried ' || r.attempts || ' times' || coalesce(', ' || r.error, '') as what, r.happened_at as since, {_WHOSE}
from partner_request r join hand_off h on h.id = r.hand_off_id join dunning_case c on c.id = h.case_id
join invoice i on i.id = c.invoice_id
where r.taken_at is null and r.attempts >= {PARTNER_TRIED} and {_of("h.creditor_id")}
order by since limit :most
""")
REVIEW = text(f"""
select p.creditor_id || ': ' || p.amount || ' ' || p.currency || ', booked ' || p.booked_on as what,
  p.happened_at as since, p.id as number
from incoming_payment p where p.state = 'review' and {_of("p.creditor_id")}
order by since limit :most
""")
REFUNDS = text(f"""
select r.creditor_id || ': refund ' || r.id || ', ' || r.amount || ' ' || r.currency
    || case r.state when 'due' then ', is owed back' else ', the bank has not told that it left' end as what,
  case r.state when 'due' then r.happened_at else o.happened_at end as since
from refund r left join refund_order o on o.refund_id = r.id and o.returned_on is null
where r.state in ('due', 'ordered') and {_of("r.creditor_id")}
  and case r.state when 'due' then r.happened_at else o.happened_at end < :paid_back_by
order by since limit :most
""")
REPLIES = text(f"""
select coalesce(r.creditor_id, 'nobody we know') || ': ' || replace(r.channel, '_', ' ')
    || coalesce(' about ' || i.number, '') || coalesce(', seems to say: ' || r.meaning, '') as what,
  r.happened_at as since, r.id as number
from reply r left join dunning_case c on c.id = r.case_id left join invoice i on i.id = c.invoice_id
where r.done_at is null and (r.creditor_id is null and cast(:creditors as text[]) is null or {_of("r.creditor_id")})
order by since limit :most
""")
OVERDUE = text(f"""
select {_CASE} || ': late: ' || coalesce(c.next_why, c.next_kind, '') as what, c.next_at as since, {_WHOSE}
from dunning_case c join invoice i on i.id = c.invoice_id
where c.state = 'open' and c.next_at < :late and {_of("c.creditor_id")}
order by since limit :most
""")


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a check found, in words, and since when (UTC) it is so, where that is known.

    It is about an invoice of a creditor, or about the payment or the reply of this number, or about neither.
    """

    what: str
    since: datetime | None
    creditor: str | None = None
    invoice: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """What is looked for: what it says where there is none, and what an operator does about those that there are."""

    name: str
    none: str
    do: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A check and what it found, the longest waiting first; `more` where there are others beside those."""

    check: Check
    found: Sequence[Found]
    more: bool

    @property
    def since(self) -> datetime | None:
        """Since when (UTC) the first of it is so."""
        return min((each.since for each in self.found if each.since), default=None)


STOPS = Check("stopped", "nothing is stopped", "find out why before `stop off`")
RAMPS = Check("ramps", "every creditor has all of its debtors in", "`creditor ramp` when more may come in")
SHADOWS = Check(
    "shadows that differ", "no shadow differs from today's process", "`creditor compare ID --day DAY` names each"
)
LATE_ANSWERS = Check(
    "late answers",
    "whoever wrote is answered in time",
    "the inbox of the desk, or `replies list`: `answer_within` says when",
)
RATES = Check(
    "rates that end", "the law's rates are known for 45 days and more", "add the half-year to the country file"
)
SEGMENTS = Check(
    "segments without anybody",
    "every segment that a policy names is known",
    "`segments list` shows what they are called now; where nobody is in one, its step is left out",
)
EXPERIMENTS = Check(
    "experiments that stopped",
    "no experiment stopped by itself this week",
    "`experiments show` has its figures; take it out of the policy, or put a better arm into it",
)
SERVERS = Check("not at work", "workers run and every job was done", "see `docs/operators.md`, Health and metrics")
STATEMENTS: Mapping[Check, Sequence[TextClause]] = {
    Check("bank data", "every account's payments are in", "import bank files: `payments import`"): (BANK_DATA,),
    Check("no next action", "every case knows what it does next", "`status` says why; tell the developers"): (
        NO_NEXT_ACTION,
    ),
    Check("stuck", "every case gets on", "look at its history in the web UI; a worker must run"): (
        NOT_GETTING_ON,
        OVERDUE,
    ),
    Check("holds past their date", "no hold is forgotten", "`release`, or `hold` until a day"): (HOLDS,),
    Check("approvals", "no hand-off waits for a person", "`approve`, or `approve --reject`"): (APPROVALS,),
    Check(
        "notices that grow old", "no notice ends within 30 days", "`approve`, `release` or decide what it waits for"
    ): (NOTICES,),
    Check(
        "letters not posted",
        "every letter is posted",
        "ask the printer or the distribution house, then `letters posted` or `letters statuses`",
    ): (LETTERS,),
    Check("news not delivered", "all news has reached its case", "`outbox show`, then `outbox retry`"): (NEWS,),
    Check(
        "messages not taken", "providers have taken every message", "see `outages` of /readyz: they leave by themselves"
    ): (UNSENT,),
    Check("webhooks given up", "every webhook has arrived", "`webhooks replay`"): (WEBHOOKS,),
    Check(
        "hand-offs not taken", "partners have taken every hand-off", "`creditor check` says what their API answers"
    ): (PARTNERS,),
    Check("money in review", "all money has found its invoice", "`unmatched`, then `match`"): (REVIEW,),
    Check("money owed back", "all that is owed back has left", "`refunds waiting` says what each waits for"): (
        REFUNDS,
    ),
    Check("replies", "every word is read", "`replies list`, then `replies done`"): (REPLIES,),
    Check("unreachable", "every debtor can be reached", "find an address: `tasks list --kind address`"): (UNREACHABLE,),
}


async def control(
    connection: AsyncConnection, laws: Mapping[str, Law], home: Law, creditors: Sequence[str] | None, now: datetime
) -> list[Checked]:
    """What every check finds at `now` (UTC): of these creditors, or of all live ones and of what runs where None."""
    today = moment_in(home.country, now).day
    values = {
        "creditors": None if creditors is None else list(creditors),
        "now": now,
        "most": MOST + 1,
        "freshest": home.calendar.add_banking_days(today, -BANK_DATA_MAX_AGE_BANKING_DAYS),
        "late": now - LATE,
        "endless": now - ENDLESS,
        "letters": now - LETTER_TAKES,
        "paid_back_by": now - PAID_BACK_IN,
    }
    checked = [
        _checked(STOPS, await _stopped(connection, creditors)),
        _checked(RAMPS, await _ramps(connection, creditors)),
        _checked(SHADOWS, await _shadows(connection, home, creditors, today)),
    ]
    for check, statements in STATEMENTS.items():
        found = list[Found]()
        for statement in statements:
            for own in _by_law(laws, now) if statement is NOTICES else ({},):
                rows = (await connection.execute(statement, values | own)).all()
                found += [Found(**row._mapping) for row in rows]
        checked.append(_checked(check, found))
    reach = Reach(None if creditors is None else tuple(creditors))
    late = await late_threads(connection, reach, {code: law.calendar for code, law in laws.items()}, now)
    checked.append(_checked(LATE_ANSWERS, [Found(f"{each.creditor}: {each.threads}", each.since) for each in late]))
    used = await countries_in_use(connection)
    told = missing_soon([law for country, law in laws.items() if country in used], today)
    checked.append(_checked(RATES, [Found(each, None) for each in told]))
    unknown = await unknown_segments(connection, laws, creditors)
    checked.append(_checked(SEGMENTS, [Found(each, None) for each in unknown]))
    ended = await stopped_by_itself(connection, creditors, now - STOPPED_LATELY)
    checked.append(_checked(EXPERIMENTS, [Found(_stopped_by_itself(each), each.at) for each in ended]))
    if creditors is None:
        checked.append(_checked(SERVERS, [Found(each, None) for each in await _not_at_work(connection)]))
    return checked


def _stopped_by_itself(found: StoppedByItself) -> str:
    arm = "" if found.arm is None else f"the arm {found.arm} of "
    return f"{found.creditor}: {arm}the experiment {found.experiment} stopped by itself"


def is_well(checked: Sequence[Checked]) -> bool:
    """Whether nothing was found."""
    return not any(each.found for each in checked)


def in_words(checked: Sequence[Checked], now: datetime) -> Iterator[str]:
    """All of it as people read it: what is found, the first of each kind with its age; then what is well, each in its words."""
    for each in checked:
        if each.found:
            yield f"{each.check.name}: {counted(each)}{aged(each, now)}"
            for found in each.found[:NAMED]:
                age = f" ({_age(now - found.since)})" if found.since else ""
                yield f"  {found.what}{age}"
            if len(each.found) > NAMED:
                yield "  and others"
            yield f"  -> {each.check.do}"
    well = [each.check.none for each in checked if not each.found]
    if len(well) < len(checked):
        yield ""
    else:
        yield "All is well: nothing waits for anybody."
    yield from (f"well: {none}" for none in well)


def counted(checked: Checked) -> str:
    """How many there are."""
    return f"more than {MOST:,}" if checked.more else f"{len(checked.found):,}"


def aged(checked: Checked, now: datetime) -> str:
    """How long the first of it is so, to be said after how many there are."""
    return f", the oldest {_age(now - checked.since)}" if checked.since else ""


def _age(age: timedelta) -> str:
    hours = max(age, timedelta(0)) // timedelta(hours=1)
    if hours < 1:
        return "less than an hour"
    count, unit = (hours // 24, "day") if hours >= 48 else (hours, "hour")
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _checked(check: Check, found: Sequence[Found]) -> Checked:
    ordered = sorted(found, key=lambda each: each.since or datetime.min.replace(tzinfo=UTC))
    return Checked(check, ordered[:MOST], len(found) > MOST)


def _by_law(laws: Mapping[str, Law], now: datetime) -> Iterator[dict[str, object]]:
    """Of each country, between which moments the notices were sent that grow too old soon."""
    for law in laws.values():
        today = law.calendar.local_date(now)
        months = -law.notice(today).oldest_months
        first, last = (law.calendar.at(add_months(day, months), time(0)) for day in (today, today + NOTICE_AHEAD))
        yield {"country": law.country, "notice_from": first, "notice_until": last}


async def _stopped(connection: AsyncConnection, creditors: Sequence[str] | None) -> list[Found]:
    """The stop switches that are on, with who and why; the breaker is one who sets them."""
    on = await stops.list_stops(connection)
    mine = [each for each in on if creditors is None or each.creditor in (None, *creditors)]
    return [
        Found(f"{f'{each.scope} {each.key}'.strip()}{_for(each)}: by {each.by}, {each.reason_code}", each.since)
        for each in mine
        if creditors is None or each.scope != "creditor" or each.key in creditors
    ]


async def _shadows(connection: AsyncConnection, home: Law, creditors: Sequence[str] | None, today: date) -> list[Found]:
    """Of yesterday, what creditors' shadows would have done that their process of today did not, or did otherwise."""
    yesterday = today - timedelta(days=1)
    found = []
    for each in await other_process.telling(connection, today - TELLS_STILL):
        if creditors is None or each in creditors:
            compared = await comparison(connection, each, home.calendar, yesterday)
            if compared.differs or not compared.is_told:
                missing = "" if compared.is_told else ", and nothing was told of their day"
                found.append(Found(f"{each} on {yesterday}: {in_both(compared.count)}{missing}", None))
    return found


async def _ramps(connection: AsyncConnection, creditors: Sequence[str] | None) -> list[Found]:
    """Creditors some of whose debtors wait, with how far they have come, who decided that and why."""
    below = await ramps.below_all(connection)
    return [
        Found(f"{each}: {ramp.percent} of 100 debtors are in: by {ramp.by}, {ramp.reason_code}", ramp.since)
        for each, ramp in below.items()
        if creditors is None or each in creditors
    ]


def _for(stop: stops.Stop) -> str:
    return f" for {stop.creditor}" if stop.creditor else ""


async def _not_read(connection: AsyncConnection) -> list[str]:
    """What was learned of words and is in use, where what came in last was sorted without it: it could not be read."""
    used = await versions.in_use(connection, "words")
    last = (await connection.execute(SORTED_LAST)).first()
    if last is None or used.last is None or not used.number or used.retired:
        return []
    if last.version == used.what or last.happened_at < used.last.since + LATE:
        return []
    return [f"what comes in is sorted without version {used.number}, which is in use and cannot be read"]


async def _not_at_work(connection: AsyncConnection) -> list[str]:
    """What does not run, or did not do its work."""
    at_work, lost = await running.workers(connection)
    waits = timedelta(seconds=(await outbox.lag(connection))["oldest_seconds"])
    failed = [job for job, (has_failed, _) in sorted((await running.jobs(connection)).items()) if has_failed]
    return [
        *(["no worker runs"] if not at_work else []),
        *([f"news for cases waits to be sent: {_age(waits)}"] if waits > LATE else []),
        *([f"{lost} worker{'s' if lost > 1 else ''} went silent within the hour"] if lost else []),
        *(
            f"the folder of {folder} cannot be written"
            for folder in sorted(await running.unwritable_folders(connection))
        ),
        *(f"{job} has failed since it was last done" for job in failed),
        *await _not_read(connection),
        *await outages.told(connection),
    ]
