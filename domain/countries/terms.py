"""What a creditor declares of its agreements and licences, where the law asks for it."""

from typing import Literal, get_args

Term = Literal["reminder fee agreed", "due date agreed", "consumer credit licence"]
TERMS: tuple[Term, ...] = get_args(Term)
"""What a creditor declares of its agreements and licences in a policy, where the law of the country asks for it."""
