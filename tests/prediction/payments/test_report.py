"""What came of learning is said in words, as a table, and as a document that is kept."""

import json

from prediction.payments.report import document, rows, words
from tests.prediction.payments.book import tried


def test_the_document_is_json_with_all_figures_and_the_verdict() -> None:
    found = json.loads(json.dumps(document(tried()), allow_nan=False))
    assert set(found["figures"]) == {"base rate", "ratio", "logistic", "boosted"}
    assert set(found["figures"]["ratio"]) == {"7", "14", "30"}
    value, low, high = found["figures"]["ratio"]["14"]["auc"]
    assert low < value < high
    assert found["verdict"] == tried().verdict
    assert found["learned_until"] < found["calibrated_until"] < found["through"]


def test_the_words_say_what_is_used_from_what_it_learned_and_what_it_leans_on() -> None:
    found = document(tried())
    said = words(found)
    assert said.splitlines()[0] == found["verdict"]
    assert f"learned from {found['learned_from']['invoices']} invoices of" in said
    assert "late_share" in said


def test_who_is_judged_worse_is_said_group_by_group_with_how_sure_that_is() -> None:
    found = document(tried())
    ages = found["groups"]["age group"]
    assert set(found["groups"]) == {"age group"}
    assert set(ages) == {"young", "old"}
    assert sum(of["moments"] for of in ages.values()) == found["figures"][found["used"]]["14"]["moments"]
    for of in ages.values():
        value, low, high = of["too_high"]
        assert low < value < high
    assert "too high (95 %) by age group, 14 days ahead, of so many customers: old " in words(found)


def test_the_table_has_a_row_for_each_guess_and_horizon_and_the_cold_apart() -> None:
    found = rows(document(tried()))
    assert len(found) == 2 * 4 * 3
    assert found[0]["guess"] == "base rate"
    assert found[-1]["guess"] == "boosted (cold)"
