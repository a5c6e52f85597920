"""The estimators are scikit-learn's in every respect that scikit-learn checks, and drop in."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.cluster import MeanShift, estimate_bandwidth
from sklearn.datasets import load_diabetes, load_iris, make_blobs
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from locality.kernels.localization.estimators import (
    LocalLinearRegressor,
    LocalMeanRegressor,
    LocalMeanShift,
)
from locality.theory import InputError

REGRESSORS = (LocalMeanRegressor, LocalLinearRegressor)
X, Y = load_diabetes(return_X_y=True)
IRIS = load_iris().data
CHECKED = [
    LocalMeanRegressor(),
    LocalMeanRegressor(kernel="uniform", neighbors=3),
    LocalLinearRegressor(),
    LocalMeanShift(),
]


@parametrize_with_checks(CHECKED)
def test_scikit_learn_finds_nothing_to_object(monkeypatch, estimator, check):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")  # or the check of array dispatch is skipped
    check(estimator)


# -- in place of scikit-learn's own --------------------------------------------------------------


def scored(model):
    return cross_val_score(make_pipeline(StandardScaler(), model), X, Y, cv=5)


def test_nearest_neighbours_drop_in():
    ours = scored(LocalMeanRegressor(kernel="uniform", neighbors=8))
    np.testing.assert_allclose(ours, scored(KNeighborsRegressor(8)), rtol=1e-12)
    assert np.abs(ours - scored(KNeighborsRegressor(9))).max() > 1e-3


def test_kernel_ridge_makes_room():
    ours = scored(LocalMeanRegressor())
    for theirs in (KernelRidge(kernel="rbf"), KNeighborsRegressor()):
        assert ours.mean() > scored(theirs).mean() + 0.05


@pytest.mark.parametrize(
    ("regressor", "best"), [(LocalMeanRegressor, 1.0), (LocalLinearRegressor, 3.0)]
)
def test_bandwidths_are_searched(regressor, best):
    pipeline = make_pipeline(StandardScaler(), regressor())
    name = f"{regressor.__name__.lower()}__bandwidth"
    search = GridSearchCV(pipeline, {name: [0.3, 1.0, 3.0]}, cv=3).fit(X, Y)
    assert search.best_params_[name] == best
    assert search.best_score_ > 0.4
    assert search.predict(X[:5]).shape == (5,)


def test_affine_targets_are_reproduced():
    targets = X @ np.arange(10.0) + 3.0
    linear = LocalLinearRegressor(bandwidth=0.2).fit(X[:300], targets[:300])
    np.testing.assert_allclose(linear.predict(X[300:]), targets[300:], rtol=1e-9)
    constant = LocalMeanRegressor(bandwidth=0.2).fit(X[:300], targets[:300])
    assert np.abs(constant.predict(X[300:]) - targets[300:]).max() > 0.01


def test_a_wide_local_linear_model_is_linear_regression():
    ours = LocalLinearRegressor(bandwidth=1e6).fit(X, Y).predict(X)
    np.testing.assert_allclose(ours, LinearRegression().fit(X, Y).predict(X), rtol=1e-6)


@pytest.mark.parametrize("made", [*CHECKED[:3], LocalMeanShift(bandwidth=1.0, kernel="gaussian")])
def test_pickles_and_clones_predict_the_same(made):
    fitted = clone(made).fit(IRIS, IRIS[:, 0])
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(IRIS), fitted.predict(IRIS))
    copied = clone(fitted)
    assert not hasattr(copied, "n_features_in_")
    np.testing.assert_array_equal(copied.fit(IRIS, IRIS[:, 0]).predict(IRIS), fitted.predict(IRIS))


@pytest.mark.parametrize("regressor", REGRESSORS)
def test_types_and_shapes_are_those_of_the_samples(regressor):
    single, many = IRIS.astype(np.float32), np.stack([IRIS[:, 0], IRIS[:, 1]], axis=1)
    fitted = regressor().fit(single, many)
    assert fitted.predict(IRIS).dtype == np.float32
    assert fitted.predict(IRIS).shape == many.shape
    alone = regressor().fit(single, many[:, 1]).predict(single)
    np.testing.assert_allclose(fitted.predict(single)[:, 1], alone, rtol=1e-5)


def test_a_fitted_regressor_keeps_its_samples_when_the_caller_changes_them():
    own = IRIS.copy()
    fitted = LocalMeanRegressor(bandwidth=0.1).fit(own, IRIS[:, 0])
    before = fitted.predict(IRIS)
    own[:] = 0.0
    np.testing.assert_array_equal(fitted.predict(IRIS), before)


# -- where no sample has any weight ---------------------------------------------------------------


@pytest.mark.parametrize("regressor", REGRESSORS)
@pytest.mark.parametrize("kernel", ["uniform", "epanechnikov"])
def test_where_no_sample_reaches_the_nearest_count(regressor, kernel):
    keys, values = np.array([[0.0], [1.0], [3.0], [9.0]]), np.array([1.0, 2.0, 5.0, 7.0])
    queries = np.array([[0.1], [2.0], [5.0]])  # near one key, midway between two, near none
    made = regressor(kernel=kernel, bandwidth=0.5).fit(keys, values)
    np.testing.assert_allclose(made.predict(queries), [1.0, 3.5, 5.0], rtol=1e-12)
    told = made.set_params(empty="nan").predict(queries)
    np.testing.assert_allclose(told, [1.0, np.nan, np.nan], rtol=1e-12)


def test_no_sample_is_out_of_a_gaussian_reach():
    made = LocalMeanRegressor(bandwidth=1e-3, empty="nan").fit([[0.0], [1.0]], [2.0, 4.0])
    np.testing.assert_array_equal(made.predict([[1e3], [-1e3]]), [4.0, 2.0])


# -- mean shift ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("points", "bandwidth"),
    [(IRIS, 0.8), (IRIS, None), (make_blobs(300, centers=4, random_state=2)[0], 1.7)],
    ids=["iris", "estimated", "blobs"],
)
def test_mean_shift_finds_the_clusters_of_scikit_learn(points, bandwidth):
    theirs = MeanShift(bandwidth=bandwidth).fit(points)
    ours = LocalMeanShift(bandwidth=bandwidth).fit(points)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-12)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_array_equal(ours.predict(points + 0.1), theirs.predict(points + 0.1))
    assert ours.n_iter_ == theirs.n_iter_ > 1
    assert len(theirs.cluster_centers_) > 1


@pytest.mark.parametrize("most", [0, 1, 3])
def test_mean_shift_stops_when_scikit_learn_does(most):
    seeds = IRIS[::7] + 0.05
    theirs = MeanShift(bandwidth=0.8, seeds=seeds, max_iter=most).fit(IRIS)
    ours = LocalMeanShift(bandwidth=0.8, seeds=seeds, max_iter=most).fit(IRIS)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-12)
    assert ours.n_iter_ == theirs.n_iter_ == most


def test_the_default_bandwidth_is_the_estimate():
    given = LocalMeanShift(bandwidth=estimate_bandwidth(IRIS)).fit(IRIS)
    np.testing.assert_array_equal(
        LocalMeanShift().fit(IRIS).cluster_centers_, given.cluster_centers_
    )


def test_clusters_of_a_gaussian_kernel_are_those_drawn():
    points, drawn = make_blobs(200, centers=[[0, 0], [9, 0], [0, 9]], random_state=0)
    labels = LocalMeanShift(kernel="gaussian", bandwidth=1.5).fit_predict(points)
    assert {tuple(np.unique(drawn[labels == label])) for label in range(3)} == {(0,), (1,), (2,)}


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("regressor", REGRESSORS)
@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"empty": "zero"}, "empty = 'zero'"),
        ({"kernel": "cubic"}, "kernel = 'cubic'"),
        ({"bandwidth": 0.0}, "bandwidth"),
        ({"neighbors": 0}, "neighbors = 0"),
        ({"neighbors": 151}, "neighbors = 151 with n_samples = 150"),
        ({"neighbors": 3, "bandwidth": -1.0}, "scale = -1.0"),
        ({"neighbors": 3, "kernel": "dot"}, "kernel 'dot'"),
    ],
)
def test_regressors_refuse_in_one_line(regressor, parameters, told):
    with pytest.raises(InputError, match=told) as refused:
        regressor(**parameters).fit(IRIS, IRIS[:, 0])
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"kernel": "dot"}, "kernel = 'dot'"),
        ({"max_iter": -1}, "max_iter = -1"),
        ({"bandwidth": 0.0}, "bandwidth"),
        ({"bandwidth": 0.5, "seeds": [[99.0, 0.0, 0.0, 0.0]]}, "bandwidth = 0.5: no sample"),
    ],
)
def test_mean_shift_refuses_in_one_line(parameters, told):
    with pytest.raises(InputError, match=told) as refused:
        LocalMeanShift(**parameters).fit(IRIS)
    assert "\n" not in str(refused.value)


def test_too_few_samples_for_an_estimate_are_told():
    with pytest.raises(InputError, match="n_samples = 3: the estimate is 0"):
        LocalMeanShift().fit(IRIS[:3])


# -- without scikit-learn -------------------------------------------------------------------------


def ran(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


@pytest.mark.slow
def test_the_kernels_do_not_import_scikit_learn():
    found = ran("import sys, locality.kernels, locality.kernels.localization as l; l.LocalMean();"
                "print('sklearn' in sys.modules)")  # fmt: skip
    assert found.stdout.strip() == "False", found.stderr


@pytest.mark.slow
def test_the_estimators_say_what_to_install():
    found = ran("import sys; sys.modules['sklearn'] = None;"
                "import locality.kernels.localization.estimators")  # fmt: skip
    assert (
        "needs scikit-learn: pip install 'locality[localization]'" in found.stderr.splitlines()[-1]
    )
