"""Every page of the desk: a new one is its module and a line here."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter

from web.desk import act_form, audit, home, keys, pages, sign_in, system, users, webhooks

ROUTERS: Final[Sequence[APIRouter]] = tuple(
    each.router for each in (sign_in, pages, home, system, users, keys, webhooks, audit, act_form)
)
