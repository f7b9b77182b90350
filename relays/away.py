"""What a loop meets again and again while something is away is told once when it begins, and once when it is over."""


class Away:
    """Whether something is away just now, for the loop that needs it."""

    def __init__(self) -> None:
        self._is_away = False

    def begins(self) -> bool:
        """It does not answer; gives whether it did before, so that this is to be told."""
        began, self._is_away = not self._is_away, True
        return began

    def ends(self) -> bool:
        """It answers; gives whether it did not before."""
        ended, self._is_away = self._is_away, False
        return ended


def first_line(error: BaseException) -> str:
    """What an error says first: statements and hints stand below."""
    return (str(error) or type(error).__name__).splitlines()[0]
