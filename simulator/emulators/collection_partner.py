"""A collection partner's API as docs/partner.md has it: takes cases once, answers when it has decided, fails on request."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import uuid4

import orjson
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from connectors.collection_partner.api import signed
from connectors.signatures import BadSignature, verify_standard_webhook
from simulator.emulators.callbacks import Callbacks

Fault = Literal["500", "429", "slow", "nonsense", "lost"]
"""`lost`: it is taken, and the answer never comes; `slow`: nothing is taken, and nothing answered in time."""
PAGE = 2  # answers on one page: few, so that there are pages
SECRET = "whsec_cGFydG5lci1zZWNyZXQtb2YtdGhlLWVtdWxhdG9y"
Decide = Callable[[dict[str, Any]], dict[str, Any] | None]


@dataclass
class CollectionPartner:
    """What the partner has and has said. `decide` gives its answer to a case at once, None where it takes its time."""

    secret: str = SECRET
    purr_url: str | None = None  # of Purr's door, where it tells by itself; None: it is asked
    decide: Decide = lambda _case: None
    slowness: float = 20.0  # seconds
    cases: dict[str, dict[str, Any]] = field(default_factory=dict, init=False)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict, init=False)
    recalled: set[str] = field(default_factory=set, init=False)
    told: list[dict[str, Any]] = field(default_factory=list, init=False)
    posts: list[tuple[str, str]] = field(default_factory=list, init=False)  # each that was rightly signed: type and id
    faults: deque[Fault] = field(default_factory=deque, init=False)  # of the posts to come

    def __post_init__(self) -> None:
        self.callbacks = Callbacks(self.purr_url, self._signed)

    def accept(self, hand_off: str) -> None:
        """Take the case."""
        self.tell("hand_off.accepted", hand_off)

    def reject(self, hand_off: str, reason: str, detail: str | None = None) -> None:
        """Do not take it."""
        self.tell("hand_off.rejected", hand_off, reason=reason, detail=detail)

    def paid(self, hand_off: str, payment: str, paid_on: date, **split: str) -> None:
        """Its debtor has paid; `split` has principal, interest, fee and costs."""
        amount = str(sum(map(Decimal, split.values())))
        told = {"payment": payment, "amount": amount, "currency": "NOK", "paid_on": str(paid_on), "split": split}
        self.tell("hand_off.paid", hand_off, **told)

    def reverse(self, hand_off: str, payment: str, reversed_on: date) -> None:
        """What its debtor had paid is gone again."""
        self.tell("hand_off.payment_reversed", hand_off, payment=payment, reversed_on=str(reversed_on))

    def close(self, hand_off: str, reason: str) -> None:
        """Be done with it."""
        self.tell("hand_off.closed", hand_off, reason=reason)

    def ask(self, hand_off: str, question: str, text: str, answer_by: date | None = None) -> None:
        """Ask something about it."""
        by = str(answer_by) if answer_by else None
        self.tell("hand_off.question", hand_off, question=question, text=text, answer_by=by)

    def tell(self, kind: str, hand_off: str, **told: Any) -> None:
        """Any answer, a wrong one too."""
        creditor = self.cases[hand_off]["creditor"]["id"] if hand_off in self.cases else "nobody"
        answer = {"type": kind, "creditor": creditor, "hand_off": hand_off} | told
        self.told.append(answer)
        if self.purr_url is not None:
            self.callbacks.queue(answer)

    def take(self, told: dict[str, Any]) -> dict[str, Any]:
        """What is answered to a post that is rightly signed: the same to the same."""
        match told["type"]:
            case "hand_off":
                id = told["hand_off"]["hand_off"]
                if id not in self.cases and id not in self.recalled:
                    self.cases[id] = told
                    if (answer := self.decide(told)) is not None:
                        self.told.append({"creditor": told["creditor"]["id"], "hand_off": id} | answer)
                at_once = next((a for a in self.told if a["hand_off"] == id and a["type"] != "hand_off.question"), None)
                return {"hand_off": id, "answer": at_once}
            case "dry_run":
                owed = Decimal(told["hand_off"]["owed"]["principal"])
                return {"valid": owed > 0, "problems": [] if owed > 0 else ["there is no principal"]}
            case "message":
                message = told["message"]
                self.messages.setdefault(message["id"], message)
                if message["kind"] == "recall":  # also of a case that never came: it will not be taken any more
                    self.recalled.add(message["hand_off"])
                return {"message": message["id"]}
            case "answers":
                read = int(told["after"] or 0)
                page = [each for each in self.told[read : read + PAGE] if each["creditor"] == told["creditor"]]
                more = len(self.told) > read + PAGE
                return {"answers": page, "next": str(min(read + PAGE, len(self.told))), "more": more}
            case other:
                raise ValueError(f"{other} is no kind of post")

    def _signed(self, answer: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        body = orjson.dumps(answer)
        return body, dict(signed(SecretStr(self.secret), f"msg_{uuid4().hex}", datetime.now(UTC), body))


def create_app(partner: CollectionPartner) -> Starlette:
    """The application: one address."""

    async def post(request: Request) -> Response:
        raw = await request.body()
        try:
            told = verify_standard_webhook([partner.secret], raw, request.headers)
        except BadSignature:
            return PlainTextResponse("the signature is wrong", 401)
        partner.posts.append((told["type"], request.headers["webhook-id"]))
        fault = partner.faults.popleft() if partner.faults and told["type"] in ("hand_off", "message") else None
        if fault == "slow":
            await asyncio.sleep(partner.slowness)
        if fault in ("slow", "500"):
            return PlainTextResponse("out of order", 500)
        if fault == "429":
            return PlainTextResponse("later", 429, {"retry-after": "3600"})
        answer = partner.take(told)
        if fault == "lost":
            return PlainTextResponse("<html>bad gateway</html>", 502)
        return PlainTextResponse("<html>welcome</html>") if fault == "nonsense" else JSONResponse(answer)

    return Starlette(routes=[Route("/purr", post, methods=["POST"])])
