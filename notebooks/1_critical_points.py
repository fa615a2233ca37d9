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
# # 1 · Critical points of the linear autoencoder
#
# The notes' section 1.1, line by line. A linear autoencoder sends a data point $x_t \in \mathbb{R}^D$ to $A B x_t$,
# with $B$ of size $d \times D$ and $A$ of size $D \times d$, $d < D$. Where does its squared error have a critical
# point?
#
# Every formula here is the program's own: it is printed from the expression that is checked, and the curves at the end
# are drawn with the function that is evaluated when it is checked.

# %%
import matplotlib.pyplot as plt
import mpmath
import numpy as np

from derive import Derivation, check, equal, gradient, numpy_function
from derive.corpora.toy_autoencoders import critical_points, global_minimum
from derive.corpora.toy_autoencoders.critical_points import A, B, Sigma, X, loss

# Okabe and Ito's colours, which the colour-blind tell apart; nothing is told by colour alone.
plt.rcParams["axes.prop_cycle"] = plt.cycler(color=["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"])
plt.rcParams.update({"figure.figsize": (8, 4.8), "figure.dpi": 110, "axes.grid": True, "grid.alpha": 0.4})

page = critical_points.section
page

# %% [markdown]
# ## The loss
#
# One claim says that three ways to write the loss are the same. A claim is shown as it was written …

# %%
page.claims["L"]

# %% [markdown]
# … and `check` says what is found of it: each line's verdict, and the evidence of every method. *Proved* means: for all
# $D$, $d$ and $T$ at once, by a certificate that a small kernel accepted.

# %%
check(page.claims["L"], plant=False)

# %% [markdown]
# As printed, one of the sums of the notes runs to $D$ where it has to end at $d$. That statement cannot even be built,
# and the reason is kept with it (**E1**).

# %%
check(page.claims["L-printed"])

# %% [markdown]
# ## Its derivatives
#
# The derivative by one entry of $B$, in index notation with Kronecker's $\delta$, then the whole gradient (1), and
# where it vanishes. Errors are planted in each line (a sign, a factor 2, a transpose, …), and every method has to
# object to all.

# %%
check(page, only=["dB", "1"])

# %% [markdown]
# ## Break a line
#
# Change the line below, and run the cell: drop the factor 2, swap $A$ and $B$, lose a transpose. What does not fit
# together is refused with both shapes; what fits and is false is refuted by the smallest exact example at which it is.

# %%
mine = Derivation("Break a line")
mine.calc("mine", gradient(loss, B), -2 * (A.T @ Sigma + A.T @ A @ B @ Sigma))
check(mine.claims["mine"], plant=False)

# %% [markdown]
# A statement that is known to be false can be kept as it was printed. Then the program also looks for the least change
# that makes it true.

# %%
mine.as_printed(
    "slip",
    lambda: equal(gradient(loss, B), -(A.T @ Sigma - A.T @ A @ B @ Sigma)),
    erratum="slip",
    reading="the square gives a factor 2",
)
check(mine.claims["slip"], plant=False)

# %% [markdown]
# ## What a critical point looks like
#
# From (1) and (2), for invertible $\Sigma = X X^\top$ and $A$ of full column rank: $A$ determines $B$ (4), $A B$ is the
# projection on the columns of $A$ (5), it commutes with $\Sigma$ (7c), and so, for distinct eigenvalues, it is diagonal
# in the eigenbasis, with $d$ ones and otherwise zeros (9d).

# %%
minimum = global_minimum.section
check(minimum, only=["4", "5", "6", "7", "7c", "9d", "9d-printed"], plant=False)

# %% [markdown]
# Which hypotheses does (4) need? Each is shown to be needed by an exact example of all the others at which (4) fails.

# %%
check(minimum.claims["4"], plant=False)

# %% [markdown]
# Proposition 1: the loss at a critical point is the sum of the eigenvalues that are left out.

# %%
minimum.claims["P1"]

# %% [markdown]
# ## Why the program does not trust finite differences in float64
#
# A difference quotient with step $h$ has a truncation error that falls with $h$ and a rounding error that grows as $h$
# shrinks: a V. In float64 the best that a central difference can do is nine or ten digits, so a formula that is wrong
# by a factor $1 + 10^{-11}$ passes. With more digits the V is the same, further down. The derivative is along a random
# direction in $(A, B)$; the gradient that it is compared with is the right side of (1) and (2).


# %%
def right_side(claim, step=1):
    """The right side of a step, counted from 1."""
    return claim.steps[step - 1].statement.right


value = numpy_function(loss, A, B, X)
slope_A = numpy_function(right_side(page.claims["2"]), A, B, X)
slope_B = numpy_function(right_side(page.claims["1"]), A, B, X)

random = np.random.default_rng(0)
sizes = {"D": 6, "d": 2, "T": 9}
a, b, x = random.normal(size=(6, 2)), random.normal(size=(2, 6)), random.normal(size=(6, 9))
along_a, along_b = random.normal(size=a.shape), random.normal(size=b.shape)


def exact_numbers(array):
    """The same numbers, to as many digits as mpmath is set to."""
    return np.vectorize(mpmath.mpf, otypes=[object])(array)


def errors(steps, number):
    """Relative errors of the one-sided and of the central difference; ``number`` makes arrays of numbers."""
    point, way, data = (number(a), number(b)), (number(along_a), number(along_b)), number(x)
    slope = np.sum(slope_A(*point, data) * way[0]) + np.sum(slope_B(*point, data) * way[1])

    def at(h):
        return value(point[0] + h * way[0], point[1] + h * way[1], data)

    here, found = at(0 * steps[0]), []
    for h in steps:
        ahead, behind = at(h), at(-h)
        quotients = (ahead - here) / h, (ahead - behind) / (2 * h)
        found.append([abs(float(quotient / slope - 1)) for quotient in quotients])
    return np.array(found).T


exponents = np.arange(-30, 0.1, 0.5)
with mpmath.workdps(50):
    fifty = errors([mpmath.mpf(10) ** float(e) for e in exponents], exact_numbers)
double = errors([10.0**e for e in exponents if e >= -16], np.asarray)

# %%
fig, axes = plt.subplots()
h_double, h_fifty = 10.0 ** exponents[exponents >= -16], 10.0**exponents
for place, (name, colour) in enumerate({"one-sided": "C0", "central": "C1"}.items()):
    axes.loglog(h_fifty, fifty[place], "o--", color=colour, ms=5, mfc="white", label=f"{name}, 50 digits")
    axes.loglog(h_double, double[place], "s-", color=colour, ms=4, label=f"{name}, float64")
axes.set(
    title="Finite differences of the loss against the gradient (1), (2)",
    xlabel="step h (dimensionless)",
    ylabel="relative error of the derivative (dimensionless)",
)
axes.legend(loc="lower right")
plt.show()

# %% [markdown]
# ## A formula can be right and still lose its digits
#
# (12b) says that at a projection the loss is $\operatorname{tr}\Sigma - \operatorname{tr}(P\Sigma)$. That is proved.
# For data that nearly lie in $d$ dimensions it is the small difference of two large numbers, and in float64 little of
# it is left; the sum of squares loses far less. Below, noise of size $\eta$ is added to data of rank $d$, and each
# formula is evaluated twice on the same numbers: in float64 and with 50 digits.

# %%
with_traces = numpy_function(right_side(minimum.claims["12b"]), global_minimum.U, X, global_minimum.I)
chosen = (0, 1)


def lost(noise):
    """Relative errors in float64, against 50 digits, of the loss as a sum of squares and as a difference of traces."""
    data = a @ random.normal(size=(2, 9)) + noise * random.normal(size=(6, 9))
    basis = np.linalg.svd(data)[0]
    encoder = basis[:, list(chosen)]
    rounded = value(encoder, encoder.T, data), with_traces(basis, data, chosen)
    with mpmath.workdps(50):
        u, e, points = exact_numbers(basis), exact_numbers(encoder), exact_numbers(data)
        true = value(e, e.T, points), with_traces(u, points, chosen)
        return [max(abs(float(one / other - 1)), 1e-17) for one, other in zip(rounded, true, strict=True)]


noises = np.logspace(-8, 0, 33)
losses = np.array([lost(noise) for noise in noises])

# %%
fig, axes = plt.subplots()
axes.loglog(noises, losses[:, 1], "s", label="tr Σ − tr(PΣ), formula (12b)")
axes.loglog(noises, losses[:, 0], "o", label="Σ_t ‖x_t − ABx_t‖², the definition")
axes.loglog(noises, 1e-16 / noises**2, "k:", lw=1.2, label="10⁻¹⁶/η²")
axes.loglog(noises, 1e-16 / noises, "k--", lw=1.2, label="10⁻¹⁶/η")
axes.set(
    title="The same loss in float64, against 50 digits",
    xlabel="size of the noise η (data have entries of size 1, dimensionless)",
    ylabel="relative error (dimensionless)",
    ylim=(1e-17, 1e2),
)
axes.legend()
plt.show()
