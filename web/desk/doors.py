"""Every page of the desk: a new one is its module and a line here."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter

from web.desk import (
    act_form,
    audit,
    calls,
    card,
    case,
    debtor,
    find,
    home,
    inbox,
    incoming,
    keys,
    letters,
    lists,
    live,
    many,
    notices,
    pages,
    pinned,
    policies,
    queues,
    reports,
    saved_replies,
    sent,
    sign_in,
    system,
    thread,
    users,
    webhooks,
)

_PAGES: Final = (
    sign_in,
    pages,
    home,
    find,
    lists,
    notices,
    pinned,
    inbox,
    letters,
    saved_replies,
    thread,
    act_form,
    calls,
    incoming,
    live,
    card,
    queues,
    reports,
    policies,
    system,
    users,
    keys,
    webhooks,
    audit,
    sent,
    debtor,
    case,
    many,
)
ROUTERS: Final[Sequence[APIRouter]] = tuple(each.router for each in _PAGES)
