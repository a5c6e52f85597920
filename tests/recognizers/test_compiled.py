"""Compiled transformers answer as their formulas do, in every format, and faults are seen."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from locality.kernels import Mask
from locality.theory import InputError
from locality.theory.expressivity.formulas import (
    TRUE,
    And,
    Letter,
    Past,
    Since,
    Within,
    depth,
    yesterday,
)
from locality.theory.expressivity.semantics import accepts, encode, evaluate
from locality.theory.expressivity.types import Operators
from locality.verify.recognizers import compiled, weights
from locality.verify.recognizers.agreement import (
    FEASIBLE,
    LONGEST,
    agreement,
    short_words,
)
from locality.verify.recognizers.compiled import compile_formula
from locality.verify.recognizers.languages import LANGUAGES
from locality.verify.recognizers.precision import FORMATS
from locality.verify.recognizers.strategies import formulas, words

DTYPES = list(FORMATS.values())
A, B, C = map(Letter, "abc")
FIRST = ~Past(TRUE)
OVER_AB = {
    ".*a": Within(A, 1),
    ".*ab": Within(B & Within(A, 1), 1),
    "a.*": Past(A & FIRST),
    ".*a.*b.*": Past(B & Past(A)),
    "(ab)*": ~Within(A, 1) & ~Past((A & Within(A, 1)) | (B & ~Within(A, 1))),
    ".*ab.*": Past(B & Within(A, 1)),
    ".*ab*": Past(A),
}
OVER_ABC = {
    one.regex + "'" * k: formula
    for one in LANGUAGES
    for k, formula in enumerate(one.formulas)
    if not any(isinstance(part, Since) for part in weights.subformulas(formula))
}


def words_up_to(length, alphabet):
    return short_words(alphabet, length, most=10**6)


def agrees(formula, alphabet, words, dtype, length=None):
    model = compile_formula(formula, alphabet, dtype, length)
    return bool((model.accepts(words) == accepts(formula, words, alphabet)).all())


def test_yesterday_by_hand():
    model = compile_formula(Within(A, 1), "ab", length=3)
    assert model.accepts(["", "a", "b", "ab", "ba"]).tolist() == [False, True, False, False, True]
    assert list(model.scales.values()) == [0.0]  # one visible key has all the attention


def test_an_empty_past_is_exactly_false():
    model = compile_formula(Past(TRUE), "a")
    assert model.accepts(["", "a"]).tolist() == [False, True]
    trace = model.trace(["a"])
    assert trace.mass[Past(TRUE)].tolist() == [[0.0, 1.0]]
    assert trace.attention[Past(TRUE)].tolist() == [[[0.0, 0.0], [1.0, 0.0]]]


def test_layers_are_depths_and_masks_are_groups():
    formula = Past(A & Within(B, 1)) & Past(B & Past(A)) & Within(Past(B) | Within(A, 3), 2)
    shape = weights.plan(formula, "ab").shape
    heads = [sorted(layer["heads"], key=str) for layer in shape["layers"]]
    assert len(heads) == depth(formula) + 1
    assert heads == [[], [[1, 1], [1, 3], [2, None]], [[1, 2], [2, None]]]


@pytest.mark.parametrize("dtype", DTYPES, ids=FORMATS)
@pytest.mark.parametrize("regex", OVER_AB)
def test_all_words_over_two_letters(regex, dtype):
    words = words_up_to(12, "ab")
    assert agrees(OVER_AB[regex], "ab", words, dtype, 12)


@pytest.mark.slow
@pytest.mark.parametrize("length", [7, None])
@pytest.mark.parametrize("dtype", DTYPES, ids=FORMATS)
@pytest.mark.parametrize("regex", OVER_ABC)
def test_all_words_over_three_letters(regex, dtype, length):
    words = words_up_to(7, "abc")
    assert agrees(OVER_ABC[regex], "abc", words, dtype, length)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES, ids=FORMATS)
@pytest.mark.parametrize("regex", OVER_ABC)
def test_all_longer_words_over_three_letters(regex, dtype):
    assert agrees(OVER_ABC[regex], "abc", words_of((8, 9, 10), "abc"), dtype, 12)


@pytest.mark.slow
def test_all_words_of_twelve_letters_of_three():
    """The least exact format, and a language that needs both operators."""
    assert agrees(OVER_ABC["(ab)*"], "abc", words_of((11, 12), "abc"), torch.bfloat16, 12)


def words_of(sizes, alphabet):
    return ["".join(word) for size in sizes for word in itertools.product(alphabet, repeat=size)]


def random_words(draw, sizes, alphabet):
    """Uniform words, and words in which each letter but the first is rare."""
    for size in sizes:
        yield "".join(draw.choice(list(alphabet), size))
        rare = 2 / (size + 2)
        p = [1 - rare * (len(alphabet) - 1), *[rare] * (len(alphabet) - 1)]
        yield "".join(draw.choice(list(alphabet), size, p=p))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES, ids=FORMATS)
@pytest.mark.parametrize("regex", OVER_ABC)
def test_long_words(regex, dtype):
    draw = np.random.default_rng(17)
    words = list(random_words(draw, [draw.integers(1000, 10_000), 10_000], "bca"))
    words += ["a" + "c" * 9999, "ab" * 5000]
    for length in (10_000, None):
        assert agrees(OVER_ABC[regex], "abc", words, dtype, length)


@pytest.mark.slow
@given(
    formula=formulas(Operators(past=True, windows=(1, 2, 4))),
    tried=st.lists(words("ab", 20), min_size=1, max_size=20),
    dtype=st.sampled_from(DTYPES),
    length=st.sampled_from([20, None]),
)
def test_every_truth_value_is_exact_in_every_word(formula, tried, dtype, length):
    trace = compile_formula(formula, "ab", dtype, length).trace(tried)
    codes = encode(tried, "ab")
    for one, found in trace.truth.items():
        assert (found == evaluate(one, codes, "ab")).all()


def test_deep_and_wide_formulas():
    deep = yesterday(A, 60)
    assert agrees(deep, "ab", ["a" + "b" * 59, "b" + "a" * 59, "ab" * 40], torch.float32)
    wide = And(tuple(Within(A, k) | Within(B, k) for k in range(1, 20)))
    assert agrees(wide, "ab", ["", "a", "ab"], torch.bfloat16)


def test_what_follows_a_word_is_never_seen():
    formula = OVER_ABC["(ab)*"]
    model = compile_formula(formula, "abc")
    words = ["ab" * n + "c" * (n % 2) for n in range(20)]
    together = model.accepts(words)
    assert together.tolist() == [bool(model.accepts([word])[0]) for word in words]
    codes = torch.from_numpy(encode(words, "abc")).long()
    filled = torch.where(codes < 0, 2, codes)
    filled[torch.arange(20), [len(word) for word in words]] = -1
    ends = torch.arange(20), torch.tensor([len(word) for word in words])
    assert torch.equal(model(codes)[ends], model(filled)[ends])


def test_batches_split_without_a_trace(monkeypatch):
    monkeypatch.setattr(compiled, "BATCH", 100)
    assert agrees(OVER_AB["(ab)*"], "ab", words_up_to(4, "ab"), torch.float32)
    assert len(compile_formula(A, "a").accepts([])) == 0


# -- planted faults ----------------------------------------------------------------------------


def read_at_the_end(model, word):
    return float(model(torch.from_numpy(encode([word], model.alphabet)).long())[0, -1])


@pytest.mark.parametrize("length", [1, 2, 3, 12, 500])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_a_scale_is_too_small_from_exactly_the_length_that_the_theorem_says(dtype, length):
    model = compile_formula(Past(A), "ab", dtype, length)
    broken = math.floor(math.exp(model.scales[Past(A)])) + 2  # the first N with N − 1 > e^scale
    assert broken == max(length, 2) + 1

    def read(size):
        return read_at_the_end(model, "a" + "b" * (size - 1))

    assert [read(size) for size in range(1, min(broken, 20))] == [1.0] * min(broken - 1, 19)
    assert read(broken - 1) == 1.0
    assert read(broken) < 1.0


def test_a_scale_is_enough_for_its_length_in_bfloat16():
    for length in (2, 3, 12, 500):
        model = compile_formula(Past(A), "ab", torch.bfloat16, length)
        assert read_at_the_end(model, "a" + "b" * (length - 1)) == 1.0


MASKS = {
    "a window one too long": lambda k: (
        Mask.strict_causal() if k is None else Mask.window(k + 1, strict=True)
    ),
    "not strict": lambda k: Mask.causal() if k is None else Mask.window(k, strict=False),
    "sees all": lambda k: Mask(),
}


@pytest.mark.parametrize("fault", MASKS)
def test_a_wrong_mask_is_seen(fault, monkeypatch):
    monkeypatch.setattr(compiled, "_mask", MASKS[fault])
    formula = OVER_AB["(ab)*"]
    assert not agrees(formula, "ab", words_up_to(4, "ab"), torch.float64)


def test_a_missing_step_is_seen(monkeypatch):
    monkeypatch.setattr(weights, "_fill_rounding", lambda *_: None)
    assert not agrees(Past(A), "ab", words_up_to(3, "ab"), torch.float64)


# -- refusals ----------------------------------------------------------------------------------

REFUSED = [
    ((Since(B, A), "ab"), r"operator S \(since\): expected P and Y≤k only"),
    ((A, ""), "alphabet ''"),
    ((A, "aba"), "alphabet 'aba'"),
    ((C, "ab"), "letter 'c': expected one of 'ab'"),
    ((Past(A), "a", torch.float16), "dtype = torch.float16: expected one of float64"),
    ((Past(A), "a", torch.float32, 2**24 + 1), "length 16777217 in float32: expected at most"),
    ((Past(A), "a", "float16"), "dtype = float16: expected one of float64"),
    (("P a", "ab"), "formula 'P a': expected a Formula, which parse makes"),
    ((Past(A), "a", torch.float32, -1), "length -1"),
    ((Past(A), "a", torch.float32, 1.5), "length 1.5: expected an integer of at least 0"),
    ((And((A,) * 257), "a", torch.bfloat16), "257 parts in bfloat16: expected at most 256"),
]


@pytest.mark.parametrize(("given", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_cannot_be_carried_is_refused_in_one_line(given, said):
    with pytest.raises(InputError, match=said) as caught:
        compile_formula(*given)
    assert "\n" not in str(caught.value)


def test_words_that_do_not_fit_are_refused():
    model = compile_formula(Past(A), "ab", length=3)
    with pytest.raises(InputError, match="a word of 4 letters: expected at most 3"):
        model.accepts(["a", "abab"])
    with pytest.raises(InputError, match="letter 'c'"):
        model.accepts(["ac"])
    with pytest.raises(InputError, match="words 'ab': expected a list of words"):
        model.accepts("ab")


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_goes_by_its_name_too(name):
    assert compile_formula(Past(A), "ab", name).dtype == FORMATS[name]


# -- agreement ---------------------------------------------------------------------------------


def test_words_of_exactly_the_compiled_length_are_tried():
    told = []
    found = agreement(
        compile_formula(Past(A), "ab", length=3000), told=lambda *step: told.append(step)
    )
    assert (found.full, found.longest, found.disagreements) == (2, 3000, ())
    assert told[0] == (found, 0)
    assert [done for _, done in told] == sorted({done for _, done in told})


def test_words_too_long_to_be_tried_are_left_out():
    found = agreement(compile_formula(Past(A), "ab", length=FEASIBLE + 1))
    assert (found.full, found.random) == (0, 100)
    assert found.longest <= LONGEST


def test_a_score_too_small_for_the_compiled_length_is_found():
    model = compile_formula(Past(A), "ab", length=3000)
    heads = model.transformer.stack[1].groups[0]
    heads.key.weight.mul_(0.9)
    assert agreement(model).disagreements == ("a" + "b" * 2999,)
