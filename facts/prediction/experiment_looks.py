"""Experiments as they are looked at: the cases of their debtors, the trouble these had, and what each look found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.experiments.result import Trouble
from domain.parties.mail import SPAM_REPORT
from domain.parties.message_classes import MessageClass
from domain.parties.topics import Other
from facts.clock import is_live
from facts.database import to_json
from facts.prediction.of_whom import OF_WHOM

LIKELY: Final = 0.5  # from which a reply counts as of a class

LOCK = text("select pg_advisory_xact_lock(hashtextextended('experiments stopped ' || :creditor, 0))")
RUNNING = text(f"""
select a.creditor_id as creditor, a.experiment, (array_agg(a.policy_hash order by a.id desc))[1] as policy_hash,
  count(*) as debtors
from experiment_assignment a
where a.creditor_id = :creditor or cast(:creditor as text) is null and {is_live("a.creditor_id")}
group by a.creditor_id, a.experiment order by 1, 2
""")
_NOT_FOR = "e.kind = 'message_left_out' and e.detail -> 'for_others' = 'true'"
# Of whom nothing may be guessed is out of what was learned too. A step that is not for somebody sends nothing in whatever arm.
CASES = text(f"""
select c.id as case, d.id as debtor, i.segment, d.kind,
  array(select e.detail ->> 'step' from case_event e where e.case_id = c.id and {_NOT_FOR} order by e.id) as steps,
  array(select e.happened_at from case_event e where e.case_id = c.id and {_NOT_FOR} order by e.id) as moments
from unnest(cast(:debtors as int[])) as e(debtor) join debtor d on d.id = e.debtor
join dunning_case c on c.debtor_id = d.id and c.creditor_id = :creditor join invoice i on i.id = c.invoice_id
where {OF_WHOM} and c.withdrawn_at is null order by c.id
""")
_SORTED = """(exists (select from reply_sorting o cross join jsonb_array_elements(o.classes) k
    where o.reply_id = r.id and k ->> 0 = :{0} and cast(k ->> 1 as float8) >= :likely)
  or exists (select from reply_verdict w where w.reply_id = r.id and w.kind = :{0} and w.verdict in ('confirmed', 'changed')))"""
# Whoever complains: to an authority, to us, or of our mail to the mail provider.
TROUBLED = text(f"""
select e.debtor, t.kind from unnest(cast(:debtors as int[]), cast(:since as timestamptz[]), cast(:until as timestamptz[]))
  as e(debtor, since, until)
cross join lateral (
  select :dispute as kind where exists (select from dunning_case c join dispute x on x.case_id = c.id
    where c.debtor_id = e.debtor and x.happened_at >= e.since and x.happened_at < e.until)
  union all
  select :opt_out where exists (select from contact_point p where p.debtor_id = e.debtor and p.state = 'opted out'
      and p.happened_at >= e.since and p.happened_at < e.until)
    or exists (select from reply r where r.debtor_id = e.debtor and r.happened_at >= e.since and r.happened_at < e.until
      and {_SORTED.format("stop")})
  union all
  select :complaint where exists (select from reply r where r.debtor_id = e.debtor and r.happened_at >= e.since
      and r.happened_at < e.until and (r.topic = :complains and r.automatic is null or {_SORTED.format("authority")}))
    or exists (select from delivery v join provider_event p on p.delivery_id = v.id
      where v.debtor_id = e.debtor and v.claimed_at < e.until and p.happened_at >= e.since and p.happened_at < e.until
        and p.detail ->> 'event' = :spam)
) t
""")
KEEP = text("""
insert into experiment_look (creditor_id, experiment, result, happened_at)
values (:creditor, :experiment, cast(:result as jsonb), :now)
""")
# Such a one somebody should know of: it stopped by itself, and what goes on is to be written into the policy.
STOPPED_BY_ITSELF = text(f"""
select s.creditor_id as creditor, s.experiment, s.stopped_arm as arm, s.reason_code as why, s.happened_at as at
from experiment_stop s where s.by = 'purr' and s.happened_at > :since
  and (s.creditor_id = any(cast(:creditors as text[])) or cast(:creditors as text[]) is null and {is_live("s.creditor_id")})
order by s.id
""")
LAST = text("""
select distinct on (l.creditor_id, l.experiment) l.creditor_id as creditor, l.experiment, l.result, l.happened_at as at,
  (select s.by from experiment_stop s where s.creditor_id = l.creditor_id and s.experiment = l.experiment
    and s.stopped_arm is null order by s.id desc limit 1) as stopped_by,
  (select coalesce(jsonb_object_agg(s.stopped_arm, s.by), '{}') from experiment_stop s
    where s.creditor_id = l.creditor_id and s.experiment = l.experiment and s.stopped_arm is not null) as arms_stopped
from experiment_look l where l.creditor_id = any(cast(:creditors as text[])) order by l.creditor_id, l.experiment, l.id desc
""")


@dataclass(frozen=True, slots=True)
class Running:
    """An experiment that debtors are in, so many, and the newest text of its policy."""

    creditor: str
    experiment: str
    policy_hash: str
    debtors: int


@dataclass(frozen=True, slots=True)
class CaseOf:
    """A case of a debtor, with what is known of both from the beginning; `not_for` are the steps that were found not to be for
    the debtor by their `when`, and when (UTC)."""

    case: int
    debtor: int
    segment: str | None
    kind: str
    not_for: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True, slots=True)
class Exposed:
    """A debtor, and from when until when (UTC) what happens counts."""

    debtor: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class StoppedByItself:
    """An experiment that a look stopped (UTC), or an arm of it alone, and why, in words."""

    creditor: str
    experiment: str
    arm: str | None
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptLook:
    """What the last look at an experiment found (UTC), who has stopped it, and who single arms of it."""

    creditor: str
    experiment: str
    result: dict[str, Any]
    at: datetime
    stopped_by: str | None
    arms_stopped: dict[str, str]


async def lock(connection: AsyncConnection, creditor: str) -> None:
    """Let nobody else stop an experiment of a creditor until the end of the transaction."""
    await connection.execute(LOCK, {"creditor": creditor})


async def running(connection: AsyncConnection, creditor: str | None = None) -> list[Running]:
    """The experiments that debtors are in: of a creditor, or of all that are live."""
    return [Running(*row) for row in await connection.execute(RUNNING, {"creditor": creditor})]


async def cases(connection: AsyncConnection, creditor: str, debtors: Sequence[int], now: datetime) -> list[CaseOf]:
    """The cases of some debtors of a creditor, in order; none of debtors of whom nothing may be learned."""
    values = {"creditor": creditor, "debtors": list(debtors), "now": now}
    return [
        CaseOf(row.case, row.debtor, row.segment, row.kind, tuple(zip(row.steps, row.moments, strict=True)))
        for row in await connection.execute(CASES, values)
    ]


async def troubled(connection: AsyncConnection, exposed: Sequence[Exposed]) -> list[tuple[int, Trouble]]:
    """Which of some debtors had which trouble while it counted, each kind once."""
    values = {
        "debtors": [each.debtor for each in exposed],
        "since": [each.since for each in exposed],
        "until": [each.until for each in exposed],
        "likely": LIKELY,
        "stop": MessageClass.STOP_CONTACT,
        "authority": MessageClass.AUTHORITY_COMPLAINT,
        "complains": Other.COMPLAINT,
        "spam": SPAM_REPORT,
        "dispute": Trouble.DISPUTE,
        "opt_out": Trouble.OPT_OUT,
        "complaint": Trouble.COMPLAINT,
    }
    return [(row.debtor, Trouble(row.kind)) for row in await connection.execute(TROUBLED, values)]


async def keep(connection: AsyncConnection, running: Running, result: Mapping[str, Any], now: datetime) -> None:
    """Keep what a look found."""
    values = {"creditor": running.creditor, "experiment": running.experiment}
    await connection.execute(KEEP, values | {"result": to_json(result), "now": now})


async def last(connection: AsyncConnection, creditors: Sequence[str]) -> list[KeptLook]:
    """What the last look at each experiment of some creditors found."""
    return [KeptLook(*row) for row in await connection.execute(LAST, {"creditors": list(creditors)})]


async def stopped_by_itself(
    connection: AsyncConnection, creditors: Sequence[str] | None, since: datetime
) -> list[StoppedByItself]:
    """What looks stopped since a moment: of some creditors, or of all live ones."""
    values = {"creditors": None if creditors is None else list(creditors), "since": since}
    return [StoppedByItself(*row) for row in await connection.execute(STOPPED_BY_ITSELF, values)]
