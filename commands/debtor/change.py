"""What becomes known of a debtor is changed: names, addresses, a reason to stop, somebody who stands in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.open_services import open_services
from commands.debtor.wrong_contact import not_theirs
from domain.invoices.incoming import Country, DebtorKind, IncomingDebtor, LongText, Parent, Text
from domain.languages import Language
from domain.moment import moment_in
from domain.parties.addresses import address_key
from domain.parties.families import BUSINESSES
from domain.parties.life_events import LifeKind
from domain.parties.roles import ContactRole
from domain.parties.speakers import Asker, in_the_name_of
from domain.parties.standing import STOPS, nothing_is_guessed
from domain.parties.who_may_change import Fact, Source, may_change
from facts.invoices import invoices
from facts.invoices.invoices import take_back_of_minor
from facts.parties import debtors
from facts.parties.debtors import Changed, Debtor, Known, Operator
from facts.parties.families import families_of
from facts.prediction import scores
from facts.refusals import Refused, Unknown
from planning.service import Planning
from workflows.contracts import By, Code

StopReason = Literal["deceased", "insolvent", "debt settlement", "minor", "other"]

STANDS_IN = {"representative": LifeKind.REPRESENTED, "guardian": LifeKind.GUARDIAN, "estate": LifeKind.ESTATE}
TAKES_THE_PLACE_OF = {LifeKind.REPRESENTED: LifeKind.GUARDIAN, LifeKind.GUARDIAN: LifeKind.REPRESENTED}
FLAGS = {
    "protected_address": LifeKind.PROTECTED_ADDRESS,
    "estate_rejected": LifeKind.ESTATE_REJECTED,
    "objects_to_tracking": LifeKind.NO_TRACKING,
    "objects_to_profiling": LifeKind.NO_PROFILING,
    "no_calls": LifeKind.NO_CALLS,
    "danger": LifeKind.DANGER,
    "consents_to_offers": LifeKind.OFFERS,
}
VALUES = {"not_me": LifeKind.NOT_ME, "preferred_channel": LifeKind.PREFERS}
IS_OF = text("select exists (select from contact_point where debtor_id = :debtor and address_key = :key)")
OF_DEBTOR = text("select creditor_id, customer_number from debtor where id = :debtor")
NO_MORE = Known(holds=False)


class NoAddress(Refused):
    """An address that was given on purpose is none: what is wrong, by the path of its field."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field} {problem}" for field, problem in wrong.items()))
        self.wrong = wrong


class Reach(BaseModel):
    """Addresses to use from now on; each replaces the older ones of its channel."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    email: Annotated[Text | None, Field(description="Where email goes.", examples=["kari@example.no"])] = None
    phone: Annotated[
        Text | None,
        Field(description="With +country code, or as dialled in the debtor's country.", examples=["+4791234567"]),
    ] = None
    whatsapp: Annotated[
        Text | None,
        Field(
            description="The mobile number on which they have agreed to be written to by WhatsApp: Meta asks for that.",
            examples=["+4791234567"],
        ),
    ] = None
    address_lines: Annotated[
        tuple[Text, ...],
        Field(
            description="Street or box, one line each; together with postcode and city.",
            max_length=4,
            examples=[["Storgata 1"]],
        ),
    ] = ()
    postcode: Annotated[Text | None, Field(description="Together with address_lines and city.", examples=["0155"])] = (
        None
    )
    city: Annotated[Text | None, Field(description="Together with address_lines and postcode.", examples=["Oslo"])] = (
        None
    )

    @model_validator(mode="after")
    def _address_is_whole(self) -> Self:
        if len({bool(self.address_lines), bool(self.postcode), bool(self.city)}) > 1:
            raise ValueError("a postal address needs address_lines, postcode and city")
        return self


class Representative(Reach):
    """Whoever gets every message instead of the debtor."""

    name: Annotated[Text, Field(description="Who gets every message.", examples=["Per Verge"])]


class DebtorChange(Reach):
    """What to change; what is left out stays. With `by` and `reason_code` it is a person's word, else only data.

    `since`, `until` and `note` hold for all that is said at once.
    """

    name: Annotated[
        Text | None,
        Field(description="Another name of the same debtor; only a person can say so.", examples=["Kari Hansen"]),
    ] = None
    by: Annotated[By | None, Field(description="Who says so.", examples=["anne"])] = None
    reason_code: Annotated[Code | None, Field(description="Why, as a short code.", examples=["married"])] = None
    asked_by: Annotated[
        Asker | None,
        Field(description="Who asked `by` for it, where somebody stands in for the debtor.", examples=["adviser"]),
    ] = None
    stop_reason: Annotated[
        StopReason | None,
        Field(
            description="What stops the debtor's cases (a minor's go on by letter, free of charge); null lets them go on."
        ),
    ] = None
    protected_address: Annotated[
        bool, Field(description="The address is nobody's business: no letter shows it.", examples=[False])
    ] = False
    representative: Annotated[
        Representative | None,
        Field(description="An adviser who gets every message instead; null: no adviser stands in any more."),
    ] = None
    guardian: Annotated[
        Representative | None,
        Field(
            description="A guardian, of a child or a grown person, who gets every message instead, and takes the place of an"
            " adviser as an adviser does of a guardian; null: none any more."
        ),
    ] = None
    estate: Annotated[
        Representative | None,
        Field(
            description="Who speaks for the estate of a debtor who died, and alone is written to; null: nobody any more."
        ),
    ] = None
    estate_rejected: Annotated[
        bool, Field(description="The heirs take over no debts: the court settles the estate.", examples=[False])
    ] = False
    not_me: Annotated[
        Text | None,
        Field(
            description="An address whose owner is somebody else: nothing goes there any more, what went there did not"
            " arrive, and nothing hard follows until the debtor is found; null: found.",
            examples=["kari@example.no"],
        ),
    ] = None
    objects_to_tracking: Annotated[bool, Field(description="Opens are not counted.", examples=[False])] = False
    objects_to_profiling: Annotated[bool, Field(description="Nothing is guessed of the debtor.", examples=[False])] = (
        False
    )
    no_calls: Annotated[bool, Field(description="Nobody calls.", examples=[False])] = False
    danger: Annotated[
        bool,
        Field(
            description="Being without the service would endanger somebody's life or health: it is not blocked or ended, and"
            " a service that is blocked is opened at once.",
            examples=[False],
        ),
    ] = False
    consents_to_offers: Annotated[bool, Field(description="Offers may go with kind messages.", examples=[False])] = (
        False
    )
    language: Annotated[
        Language | None, Field(description="In which the debtor wants to be written to.", examples=["en"])
    ] = None
    country: Annotated[
        Country | None,
        Field(
            description="Where they live now (ISO 3166 code). What was told and agreed stays; by which policy each open case goes"
            " on a person says.",
            examples=["FI"],
        ),
    ] = None
    kind: Annotated[
        DebtorKind | None,
        Field(
            description="What they turn out to be: another law holds then. What was told and agreed stays; by which policy"
            " each open case goes on a person says.",
            examples=["business"],
        ),
    ] = None
    preferred_channel: Annotated[
        Literal["email", "sms", "direct_message", "letter"] | None,
        Field(description="The channel that is tried first, where a step may use it; null: none.", examples=["sms"]),
    ] = None
    paused_until: Annotated[
        date | None,
        Field(
            description="The first day on which reminding goes on: a pause that was asked for; null ends it.",
            examples=["2026-12-24"],
        ),
    ] = None
    another_phone: Annotated[
        Text | None,
        Field(
            description="One more number of theirs, on which they are called and known when they call: it replaces none, and"
            " messages go where they went. Whoever else has it keeps it. Only a person can say so.",
            examples=["+4722334455"],
        ),
    ] = None
    no_longer: Annotated[
        Text | None,
        Field(
            description="An email address or a number that they do not use any more: nothing goes there. Whoever else has it"
            " keeps it. Only a person can say so.",
            examples=["+4722334455"],
        ),
    ] = None
    parent: Annotated[
        Parent | None,
        Field(description="Of a business: whose child it is; null: nobody's any more."),
    ] = None
    role: Annotated[
        ContactRole | None,
        Field(
            description="Of a business: for which messages the given email, phone, whatsapp and postal address are. They replace"
            " those of this role alone; a step names the role that it goes to, else it goes to the nearest.",
            examples=["invoice"],
        ),
    ] = None
    since: Annotated[
        date | None, Field(description="Since when it holds; left out: from today.", examples=["2026-11-01"])
    ] = None
    until: Annotated[
        date | None,
        Field(description="The first day on which it does not hold any more; left out: no day is known."),
    ] = None
    note: Annotated[LongText | None, Field(description="Free text, kept in the facts and never in a history.")] = None

    @model_validator(mode="after")
    def _days_follow_each_other(self) -> Self:
        if self.since and self.until and self.until <= self.since:
            raise ValueError("until is the first day after what is said: it follows since")
        return self

    @model_validator(mode="after")
    def _one_stands_in(self) -> Self:
        if self.representative and self.guardian:
            raise ValueError("one of them gets every message: give representative or guardian")
        return self

    @model_validator(mode="after")
    def _a_role_has_an_address(self) -> Self:
        if self.role and not (self.email or self.phone or self.whatsapp or self.postcode):
            raise ValueError(
                "role says for which messages an address is: give email, phone, whatsapp or a postal address with it"
            )
        return self

    @model_validator(mode="after")
    def _a_person_says_who_and_why(self) -> Self:
        if (self.by is None) != (self.reason_code is None):
            raise ValueError("by and reason_code belong together")
        if self.asked_by and not self.by:
            raise ValueError("asked_by goes with by: say who records it")
        if (self.another_phone or self.no_longer) and not self.by:
            raise ValueError("that a number is one more, or theirs no longer, a person says: give by and reason_code")
        if self.name is not None and not may_change(self.source, Fact.NAME):
            raise ValueError("another name is another debtor, unless a person says otherwise: give by and reason_code")
        return self

    @property
    def source(self) -> Source:
        """Whose word it is."""
        return Source.OPERATOR if self.by else Source.SYNC


async def change_debtor(
    connection: AsyncConnection,
    planning: Planning,
    creditor: str,
    customer_number: str,
    called: str | None,
    given: DebtorChange,
    now: datetime,
) -> Changed:
    """Change a creditor's debtor; the debtor's open cases look again at once.

    `called` is the name the debtor has now, where several share the number. Raises Unknown, NoAddress, Refused and Conflict.
    """
    debtor = await debtors.find(connection, creditor, customer_number, called)
    if debtor is None:
        raise Unknown(f"no debtor with customer number {customer_number}{' and that name' if called else ''}")
    who = in_the_name_of(given.by, given.asked_by) if given.by else None
    operator = Operator(who, given.reason_code) if who and given.reason_code else None
    named = await debtors.rename(connection, creditor, customer_number, debtor, given.name) if given.name else debtor
    return await _change(connection, planning, debtor, named, given, operator, now)


async def change_known(
    connection: AsyncConnection, planning: Planning, debtor: int, given: DebtorChange, operator: Operator, now: datetime
) -> Changed:
    """The same for a debtor by its number here, as somebody says who needs no name: the debtor on the invoice page."""
    found = await debtors.by_id(connection, debtor)
    return await _change(connection, planning, found, found, given, operator, now)


def contacts_in(debtor: Debtor, reach: Reach) -> list[tuple[str, str]]:
    """The contact points that are given, by channel. Raises NoAddress for what is none."""
    return _reached(debtor, reach, "")


async def _change(
    connection: AsyncConnection,
    planning: Planning,
    debtor: Debtor,
    named: Debtor,
    given: DebtorChange,
    operator: Operator | None,
    now: datetime,
) -> Changed:
    today = moment_in(debtor.country, now).day
    if (given.since or today) > today or min(
        filter(None, (given.until, given.paused_until)), default=date.max
    ) <= today:
        raise Refused("what is said holds today: `since` does not lie ahead, `until` and `paused_until` do")
    if given.role and debtor.kind != "business":
        raise Refused("a role is of a contact at a business: this debtor is a private person")
    if given.parent:
        await _check_parent(connection, debtor, given.parent, today)
    there = replace(debtor, country=given.country or debtor.country)
    contacts = _contacts(there, given)
    if given.not_me:
        await not_theirs(connection, debtor.id, await address_of(connection, debtor.id, given.not_me), now)
    another = _another_number(there, given)
    left = await address_of(connection, debtor.id, given.no_longer) if given.no_longer else None
    known = _known(given, found=bool(contacts or another))
    done = await debtors.change(
        connection,
        debtor,
        _changed(named, given),
        contacts,
        now,
        operator,
        known=known,
        law=planning.law_of(debtor.country),
        role=given.role,
        another_number=another,
        left=left,
    )
    await open_services(connection, planning, debtor, now)
    if any(told.holds and nothing_is_guessed(kind) for kind, told in known.items()):
        await scores.erase(connection, debtor.id)
    if known.get(LifeKind.MINOR, Known(holds=False)).holds:
        open_cases = (await connection.execute(debtors.OPEN_CASES, {"debtors": [debtor.id]})).scalars().all()
        await take_back_of_minor(connection, open_cases, now)
    return done


async def _check_parent(connection: AsyncConnection, child: Debtor, given: Parent, today: date) -> None:
    """Refuses what is no family."""
    creditor, number = (await connection.execute(OF_DEBTOR, {"debtor": child.id})).one()
    parent = await debtors.find(connection, creditor, given.customer_number)
    if parent is None:
        raise Unknown(f"no debtor with customer number {given.customer_number}")
    if child.kind != "business":
        raise Refused(BUSINESSES)
    named = [given.customer_number, *([number] if number else [])]
    families = await families_of(connection, creditor, named, today)
    if why := families.refusal(number, given.customer_number):
        raise Refused(why)


async def address_of(connection: AsyncConnection, debtor: int, written: str) -> str:
    """An email address or phone number of a debtor as contact points have it. Raises Refused where the debtor has none such."""
    of = await debtors.by_id(connection, debtor)
    typed = IncomingDebtor(name=of.name, country=of.country, email=written, phone=written)
    address = typed.email_address or typed.phone_number or written
    if not (await connection.execute(IS_OF, {"debtor": debtor, "key": address_key(address)})).scalar_one():
        raise Refused("that is no address of this debtor: say which one is somebody else's")
    return address


def _another_number(debtor: Debtor, given: DebtorChange) -> tuple[str, list[str]] | None:
    """The further number as it is stored, and its channels. Raises NoAddress for what is none."""
    if given.another_phone is None:
        return None
    one = IncomingDebtor(name=debtor.name, country=debtor.country, phone=given.another_phone)
    if one.phone_number is None:
        raise NoAddress({"another_phone": f"is not a phone number in {debtor.country}"})
    return one.phone_number, [channel for channel, _ in invoices.contact_points(one)]


def _changed(debtor: Debtor, given: DebtorChange) -> Debtor:
    changed = replace(debtor, language=given.language or debtor.language)
    if given.country:
        changed = replace(changed, country=given.country)
    if given.postcode and not given.role:
        changed = replace(changed, address=invoices.address_lines(_as_debtor(changed, given)))
    if given.kind:
        changed = replace(changed, kind=given.kind)
    return changed


def _known(given: DebtorChange, *, found: bool) -> dict[LifeKind, Known]:
    """What is said of the debtor's life, by kind. An address at which a debtor was found ends `not me`."""

    def said(holds: object, value: Any = None, *, until: date | None = None) -> Known:
        return Known(bool(holds), value, given.since, until or given.until, given.note) if holds else NO_MORE

    fields = given.model_fields_set
    known: dict[LifeKind, Known] = {LifeKind.NOT_ME: NO_MORE} if found and given.by else {}
    if "stop_reason" in fields:
        known |= dict.fromkeys(STOPS, NO_MORE)
        if given.stop_reason != "deceased":
            known |= {LifeKind.ESTATE: NO_MORE, LifeKind.ESTATE_REJECTED: NO_MORE}
        if given.stop_reason:
            known[LifeKind(given.stop_reason)] = said(True)
    for field, kind in STANDS_IN.items():
        if field in fields:
            who: Representative | None = getattr(given, field)
            known[kind] = said(who, who.name if who else None)
            if who and (other := TAKES_THE_PLACE_OF.get(kind)):
                known[other] = NO_MORE
    if given.estate or given.estate_rejected:
        known.setdefault(LifeKind.DECEASED, said(True))
    for field, kind in FLAGS.items():
        if field in fields:
            known[kind] = said(getattr(given, field))
    for field, kind in VALUES.items():
        if field in fields:
            known[kind] = said(getattr(given, field), getattr(given, field))
    if "parent" in fields:
        parent = given.parent
        value = parent.as_fact() if parent else None
        known[LifeKind.CHILD_OF] = said(parent, value)
    if "paused_until" in fields:
        known[LifeKind.PAUSE] = said(given.paused_until, until=given.paused_until)
    return known


def _contacts(debtor: Debtor, given: DebtorChange) -> list[tuple[str, str, bool]]:
    contacts = [(channel, where, False) for channel, where in contacts_in(debtor, given)]
    for field in STANDS_IN:
        if who := getattr(given, field):
            contacts += [(channel, where, True) for channel, where in _reached(debtor, who, f"{field}.")]
    return contacts


def _reached(debtor: Debtor, reach: Reach, path: str) -> list[tuple[str, str]]:
    """The contact points of the given addresses. What is no address is refused: here it was given on purpose."""
    given = _as_debtor(debtor, reach)
    wrong = {}
    if given.email and not given.email_address:
        wrong[f"{path}email"] = "is not an email address"
    if given.phone and not given.phone_number:
        wrong[f"{path}phone"] = f"is not a phone number in {debtor.country}"
    if given.whatsapp and not given.whatsapp_number:
        wrong[f"{path}whatsapp"] = f"is not a mobile number in {debtor.country}"
    if wrong:
        raise NoAddress(wrong)
    return invoices.contact_points(given)


def _as_debtor(debtor: Debtor, reach: Reach) -> IncomingDebtor:
    return IncomingDebtor(
        name=debtor.name,
        country=debtor.country,
        email=reach.email,
        phone=reach.phone,
        whatsapp=reach.whatsapp,
        address_lines=reach.address_lines,
        postcode=reach.postcode,
        city=reach.city,
    )
