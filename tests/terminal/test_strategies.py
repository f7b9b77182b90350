"""`strategies`: which one line of a policy to change is told of a past, drawn, and written in shadow; what is thin is said."""

from config.files import read_laws
from domain.policy.loader import load_policy
from tests.terminal import chosen
from tests.terminal.office import Office

POLICY = ("--policy", "no-gentle")


def test_a_change_is_judged_drawn_and_written_in_shadow(office: Office) -> None:
    number = chosen.imported(office, chosen.written(office.folder))
    page, file = office.folder / "page.html", office.folder / "tried.yaml"
    typed = ("strategies", "--history", number, *POLICY, "--yearly-rate", 8)
    found = office.typed(*typed, "--html", page, "--out", file, "--json").json
    (sms,) = found["changes"]
    assert (sms["before"], sms["after"]) == ("reach: [email, sms]", "reach: [sms, email]")
    assert (sms["step"], sms["front"], sms["why_not"]) == ("due-date-reminder", True, None)
    value, low, high = sms["parts"]["return"]
    assert low < 100 * (chosen.PAYS["sms"] - chosen.PAYS["email"]) < high
    assert low > 0
    assert (value > 0, sms["parts"]["cost"][0] > 0, sms["parts"]["days to pay"][0] < 0) == (True, True, True)
    verdicts = {name: each["verdict"] for name, each in sms["strategies"].items()}
    assert verdicts == {"most return": "better", "least cost": "worse", "best process": "better"}
    assert found["best"] == {"most return": 1, "least cost": None, "best process": 1}  # no goals are told
    assert "change line 27 (change 1), `reach: [email, sms]` → `reach: [sms, email]`" in found["sentences"][0]
    text = file.read_text()
    tried = load_policy(text, "tried.yaml", read_laws(), on=None)
    assert (tried.shadow, tried.name, sms["after"] in text) == (True, "no-gentle-change-1", True)
    assert office.typed("policy", "check", file).code == 0
    for way, shadow in (("share", False), ("all", False)):
        assert office.typed(*typed, "--out", file, "--as", way).code == 0
        assert office.typed("policy", "check", file).code == 0
        assert load_policy(file.read_text(), "tried.yaml", read_laws(), on=None).shadow is shadow
    shown = page.read_text()
    assert "<circle" in shown
    assert "<script" not in shown
    said = office.typed(*typed)
    assert (said.code, found["sentences"][0] in said.out) == (0, True)
    assert "the days between contacts were never left to chance" in said.err
    assert "steps of which no contact was left to chance: reminder" in said.err


def test_what_nothing_is_known_of_is_not_written(office: Office) -> None:
    file = office.folder / "tried.yaml"
    said = office.typed("strategies", "--creditor", office.creditor, *POLICY)
    assert (said.code, "nothing can be said, the policy stands" in said.err) == (0, True)
    refused = office.typed("strategies", "--creditor", office.creditor, *POLICY, "--out", file)
    assert (refused.code, "is not written: nothing is surely better" in refused.err) == (1, True)
    assert not file.exists()
    assert (
        "there is no change 7"
        in office.typed("strategies", "--creditor", office.creditor, *POLICY, "--out", file, "--take", 7).err
    )


def test_a_thin_past_says_so_and_the_policy_stands(office: Office) -> None:
    number = chosen.imported(office, chosen.written(office.folder, 60))
    found = office.typed("strategies", "--history", number, *POLICY, "--json").json
    assert set(found["best"].values()) == {None}
    assert all(each["why_not"] and not each["front"] for each in found["changes"])
    assert "nothing is surely better: the policy stands as it is written" in found["sentences"][0]
    assert office.typed("prediction", "strategies", "--json").json["judged"] > 0  # kept for the desk


def test_what_cannot_be_asked_is_refused_in_words(office: Office) -> None:
    assert "name a creditor" in office.typed("strategies").err
    assert "say with --out" in office.typed("strategies", "--history", 9999, "--take", 1).err
    assert "no file 9999 is kept" in office.typed("strategies", "--history", 9999).err
    missing = office.typed("strategies", "--creditor", office.creditor, "--policy", "nowhere")
    assert "neither a file nor a shipped policy" in missing.err
