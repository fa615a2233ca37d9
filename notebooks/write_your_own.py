# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Write your own derivation
#
# Ridge regression from the first line to the last: state it, check it, break it, say what it rests on, and compare it
# with your own code. Each cell can be changed and run again; what was stated before then no longer counts.

# %%
import numpy as np

from derive import (
    Derivation,
    InputError,
    below,
    check,
    check_code,
    dims,
    equal,
    eye,
    gradient,
    inv,
    invertible,
    less_than,
    matrix,
    norm2,
    numpy_function,
    scalar,
    tr,
)

# %% [markdown]
# ## Letters
#
# A dimension is a symbol; it never gets a value. A matrix has two of them. The rest is spelled as in NumPy: `@`, `.T`.

# %%
n, p, q = dims("n p q")  # n samples of p features, with q targets each
X, Y, W = matrix("X", n, p), matrix("Y", n, q), matrix("W", p, q)
lam = scalar("λ")

norm2(Y - X @ W) + lam * norm2(W)

# %% [markdown]
# An expression is kept as it was written, and what does not fit together is refused while it is written, with both
# shapes.

# %%
try:
    W @ X
except InputError as error:
    print(error)

# %% [markdown]
# ## Definitions and claims
#
# A `Derivation` is a page. `define` gives an expression a name that it is printed by. `gradient` is a claim: the
# gradient of $f$ by $W$ is this, and, with `vanishes`, it is zero exactly where that equation holds. `because` is for
# the reader.

# %%
page = Derivation("Ridge regression", source="my notes, page 1")
f = page.define("f", norm2(Y - X @ W) + lam * norm2(W))
page

# %%
normal = equal((X.T @ X + lam * eye(p)) @ W, X.T @ Y)
slope = page.gradient(
    "slope",
    f,
    W,
    2 * X.T @ (X @ W - Y) + 2 * lam * W,
    because=["chain rule"],
    title="The gradient, and where it is zero",
)
slope.vanishes(normal)
slope

# %%
check(slope)

# %% [markdown]
# ## Break a line
#
# Change a sign, a factor, a transpose in the line below, and run the cell. A false line gets an exact example at the
# smallest sizes at which one was found, that can be checked by hand.

# %%
broken = page.gradient("broken", f, W, 2 * X.T @ (X @ W - Y) - 2 * lam * W)
check(broken, plant=False)

# %% [markdown]
# A statement that is known to be false, from somebody's paper say, can be kept as it was printed. It is expected to be
# refuted, and the least change that makes it true is looked for. It takes a function, since what does not even fit
# together could not be written down otherwise.

# %%
page.as_printed(
    "slope-printed",
    lambda: equal(gradient(f, W), X.T @ (X @ W - Y) + lam * W),
    erratum="slip 1",
    reading="the squares give a factor 2",
    corrected_by="slope",
)
page.as_printed(
    "shapes-printed",
    lambda: equal(gradient(f, W), 2 * X @ (X @ W - Y) + 2 * lam * W),
    erratum="slip 2",
    reading="the first X is transposed",
    corrected_by="slope",
    expect="ill-typed",
)
del page.claims["broken"]  # it was there to be looked at
check(page, plant=False)

# %% [markdown]
# ## Hypotheses
#
# What is assumed has a name, and a claim says which assumptions and which earlier claims it uses. Here: where the
# normal equations hold and $X^\top X + \lambda I$ is invertible, there is one solution. The report says which
# hypotheses the claim *needs*: each by an exact example of all the others at which the claim fails.

# %%
solves = page.assume(normal, "normal equations")
regular = page.assume(invertible(X.T @ X + lam * eye(p)), "XᵀX + λI invertible")

solution = page.have(
    "solution",
    equal(W, inv(X.T @ X + lam * eye(p)) @ X.T @ Y),
    using=[solves, regular],
    title="The only critical point",
)
check(solution)

# %% [markdown]
# And it is the least value: moving $W$ by any $H$ adds squares. In a chain, `below` makes a line that is at most the
# next one. Try it without `positive`, or with `strictly_below`: at $H = 0$ the two are equal.

# %%
H = matrix("H", p, q)
positive = page.assume(less_than(0, lam), "λ > 0")


def risk(weights):
    """The regularised error at these weights."""
    return norm2(Y - X @ weights) + lam * norm2(weights)


moved = page.have(
    "moved",
    equal(risk(W + H), risk(W) + norm2(X @ H) + lam * norm2(H)),
    using=[solves],
    because=["the linear part vanishes"],
)
least = page.calc(
    "least",
    risk(W),
    risk(W + H) - norm2(X @ H) - lam * norm2(H),
    below(risk(W + H)),
    using=[moved, positive],
    title="It is the least",
    because=["moved", "squares, and λ > 0"],
)
check(page, only=["moved", "least"], plant=False)

# %% [markdown]
# A claim under hypotheses is proved only if something satisfies them, and the program makes such examples itself. Where
# it finds none, the claim is `undecided`, and the function that `@page.model` decorates can give one.
#
# ## Your own code
#
# `numpy_function` turns an expression into a function of arrays, so that code can be compared with what was proved, and
# not with another copy of itself.


# %%
def my_gradient(features, targets, weights, strength):
    """A gradient as it stands in a program."""
    residual = features @ weights - targets
    return 2 * (features.T @ residual + strength * weights)


proved = numpy_function(slope.steps[0].statement.right, X, Y, W, lam)

random = np.random.default_rng(0)
point = random.normal(size=(9, 4)), random.normal(size=(9, 3)), random.normal(size=(4, 3)), 0.7
difference = np.abs(my_gradient(*point) - proved(*point)).max()
print(f"largest difference {difference:.1e}")

# %% [markdown]
# `check_code` draws the points itself, compares every entry with the formula's exact value, and says where code and
# formula part. In a test, `assert check_code(…)` is enough. Here a factor 2 is lost:


# %%
def my_loss(X, Y, W, lam):
    """The value as it stands in a program."""
    return ((Y - X @ W) ** 2).sum() + lam * (W**2).sum()


def lost_factor(X, Y, W, lam):
    """Its gradient by W, but for a factor."""
    return {"W": X.T @ (X @ W - Y) + lam * W}


check_code(f, my_loss, lost_factor, by=W, names={"lam": "λ"})

# %% [markdown]
# The definition itself can have a second opinion too: a plain function of your own, called on exact numbers. No check
# of a gradient notices that the function is not the one that was meant.


# %%
@page.reference(f)
def sample_by_sample(X, Y, W, λ):
    """The regularised error, a number at a time."""
    error = λ * sum(w * w for row in W for w in row)
    for x, y in zip(X, Y, strict=True):
        for k in range(len(y)):
            output = sum(x[j] * W[j][k] for j in range(len(x)))
            error += (y[k] - output) ** 2
    return error


spelled = page.calc(
    "spelled", f, norm2(Y) - 2 * tr(Y.T @ X @ W) + tr(W.T @ X.T @ X @ W) + lam * norm2(W), title="f, multiplied out"
)
check(spelled, plant=False)
