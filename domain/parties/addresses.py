"""When two spellings are one address: in capitals or not, and an email's domain as people or as the name system write it."""


def address_key(address: str) -> str:
    """What all spellings of an address have in common; the address itself is shown and written to as it was given.

    The name before an `@` might differ by capitals (RFC 5321 2.4), but who hands them out makes no use of that. A domain's
    labels are the same in letters and in their `xn--` form (RFC 5891).
    """
    name, at, domain = address.lower().rpartition("@")
    return name + at + ".".join(map(_in_letters, domain.split(".")))


def _in_letters(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError:
        return label
