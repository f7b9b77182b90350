"""A creditor as it is registered, for whoever wants to know whether it can go live."""

from datetime import date
from itertools import groupby

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.going_live import Account, Registered
from domain.parties.sms_senders import OwnSender, SmsSenders

READ = text("""
select cr.id, cr.name, cr.organisation_number, cr.policies, cr.message_costs, cr.phone, cr.email, cr.website, cr.address,
  cr.collection_partner, cr.collection_partner_url,
  (select json_agg(json_build_array(a.account, a.imported_through) order by a.account) from bank_account a
    where a.creditor_id = cr.id) as accounts,
  (select count(*) from api_key k where k.creditor_id = cr.id and k.revoked_at is null and k.agency is null) as keys,
  (select count(*) from webhook_endpoint w where w.creditor_id = cr.id and w.disabled_at is null) as endpoints,
  (select true from creditor_clock k where k.creditor_id = cr.id) is not null as in_test_mode,
  (select json_agg(trim(s.scope || ' ' || s.key) order by s.id) from stop_switch s where s.lifted_at is null
    and coalesce(s.creditor_id, cr.id) = cr.id and (s.scope in ('everything', 'channel')
      or s.scope = 'creditor' and s.key = cr.id
      or s.scope = 'policy' and s.key in (select value from jsonb_each_text(cr.policies)))) as stopped,
  cr.sms_senders,
  (select json_agg(json_build_array(own.key, o.id) order by own.key, o.id) from jsonb_each(cr.sms_senders) own
    join creditor o on o.id <> cr.id and lower(o.sms_senders -> own.key ->> 'name') = lower(own.value ->> 'name')) as same_names
from creditor cr where cr.id = :creditor
""")


async def registered(connection: AsyncConnection, creditor: str) -> Registered:
    """What is registered of a creditor, which there is."""
    row = (await connection.execute(READ, {"creditor": creditor})).one()
    return Registered(
        id=row.id,
        name=row.name,
        organisation_number=row.organisation_number,
        policies=row.policies,
        message_costs=row.message_costs,
        contact=[each for each in (row.phone, row.email, row.website) if each],
        address=row.address,
        collection_partner=row.collection_partner,
        partner_url=row.collection_partner_url,
        accounts=[
            Account(number, date.fromisoformat(through) if through else None) for number, through in row.accounts or ()
        ],
        keys=row.keys,
        endpoints=row.endpoints,
        in_test_mode=row.in_test_mode,
        stopped=row.stopped or [],
        sms_senders=SmsSenders({country: OwnSender(**own) for country, own in row.sms_senders.items()}),
        same_names={
            country: [other for _, other in those]
            for country, those in groupby(row.same_names or (), key=lambda each: each[0])
        },
    )
