"""Who may change what is known of a debtor, and bring an address back: one table that every door asks."""

from collections.abc import Mapping
from enum import StrEnum


class Source(StrEnum):
    """Where a fact of a debtor comes from."""

    IMPORT = "import"  # an invoice, in a file or over the API: repeated every night, right or wrong
    SYNC = "sync"  # a change of a debtor over the API, with nobody's name to it
    OPERATOR = "operator"  # a person at the creditor's or here, by name and with a reason
    PERSON = "person"  # whoever has the address, writing from it
    PROVIDER = "provider"  # of the channel: what became of a message


class Fact(StrEnum):
    """What is known of a debtor besides its addresses in the channels."""

    NAME = "name"
    LANGUAGE = "language"
    KIND = "kind"
    BIRTH_DATE = "birth_date"
    ORGANISATION_NUMBER = "organisation_number"
    ADDRESS = "address"
    COUNTRY = "country"
    STOP_REASON = "stop_reason"
    PROTECTED_ADDRESS = "protected_address"
    REPRESENTATIVE = "representative"


class AddressState(StrEnum):
    """How well an address works."""

    VALID = "valid"
    REPLACED = "replaced"  # another one took its place
    LEFT = "left"  # the same, as a person said: data that repeats it does not bring it back
    BOUNCED = "bounced"  # there is no such address
    OPTED_OUT = "opted out"  # its owner wants silence there
    WRONG = "wrong"  # its owner is somebody else
    GIVEN = "given"  # by the debtor, and nobody has made sure of it: nothing goes there


_NOT_YET = {AddressState.REPLACED, AddressState.GIVEN}
_NEVER_DATA = {AddressState.BOUNCED, AddressState.OPTED_OUT, AddressState.WRONG, AddressState.LEFT}
_SYNCED = {Fact.ADDRESS, Fact.COUNTRY, Fact.KIND, Fact.STOP_REASON, Fact.PROTECTED_ADDRESS, Fact.REPRESENTATIVE}

MAY_CHANGE: Mapping[Source, frozenset[Fact]] = {
    Source.IMPORT: frozenset(
        {Fact.LANGUAGE, Fact.ADDRESS, Fact.COUNTRY, Fact.KIND, Fact.BIRTH_DATE, Fact.ORGANISATION_NUMBER}
    ),
    Source.SYNC: frozenset(_SYNCED),
    Source.OPERATOR: frozenset({*_SYNCED, Fact.NAME}),
    Source.PERSON: frozenset(),
    Source.PROVIDER: frozenset(),
}
"""Another name is another person, unless an operator says that it is not."""

# source -> the state it may give an address -> the states from which.
MAY_MOVE: Mapping[Source, Mapping[AddressState, frozenset[AddressState]]] = {
    Source.IMPORT: {AddressState.VALID: frozenset(_NOT_YET)},
    Source.SYNC: {AddressState.VALID: frozenset(_NOT_YET)},
    Source.OPERATOR: {
        AddressState.VALID: frozenset({*_NOT_YET, *_NEVER_DATA}),
        AddressState.LEFT: frozenset({AddressState.VALID, AddressState.BOUNCED, AddressState.OPTED_OUT, *_NOT_YET}),
    },
    Source.PERSON: {
        AddressState.VALID: frozenset({AddressState.OPTED_OUT, AddressState.BOUNCED}),
        AddressState.OPTED_OUT: frozenset({AddressState.VALID, AddressState.BOUNCED, AddressState.LEFT, *_NOT_YET}),
        AddressState.WRONG: frozenset({AddressState.VALID, AddressState.BOUNCED, AddressState.LEFT, *_NOT_YET}),
    },
    Source.PROVIDER: {AddressState.BOUNCED: frozenset({AddressState.VALID})},
}
"""What a provider tells of somebody's wish is the person's word; it holds for a replaced address too."""


def may_change(source: Source, fact: Fact) -> bool:
    """Whether a source may change a fact of a debtor that is known."""
    return fact in MAY_CHANGE[source]


def moved_from(source: Source, to: AddressState) -> list[str]:
    """The states from which a source may bring an address to another, as they are stored."""
    return sorted(MAY_MOVE[source].get(to, frozenset()))
