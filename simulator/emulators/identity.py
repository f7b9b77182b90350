"""A provider of identities over OpenID Connect, for a world on one machine: whoever comes says who they are, and is believed.

It asks of us what a real one does: our id and secret, the address to come back to, PKCE, each code once.
"""

import base64
import secrets
import time
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

LEVEL = "urn:grn:authn:no:bankid:high"
GOOD_FOR = 300  # seconds of a token
PAGE = """<!doctype html><html lang="nb"><meta charset="utf-8"><title>BankID (test)</title>
<h1>BankID (test)</h1><form method="post"><label>Navn <input name="name" required></label>
<label>Fødselsdato <input name="birthdate" type="date"></label><button>Dette er meg</button>
<button name="cancel" value="1" formnovalidate>Avbryt</button></form>"""

PEOPLE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Directory (test)</title>
<h1>Directory (test)</h1><form method="post"><p>Who are you?</p>
{buttons}
<button name="cancel" value="1" formnovalidate>Cancel</button></form>"""


@dataclass(frozen=True, slots=True)
class Sample:
    """Somebody whom a provider knows already: one button for who has a desk to try."""

    name: str
    email: str


@dataclass
class IdentityProvider:
    """The provider: one client, and the codes it gave and nobody used yet. `twist` changes what its tokens say.

    With `people` it knows those alone, as a company's directory does; without, whoever comes, as BankID does.
    """

    url: str = ""
    client_id: str = "purr-simulated"
    client_secret: str = "bankid-simulated-secret"
    people: tuple[Sample, ...] = ()
    twist: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
    )
    codes: dict[str, tuple[dict[str, str], dict[str, str]]] = field(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        """The settings that lead to it."""
        return {
            "identity_issuer": self.url,
            "identity_client_id": self.client_id,
            "identity_client_secret": SecretStr(self.client_secret),
        }

    def token(self, asked: dict[str, str], person: dict[str, str]) -> str:
        """What it signs of a person, for whom it was asked."""
        now = int(time.time())
        level = asked.get("acr_values", "").split()
        claims: dict[str, Any] = {"iss": self.url, "sub": person.get("email", person["name"]), "aud": self.client_id}
        claims |= {"iat": now, "exp": now + GOOD_FOR, "auth_time": now, "email_verified": "email" in person}
        claims |= {"nonce": asked.get("nonce", ""), "acr": level[0] if level else LEVEL} | person | self.twist
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, said, self.key)


def create_app(world: IdentityProvider) -> Starlette:
    """Give the application."""
    doors = _Doors(world)
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", doors.published),
            Route("/keys", doors.keys),
            Route("/authorize", doors.authorize, methods=["GET", "POST"]),
            Route("/token", doors.token, methods=["POST"]),
        ]
    )


class _Doors:
    """The requests that reach the provider, one method each."""

    def __init__(self, world: IdentityProvider) -> None:
        self._world = world

    async def published(self, _request: Request) -> Response:
        url = self._world.url
        return JSONResponse(
            {
                "issuer": url,
                "authorization_endpoint": f"{url}/authorize",
                "token_endpoint": f"{url}/token",
                "jwks_uri": f"{url}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "acr_values_supported": [LEVEL],
            }
        )

    async def keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self._world.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        wanted = {"response_type": "code", "client_id": self._world.client_id, "code_challenge_method": "S256"}
        if any(asked.get(name) != value for name, value in wanted.items()) or not asked.get("redirect_uri"):
            return HTMLResponse(f"not as it was agreed: {escape(str(sorted(asked)))}", 400)
        if request.method == "GET":
            return HTMLResponse(self._page())
        form = await request.form()
        told = {"state": asked.get("state", "")}
        if form.get("cancel"):
            told["error"] = "access_denied"
        else:
            code = secrets.token_urlsafe(16)
            self._world.codes[code] = (asked, self._person({name: str(value) for name, value in form.items()}))
            told["code"] = code
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(told)}", 303)

    def _page(self) -> str:
        buttons = (
            f'<button name="email" value="{escape(each.email)}" formnovalidate>{escape(each.name)}</button>'
            for each in self._world.people
        )
        return PEOPLE.format(buttons="\n".join(buttons)) if self._world.people else PAGE

    def _person(self, told: dict[str, str]) -> dict[str, str]:
        for each in self._world.people:
            if told.get("email") == each.email:
                return {"name": each.name, "email": each.email}
        return {name: told[name] for name in ("name", "birthdate") if told.get(name)}

    async def token(self, request: Request) -> Response:
        form = await request.form()
        ours = base64.b64encode(f"{self._world.client_id}:{self._world.client_secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {ours}":
            return JSONResponse({"error": "invalid_client"}, 401)
        asked, person = self._world.codes.pop(str(form.get("code")), ({}, {}))
        challenge = (
            base64.urlsafe_b64encode(sha256(str(form.get("code_verifier")).encode()).digest()).decode().rstrip("=")
        )
        if not asked or challenge != asked["code_challenge"] or form.get("redirect_uri") != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(16),
                "token_type": "Bearer",
                "expires_in": GOOD_FOR,
                "id_token": self._world.token(asked, person),
            }
        )
