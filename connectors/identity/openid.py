"""OpenID Connect, as BankID's brokers and companies' directories speak it: somebody goes there, and comes back with a code
for who they are.

Authorization code with PKCE. What the provider tells counts only if it is signed by it, for us, for this very request, just
now, and at a level of assurance that was asked for.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from authlib.oidc.discovery import get_well_known_url  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

SCOPE: Final = "openid profile email"
ALGORITHMS: Final = ["RS256", "PS256", "ES256"]
LEEWAY: Final = 60  # seconds by which clocks may disagree
JUST_NOW: Final = timedelta(minutes=5)  # since somebody showed the provider who they are, where that is asked for
PATIENCE: Final = 5.0  # seconds for each answer of the provider's
NAMED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class IdentityUnavailable(Exception):
    """The provider does not answer, or not as OpenID Connect has it."""


class NotIdentified(Exception):
    """What came back does not show who it is: it was given up, is not for this request, or not to be believed."""


@dataclass(frozen=True, slots=True)
class Journey:
    """Somebody's way to the provider and back: kept in their browser, sealed, until they are back."""

    state: str
    nonce: str
    verifier: str
    anew: bool = False  # who was there before shows once more who they are


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is."""

    name: str
    birth_date: date | None
    subject: str  # the provider's own name for them, which nobody else ever has there
    email: str | None  # None where the provider has not made sure that it is theirs


class OpenIdentity:
    """One provider, as it is set up for us. What it publishes of itself is read once, its keys again when one is new."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, levels: tuple[str, ...], back: str) -> None:
        """`levels` are the `acr` values that count, all where there are none; `back` is the address of ours where somebody
        comes back.
        """
        self.issuer, self._id, self._secret = issuer, client_id, client_secret
        self._levels, self._back = levels, back
        self._client = httpx.AsyncClient(timeout=PATIENCE)
        self._published: Mapping[str, str] | None = None

    async def aclose(self) -> None:
        """Let its connections go."""
        await self._client.aclose()

    def begin(self, name: str, *, anew: bool = False) -> Journey:
        """A new way, whose state begins with a name that says what it was for."""
        state, nonce, verifier = (
            f"{name}.{secrets.token_urlsafe(16)}",
            secrets.token_urlsafe(16),
            secrets.token_urlsafe(48),
        )
        return Journey(state, nonce, verifier, anew)

    async def address(self, journey: Journey, language: str) -> str:
        """Where somebody goes to show who they are. Raises IdentityUnavailable."""
        published = await self._discovered()
        more = {"acr_values": " ".join(self._levels)} if self._levels else {}
        if journey.anew:
            more |= {"prompt": "login", "max_age": "0"}
        address: str = prepare_grant_uri(
            published["authorization_endpoint"],
            self._id,
            "code",
            redirect_uri=self._back,
            scope=SCOPE,
            state=journey.state,
            nonce=journey.nonce,
            code_challenge=create_s256_code_challenge(journey.verifier),
            code_challenge_method="S256",
            ui_locales=language,
            **more,
        )
        return address

    async def identity(self, journey: Journey, state: str, code: str) -> Identity:
        """Who came back with a code. Raises NotIdentified or IdentityUnavailable."""
        if not code or not secrets.compare_digest(journey.state.encode(), state.encode()):
            raise NotIdentified("it did not come back from where this request went")
        published = await self._discovered()
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": journey.verifier,
        }
        answer = await self._ask("POST", published["token_endpoint"], data=asked, auth=(self._id, self._secret))
        if answer.status_code == httpx.codes.BAD_REQUEST:
            raise NotIdentified("the provider does not know the code, or not any more")
        told = _object(answer)
        return self._told(await self._read(str(told.get("id_token", "")), published), told, journey)

    def _told(self, token: jwt.Token, told: Mapping[str, Any], journey: Journey) -> Identity:
        must: dict[str, Any] = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._id},
            "exp": {"essential": True},
            "sub": {"essential": True},
        }
        if self._levels:
            must["acr"] = {"essential": True, "values": list(self._levels)}
        params = {"nonce": journey.nonce, "client_id": self._id, "access_token": told.get("access_token")}
        claims = CodeIDToken(token.claims, token.header, must, params)
        try:
            claims.validate(leeway=LEEWAY)
            if journey.anew and datetime.fromtimestamp(claims["auth_time"], UTC) < datetime.now(UTC) - JUST_NOW:
                raise NotIdentified("they did not show anew who they are")
            born, verified = claims.get("birthdate"), claims.get("email_verified") is True
            return Identity(
                _text(claims["name"]),
                date.fromisoformat(_text(born)) if born else None,
                _text(claims["sub"]),
                _text(claims["email"]) if verified else None,
            )
        except NotIdentified:
            raise
        except Exception as error:  # whatever the libraries call it: what is not as it must be shows nobody
            raise NotIdentified(f"the provider's word does not hold: {type(error).__name__}") from None

    async def _read(self, token: str, published: Mapping[str, str]) -> jwt.Token:
        """A token that one of the provider's keys has signed. Raises NotIdentified or IdentityUnavailable."""
        keys = _object(await self._ask("GET", published["jwks_uri"]))
        try:
            return jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotIdentified(f"the provider did not sign it: {type(error).__name__}") from None

    async def _discovered(self) -> Mapping[str, str]:
        if self._published is None:
            published = _object(await self._ask("GET", get_well_known_url(self.issuer, external=True)))
            if published.get("issuer") != self.issuer or not all(
                isinstance(published.get(each), str) for each in NAMED
            ):
                raise IdentityUnavailable("the provider publishes something else than was set up")
            self._published = {each: published[each] for each in NAMED}
        return self._published

    async def _ask(self, method: str, address: str, **more: Any) -> httpx.Response:
        try:
            return await self._client.request(method, address, **more)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise IdentityUnavailable(f"the provider does not answer: {type(error).__name__}") from error


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json() if answer.is_success else None
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise IdentityUnavailable(f"the provider answers with {answer.status_code} or something unreadable")
    return told


def _text(told: Any) -> str:
    if not isinstance(told, str) or not told.strip():
        raise NotIdentified("the provider tells no name")
    return told
