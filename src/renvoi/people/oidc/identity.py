"""What the provider says of a person: who it is, the verified email, and the values of the role claim."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from renvoi.people.models import User, UserManager
from renvoi.people.oidc.fetching import Json

_MAX_NAME = 100
Roles = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person as the provider knows it. `subject` is its id there for good; the email may become another person's.

    `email` is empty unless the provider has verified it. `values` are those of the role claim; None: the claim is
    absent, which is not the same as empty. Then nothing is known of the role.
    """

    issuer: str
    subject: str
    email: str = ""
    name: str = ""
    values: tuple[str, ...] | None = None


def identity_of(id_claims: Json, userinfo: Json, *, issuer: str, role_claim: str) -> Identity:
    """Return the identity that verified claims describe. The ID token goes before the answer of the userinfo."""
    values = (claim_values(claims.get(role_claim)) for claims in (id_claims, userinfo) if role_claim)
    return Identity(
        issuer=issuer,
        subject=str(id_claims["sub"]),
        email=_verified_email((id_claims, userinfo)),
        name=_name(id_claims.get("name") or userinfo.get("name")),
        values=next((own for own in values if own is not None), None),
    )


def needs_userinfo(id_claims: Json, *, role_claim: str) -> bool:
    """Return whether something is missing in the ID token that the provider may say elsewhere."""
    return "email" not in id_claims or bool(role_claim and claim_values(id_claims.get(role_claim)) is None)


def claim_values(claim: Any) -> tuple[str, ...] | None:
    """Return the values of a claim, a text or a list of texts; None if it is absent or can't be read."""
    if isinstance(claim, str):
        return (claim,)
    if isinstance(claim, list) and all(isinstance(value, str) for value in claim):
        return tuple(claim)
    return None


def highest_role(values: Iterable[str], roles: Roles) -> User.Role | None:
    """Return the highest role that one of the values gives; None if none gives a role."""
    own = set(values)
    mapped = {User.Role(role) for value, role in roles if value in own}
    return max(mapped, key=[*User.Role].index, default=None)


def _verified_email(sources: Iterable[Json]) -> str:
    """Return the email of the first source that has one, if that source also says that it is verified."""
    claims = next((claims for claims in sources if claims.get("email")), {})
    email, is_verified = claims.get("email"), claims.get("email_verified")
    # Some providers write the value as a text.
    if isinstance(email, str) and (is_verified is True or is_verified == "true"):
        return UserManager.normalize_email(email)
    return ""


def _name(claim: Any) -> str:
    text = claim if isinstance(claim, str) else ""
    return "".join(character for character in text if character.isprintable()).strip()[:_MAX_NAME]
