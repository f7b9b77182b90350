"""Check digits that the numbers of several countries have."""

VALUES = bytes.maketrans(b"0123456789-", bytes(range(11)))
"""Each digit's value, and a hyphen's, which stands for ten."""
_DOUBLED = bytes(sum(divmod(2 * value, 10)) for value in range(256))  # the sum of the digits of twice the value


def is_mod10(digits: str) -> bool:
    """Whether the last of these digits is the mod10 (Luhn) check digit of the others."""
    values = digits.encode().translate(VALUES)
    return (sum(values[::-2]) + sum(values[-2::-2].translate(_DOUBLED))) % 10 == 0 and values[-1] < 10
