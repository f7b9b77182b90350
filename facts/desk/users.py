"""The people who work at the desk: registered by name, known to the provider of identities once they came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach
from domain.desk.roles import Act, Role, may, why_not_together
from domain.parties.agencies import why_no_agency
from facts.database import to_json
from facts.desk import audit
from facts.refusals import Conflict, Refused, Unknown

FIELDS = """id, name, email, full_name, language, roles, creditors, agency, subject is not null as has_come, disabled_at,
  hears_calls"""
KEEP = text(f"""
insert into desk_user (name, email, full_name, language, roles, creditors, agency, by, happened_at)
values (:name, :email, :full_name, :language, cast(:roles as jsonb), cast(:creditors as jsonb), :agency, :by, :now)
on conflict (name) do update set email = excluded.email, full_name = excluded.full_name, language = excluded.language,
  roles = excluded.roles, creditors = excluded.creditors, agency = excluded.agency, by = excluded.by, disabled_at = null,
  issuer = case when desk_user.email = excluded.email then desk_user.issuer end,
  subject = case when desk_user.email = excluded.email then desk_user.subject end
returning {FIELDS}
""")
TAKEN = text("select name from desk_user where email = :email and name <> :name")
NOBODY = text("""
select e.id from unnest(cast(:creditors as text[])) e(id) where not exists (select from creditor c where c.id = e.id)
""")
# Who came before is known by the provider's own name for them, whatever their address is now. The provider that is set up
# may be another than before: then people come to it for the first time again.
COMES = text(f"""
update desk_user u set issuer = :issuer, subject = :subject
where u.disabled_at is null and u.id = (select coalesce(
    (select k.id from desk_user k where k.issuer = :issuer and k.subject = :subject),
    (select k.id from desk_user k where k.email = :email and k.issuer is distinct from :issuer)))
returning {FIELDS}
""")
DISABLE = text(f"""
update desk_user set disabled_at = :now, by = :by where name = :name and disabled_at is null returning {FIELDS}
""")
END_SESSIONS = text("update desk_session set ended_at = clock_timestamp() where user_id = :user and ended_at is null")
WORKS = text(f"select {FIELDS} from desk_user where name = :name and disabled_at is null")
HEARS = text("update desk_user set hears_calls = :hears where id = :user")
LIST = text(f"select {FIELDS} from desk_user order by disabled_at is not null, name")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who works at the desk. `creditors` None: all that there are, and will be."""

    id: int
    name: str
    email: str
    full_name: str
    language: str
    roles: tuple[Role, ...]
    creditors: tuple[str, ...] | None
    agency: str | None
    has_come: bool
    disabled_at: datetime | None
    hears_calls: bool  # who calls them, as the phone system tells it

    def may(self, act: Act) -> bool:
        """Whether they may do this."""
        return may(self.roles, act)

    @property
    def reach(self) -> Reach:
        """Whose cases they see."""
        partner = Role.COLLECTION_PARTNER in self.roles
        return Reach(self.creditors, handed_off=partner, agency=self.agency)


def user_of(row: Row[Any]) -> User:
    """The user of a row with FIELDS."""
    told = {name: row._mapping[name] for name in User.__dataclass_fields__}
    creditors = None if row.creditors is None else tuple(row.creditors)
    return User(**told | {"roles": tuple(map(Role, row.roles)), "creditors": creditors})


def email_key(typed: str) -> str:
    """An email address as two of them are compared."""
    return typed.strip().lower()


@dataclass(frozen=True, slots=True)
class Registration:
    """What is told of somebody who is to work at the desk. Raises Refused for what cannot be."""

    name: str
    email: str
    full_name: str
    roles: tuple[Role, ...]
    creditors: tuple[str, ...] | None = None
    agency: str | None = None
    language: str = "nb"

    def __post_init__(self) -> None:
        if why := why_not_together(self.roles):
            raise Refused(why)
        if (Role.CALL_AGENCY in self.roles) != (self.agency is not None):
            raise Refused("an agency is named for the people of a call agency, and for nobody else")
        if self.agency is not None and (why := why_no_agency(self.agency)):
            raise Refused(why)
        if self.creditors is None and frozenset(self.roles) & {Role.COLLECTION_PARTNER, Role.CALL_AGENCY}:
            raise Refused("who works for somebody else sees named creditors: give each of them")


async def keep_user(connection: AsyncConnection, given: Registration, by: str, now: datetime) -> User:
    """Somebody works at the desk from now on, or otherwise than before; who is signed in meanwhile is asked to come anew.

    With another address it is another person to the provider. Raises Refused for a creditor that nobody knows, and
    Conflict where the address is somebody else's.
    """
    email = email_key(given.email)
    if given.creditors is not None:
        unknown = (await connection.execute(NOBODY, {"creditors": list(given.creditors)})).scalars().all()
        if unknown or not given.creditors:
            raise Refused(f"there is no creditor {', '.join(unknown)}" if unknown else "give at least one creditor")
    if other := (await connection.execute(TAKEN, {"email": email, "name": given.name})).scalar_one_or_none():
        raise Conflict(f"{given.email} is the address of {other}: each person has an address of their own")
    values = {
        "name": given.name,
        "email": email,
        "full_name": given.full_name,
        "language": given.language,
        "roles": to_json(list(given.roles)),
        "creditors": None if given.creditors is None else to_json(list(given.creditors)),
        "agency": given.agency,
    }
    user = user_of((await connection.execute(KEEP, values | {"by": by, "now": now})).one())
    await connection.execute(END_SESSIONS, {"user": user.id})
    detail = {"user": user.id, "roles": list(given.roles), "creditors": given.creditors}
    await audit.did(connection, by, "user_kept", now, detail=detail)
    return user


async def disable_user(connection: AsyncConnection, name: str, by: str, now: datetime) -> User:
    """Somebody does not work at the desk any more: where they are signed in, that ends at once. Raises Unknown."""
    row = (await connection.execute(DISABLE, {"name": name, "by": by, "now": now})).one_or_none()
    if row is None:
        raise Unknown(f"nobody called {name} works at the desk: `user list` tells who does")
    await connection.execute(END_SESSIONS, {"user": row.id})
    await audit.did(connection, by, "user_disabled", now, detail={"user": row.id})
    return user_of(row)


async def who_comes(connection: AsyncConnection, issuer: str, subject: str, email: str | None) -> User | None:
    """Who it is that the provider names; `email` is one that it has verified. None: nobody who works here."""
    values = {"issuer": issuer, "subject": subject, "email": email_key(email) if email else None}
    row = (await connection.execute(COMES, values)).one_or_none()
    return user_of(row) if row else None


async def who_works(connection: AsyncConnection, name: str) -> User | None:
    """Who works here under this name now."""
    row = (await connection.execute(WORKS, {"name": name})).one_or_none()
    return user_of(row) if row else None


async def hears_calls(connection: AsyncConnection, user: int, hears: bool) -> None:
    """Whether somebody wants to hear who calls them."""
    await connection.execute(HEARS, {"user": user, "hears": hears})


async def list_users(connection: AsyncConnection) -> Sequence[User]:
    """Everybody, those who still work here first."""
    return [user_of(row) for row in (await connection.execute(LIST)).all()]


async def who_may_answer(connection: AsyncConnection, creditor: str | None) -> Sequence[User]:
    """Everybody who may answer what this creditor's debtors write; what nobody's do, where None."""
    return [
        user
        for user in await list_users(connection)
        if user.disabled_at is None
        and user.may(Act.ANSWER)
        and (user.creditors is None or (creditor is not None and creditor in user.creditors))
    ]
