"""The rules that ship with Purr: countries and policies, read and checked at the start."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from domain.law import Law, load_law
from domain.policy import Policy
from domain.policy_loader import load_policy

FOLDER = Path(__file__).parent
COUNTRIES = FOLDER / "countries"
POLICIES = FOLDER / "policies"
HOME = "NO"  # the country by whose days money is booked


def read_laws(folder: Path = COUNTRIES) -> dict[str, Law]:
    """The laws by country code; raises LawError with file and line."""
    laws = [load_law(path.read_text(), path.name) for path in sorted(folder.glob("*.yaml"))]
    return {law.country: law for law in laws}


def read_policies(laws: Mapping[str, Law], on: date, folder: Path = POLICIES) -> dict[str, tuple[Policy, str]]:
    """The policies by name with their texts; raises PolicyError with file and line."""
    policies = {}
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text()
        policy = load_policy(text, str(path.name), laws, on=on)
        policies[policy.name] = (policy, text)
    return policies
