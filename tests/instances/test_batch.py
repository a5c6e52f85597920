import io
import pickle
import re
import zipfile

import numpy as np
import pytest

from locality.theory import InputError
from locality.verify.instances import EXTRAS, STRATA, Batch, Instance, Stream, family, stratum_of

ARRAYS = ("scores", "temperature", "values", "dial", "step", "delta", "query", "rates")


def batch() -> Batch:
    return next(family("gaussian").draw(Stream(7, "gaussian"), 1, EXTRAS, 7))


def same(first: Instance, second: Instance) -> bool:
    pairs = [(getattr(first, name), getattr(second, name)) for name in ARRAYS]
    return first.m == second.m and all(
        a is b is None or (a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
        for a, b in pairs
    )


@pytest.mark.parametrize(("x", "name"), [
    (-5e-324, "negative"), (-0.0, "0"), (0.0, "0"), (5e-324, "(0,1)"), (0.99, "(0,1)"),
    (1.0, "[1,8)"), (8.0, "[8,30)"), (29.99, "[8,30)"), (30.0, ">=30"), (1e9, ">=30"),
])  # fmt: skip
def test_strata_have_the_ends_that_their_names_say(x, name):
    assert STRATA[stratum_of(np.array([x]))[0]] == name


def test_an_instance_is_the_rows_of_its_batch():
    drawn = batch()
    found = drawn.instance(8, width=4)
    assert found.width == 4
    assert found.m == drawn.m
    assert (found.scores == drawn.scores[8:12]).all()
    assert (found.values == drawn.values[8:12]).all()
    assert (found.dial == drawn.dial[8:12]).all()


@pytest.mark.parametrize(("i", "width"), [(-1, 1), (0, 0), (4096, 1), (4093, 4)])
def test_rows_outside_the_batch_are_refused(i, width):
    with pytest.raises(InputError, match="expected some of 4096"):
        batch().instance(i, width)


@pytest.mark.parametrize("width", [1, 4])
def test_bytes_give_back_every_bit(width):
    found = batch().instance(3, width)
    assert same(Instance.from_bytes(found.to_bytes()), found)
    assert found.to_bytes() == found.to_bytes()


def test_bytes_keep_what_is_not_finite():
    scores = np.array([[np.nan, np.inf, -np.inf, -0.0, 5e-324]])
    found = Instance(scores=scores, m=2, temperature=np.array([1.0]))
    assert same(Instance.from_bytes(found.to_bytes()), found)


def test_an_instance_is_a_batch_again():
    drawn = batch()
    again = drawn.instance(0, width=drawn.size).batch()
    assert (again.scores == drawn.scores).all()
    assert (again.stratum == drawn.stratum).all()


def npz(**arrays: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def archive(method: int = zipfile.ZIP_STORED, **entries: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as opened:
        for name, data in entries.items():
            opened.writestr(f"{name}.npy", data)
    return file.getvalue()


def header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


GOOD = {"m": np.int64(1), "scores": np.zeros((1, 3)), "temperature": np.ones(1)}
HUGE = header("{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999, 99999), }\n")
BAD = {
    "nothing": b"",
    "text": b"not an archive",
    "a pickle": pickle.dumps(GOOD),
    "cut short": npz(**GOOD)[:-30],
    "a changed byte": npz(**GOOD).replace(b"scores.npy", b"scares.npy", 1),
    "objects": npz(**GOOD | {"scores": np.array([[{}, 1, 2]], dtype=object)}),
    "a pickled entry": archive(m=pickle.dumps(1), scores=pickle.dumps(2), temperature=b""),
    "an absurd shape": archive(m=HUGE, scores=HUGE, temperature=HUGE),
    "a negative shape": archive(m=HUGE.replace(b"(9999999999", b"(-999999999")),
    "a broken header": archive(m=header("{'descr': '<f8', 'shape'\n")),
    "a header that calls": archive(m=header("{'descr': print(1)}\n")),
    "a bomb": archive(zipfile.ZIP_DEFLATED, m=b"\0" * 10**6),
    "encrypted": re.sub(rb"(PK\x01\x02.{4})\x00", b"\\1\x01", npz(**GOOD), flags=re.DOTALL),
    "no scores": npz(m=np.int64(1), temperature=np.ones(1)),
    "a stranger": npz(**GOOD, other=np.ones(1)),
    "m of 0": npz(**GOOD | {"m": np.int64(0)}),
    "m of n": npz(**GOOD | {"m": np.int64(3)}),
    "m a float": npz(**GOOD | {"m": np.float64(1)}),
    "m an array": npz(**GOOD | {"m": np.ones(2, dtype=np.int64)}),
    "scores of one axis": npz(**GOOD | {"scores": np.zeros(3)}),
    "scores in float32": npz(**GOOD | {"scores": np.zeros((1, 3), dtype=np.float32)}),
    "a temperature too many": npz(**GOOD | {"temperature": np.ones(2)}),
    "temperatures of two axes": npz(**GOOD | {"temperature": np.ones((1, 1))}),
    "values of other keys": npz(**GOOD, values=np.ones((1, 4, 2))),
    "values of two axes": npz(**GOOD, values=np.ones((1, 3))),
    "queries of one axis": npz(**GOOD, query=np.ones(1)),
    "a query too many": npz(**GOOD, query=np.ones((2, 3))),
    "a query in other dimensions": npz(**GOOD, query=np.ones((1, 3)), values=np.ones((1, 3, 2))),
    "dials in whole numbers": npz(**GOOD, dial=np.ones(1, dtype=np.int64)),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.filterwarnings("error")
def test_other_bytes_are_refused_in_one_line(name):
    with pytest.raises(InputError) as caught:
        Instance.from_bytes(BAD[name])
    assert "\n" not in str(caught.value)
    assert "expected" in str(caught.value)


def test_every_shorter_file_is_refused():
    data = batch().instance(0).to_bytes()
    for length in range(0, len(data), 7):
        with pytest.raises(InputError):
            Instance.from_bytes(data[:length])
