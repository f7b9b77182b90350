"""Numbers as codes: in their order, and one of its own for what is not known."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from prediction.payments.bins import BINS, bins_of

NUMBER = st.one_of(st.floats(-1e6, 1e6, width=32), st.just(float("nan")))


@given(st.lists(NUMBER, min_size=1, max_size=200))
def test_codes_keep_the_order_of_what_is_known(numbers: list[float]) -> None:
    known = np.array(numbers, dtype=np.float32)[:, None]
    codes = bins_of(known).codes(known)[:, 0]
    assert ((codes == 0) == np.isnan(known[:, 0])).all()
    assert codes.max() <= BINS
    order = np.argsort(known[codes > 0, 0], kind="stable")
    assert (np.diff(codes[codes > 0][order].astype(int)) >= 0).all()


def test_few_different_numbers_have_a_code_each() -> None:
    known = np.array([[0.0], [1.0], [2.0], [1.0]], dtype=np.float32)
    assert bins_of(known).codes(known)[:, 0].tolist() == [1, 2, 3, 2]


def test_what_is_always_the_same_or_never_known_is_one_code() -> None:
    known = np.array([[7.0, np.nan], [7.0, np.nan]], dtype=np.float32)
    bins = bins_of(known)
    assert bins.codes(known).tolist() == [[1, 0], [1, 0]]
    later = np.array([[9.0, 3.0], [np.nan, np.inf]], dtype=np.float32)
    assert bins.codes(later).tolist() == [[1, 1], [0, 1]], "what was never seen when it learned is read all the same"


def test_coarse_codes_are_fewer_and_keep_what_is_not_known_apart() -> None:
    known = np.concatenate([np.arange(100), [np.nan]]).astype(np.float32)[:, None]
    bins = bins_of(known)
    coarse = bins.coarse(bins.codes(known))[:, 0]
    assert set(coarse.tolist()) == set(range(9))
    assert (coarse == 0).tolist() == np.isnan(known[:, 0]).tolist()
