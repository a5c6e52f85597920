"""The quantities of Part II: localization kernels, the means and the models that they weigh."""

from __future__ import annotations

from locality.theory.core.quantity import finite, nonnegative, positive, quantity

change_before = quantity(
    "change_before",
    r"\delta",
    "what keeping the heads before to blocks changes of their sum",
    "output",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
gain = quantity(
    "gain",
    r"\lVert U\rVert",
    "operator norm of a head's map from tokens to the layer's outputs, output times value matrix",
    "output/value",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
factor = quantity(
    "factor",
    "w",
    "entry of a matrix that maps values",
    "1",
    "any finite real",
    finite,
    real=True,
)
offset = quantity(
    "offset",
    "b",
    "component of an affine map's offset",
    "value",
    "any finite real",
    finite,
    real=True,
)
value_mean = quantity(
    "value_mean",
    r"\bar v",
    "component of the values' local mean",
    "value",
    "any finite real",
    finite,
    real=True,
)

noise = quantity(
    "noise",
    r"\sigma",
    "standard deviation of Gaussian noise in every coordinate, the bandwidth of its denoiser",
    "key",
    "σ > 0",
    positive,
    positive=True,
)
denoising_shift = quantity(
    "denoising_shift",
    r"\langle e,\,r(x)-x\rangle",
    "how far the denoiser moves a point along a direction",
    "key²",
    "any finite real",
    finite,
    real=True,
)
variance_along = quantity(
    "variance_along",
    r"\operatorname{Var}_p\langle e,x_i\rangle",
    "variance of the keys along a direction under a kernel's normalised weights",
    "key⁴",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
least_risk = quantity(
    "least_risk",
    r"R^*",
    "mean squared distance of the values from their local mean, under the same weights",
    "value²",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
distance_from_mean = quantity(
    "distance_from_mean",
    r"\lVert\theta-r\rVert",
    "distance of an answer from the local mean",
    "value",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)

kernel_mass = quantity(
    "kernel_mass",
    r"\sum_iK_i",
    "sum of a kernel's weights at a query",
    "1",
    "> 0",
    positive,
    positive=True,
)
convexity = quantity(
    "convexity",
    r"\mu",
    "strong convexity of every key's loss",
    "loss over parameter²",
    "μ > 0",
    positive,
    positive=True,
)
gradient_diameter = quantity(
    "gradient_diameter",
    "D",
    "largest distance between two keys' loss gradients at one parameter",
    "loss over parameter",
    "D ≥ 0",
    nonnegative,
    nonnegative=True,
)
gradient_bound = quantity(
    "gradient_bound",
    "G",
    "largest length of a key's loss gradient at one parameter",
    "loss over parameter",
    "G ≥ 0",
    nonnegative,
    nonnegative=True,
)

travel = quantity(
    "travel",
    r"\lVert x'-x\rVert",
    "distance from a point to its update, the local mean there",
    "key",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
relaxation = quantity(
    "relaxation",
    "t",
    "how far a step goes on the way to the update: 1 arrives there, 2 goes as far again",
    "1",
    "any finite real",
    finite,
    real=True,
)
pull = quantity(
    "pull",
    "G",
    "summed weights of all keys in a mean shift",
    "1",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)

divergence = quantity(
    "divergence",
    r"\bar D",
    "relative entropy of the new labels to the old, in the mean over objects, each weighed by its "
    "share of the consistency",
    "nats",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
noise_variance = quantity(
    "noise_variance",
    r"\sigma^2",
    "variance of the noise of one value, each point's uncorrelated with the others'",
    "value²",
    "σ² > 0",
    positive,
    positive=True,
)
weights_entropy = quantity(
    "weights_entropy",
    "H",
    "entropy of a kernel's normalised weights",
    "nats",
    "H ≥ 0",
    nonnegative,
    nonnegative=True,
)
target_slope = quantity(
    "target_slope",
    r"\mathrm{Lip}",
    "Lipschitz constant of what is estimated",
    "value/key",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
mean_distance = quantity(
    "mean_distance",
    r"\textstyle\sum_ip_i\lVert x^*-x_i\rVert",
    "mean distance of the points from the query under a kernel's normalised weights",
    "key",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
query_value = quantity(
    "query_value",
    "f(x^*)",
    "what is estimated, at the query",
    "value",
    "any finite real",
    finite,
    real=True,
)
nearest_mean = quantity(
    "nearest_mean",
    r"\bar v_R",
    "mean value of the nearest keys, each counted once",
    "value",
    "any finite real",
    finite,
    real=True,
)
key_score = quantity(
    "key_score",
    r"\langle q,k_j\rangle",
    "score of the query against a key",
    "score",
    "any finite real",
    finite,
    real=True,
)
key_norm = quantity(
    "key_norm",
    r"\lVert k_j\rVert",
    "length of a key vector",
    "√score",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
norm_range = quantity(
    "norm_range",
    "S",
    "largest minus smallest squared length of the keys",
    "score",
    "S ≥ 0",
    nonnegative,
    nonnegative=True,
)

cutoff = quantity(
    "cutoff",
    "t",
    "what the exponents of all patches left out exceed: squared distance over h², at the least",
    "1",
    "any finite real",
    finite,
    real=True,
)
distance = quantity(
    "distance",
    "d",
    "distance of a key from the query",
    "length",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
reach = quantity(
    "reach",
    "r",
    "distance of the query's k-th nearest key",
    "length",
    "r > 0",
    positive,
    positive=True,
)
bandwidth_scale = quantity(
    "bandwidth_scale",
    r"\kappa",
    "adaptive bandwidth over the distance of the k-th nearest key",
    "1",
    "κ > 0",
    positive,
    positive=True,
)
bandwidth = quantity(
    "bandwidth",
    "h",
    "bandwidth of a kernel of distances",
    "key",
    "h > 0",
    positive,
    positive=True,
)
rule_distance = quantity(
    "rule_distance",
    "d",
    "distance of an input from a rule's centre, every axis in units of the rule's width there",
    "1",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
largest_consequent = quantity(
    "largest_consequent",
    r"\max_j b_j",
    "largest consequent of all rules",
    "value",
    "any finite real",
    finite,
    real=True,
)

multiplier = quantity(
    "multiplier",
    r"\kappa",
    "what the weights that rebuild a point best cost, and half the cost's slope in each of them",
    "key²",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
departure = quantity(
    "departure",
    r"C(w'-w)",
    "what the difference of weights from the best ones would cost as weights",
    "key²",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
ridge = quantity(
    "ridge",
    r"\rho",
    "what the squared weights of a reconstruction cost",
    "key²",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
squared_distance = quantity(
    "squared_distance",
    r"\lVert w'-w\rVert^2",
    "squared distance of weights from the best ones",
    "1",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
magnification = quantity(
    "magnification",
    "s",
    "factor by which points are drawn apart, once they are turned, mirrored and shifted",
    "1",
    "s > 0",
    positive,
    positive=True,
)
