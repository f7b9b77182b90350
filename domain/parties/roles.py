"""Who at a business gets which message: the contact of the role that a step names, else the nearest."""

from typing import Literal, get_args

ContactRole = Literal["invoice", "reminder", "approver"]
ROLES: tuple[ContactRole, ...] = get_args(ContactRole)
NO_ROLE = ""  # whoever is there for everything

_NEAREST: dict[ContactRole, tuple[str, ...]] = {
    "invoice": ("invoice", NO_ROLE, "reminder", "approver"),
    "reminder": ("reminder", NO_ROLE, "invoice", "approver"),
    "approver": ("approver", NO_ROLE, "reminder", "invoice"),
}


def nearest_first(wanted: ContactRole) -> tuple[str, ...]:
    """All roles, from the one that is wanted to the one that is asked last."""
    return _NEAREST[wanted]
