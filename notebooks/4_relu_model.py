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
# # 4 · Sparse data and the ReLU model
#
# The notes' sections 2.1 and 3.1. Two questions stay open there. May $\Sigma$ be taken as a multiple of the identity?
# And is the loss that of points with a single coordinate that is not 0? Both have the same answer: where $D(1 - S)$ is
# small, and that $S$ is near 1 is not enough. Then the one-sparse loss itself, in closed form, and what minimises it.

# %%
from fractions import Fraction
from math import log

import matplotlib.pyplot as plt
import mpmath
import numpy as np

from derive import Derivation, at_most, check, less_than, numpy_function
from derive.corpora.toy_autoencoders import faces, one_sparse, relu_model, sparse_data, two_sparse
from derive.corpora.toy_autoencoders.relu_model import b, c, early, g, late, off, on, output

# Okabe and Ito's colours, which the colour-blind tell apart; nothing is told by colour alone.
plt.rcParams["axes.prop_cycle"] = plt.cycler(color=["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"])
plt.rcParams.update({"figure.figsize": (8, 4.8), "figure.dpi": 110, "axes.grid": True, "grid.alpha": 0.4})
LINES = ["-", "--", "-.", ":"]
MARKS = "os^D"


def right_side(claim):
    """The right side of its last line."""
    return claim.steps[-1].statement.right


# %% [markdown]
# ## Sparse data
#
# $x_{it} = b_{it} u_{it}$, a Bernoulli$(1 - S)$ times a Uniform$[0, 1]$. The moments, for symbolic $S$, and
# $\mathbb E\,\Sigma$ with its eigenvalues, for all $D$ and $T$:

# %%
check(sparse_data.section, only=["m0", "m1", "m2", "m2-ones", "m2-others", "m2-trace"], plant=False)

# %% [markdown]
# ### Is $\Sigma$ nearly a multiple of the identity?
#
# Off the diagonal $\mathbb E\,\Sigma$ is $\tfrac34(1 - S)$ of what it is on it, which tends to 0. But there are $D - 1$
# such entries in a row, and the vector of ones adds them up: by (m2-spread) $\lambda_{\max}/\lambda_{\min} - 1 =
# 3D(1 - S)/(1 + 3S)$, below $3D(1 - S)$.

# %%
check(sparse_data.section, only=["m2-ratio", "m2-spread", "m2-isotropy", "m2-variance"], plant=False)

# %%
ratio = numpy_function(right_side(sparse_data.section.claims["m2-spread"]), sparse_data.S, sparse_data.D)
sizes, sparsities = (10, 100, 1000), (Fraction(9, 10), Fraction(99, 100), Fraction(999, 1000))

print("λ_max/λ_min − 1" + "".join(f"{f'D = {D}':>12}" for D in sizes))
for S in sparsities:
    print(f"S = {float(S):<11}" + "".join(f"{float(ratio(S, D) - 1):12.4f}" for D in sizes))

# %% [markdown]
# At $S = 0.99$ and $D = 1000$ one eigenvalue is more than eight times the others. Only for $S = 0.999$ and $D = 10$ is
# $\mathbb E\,\Sigma$ within 1 % of a multiple of $I$.
#
# And $\Sigma$ is not its expectation. The relative variance of $\sigma_{ii}$ is $(9/(5(1 - S)) - 1)/T$ by
# (m2-variance): the sparser the data, the more points it takes. Sampled below for $D = 10$, three times at each $T$.


# %%
def sampled_ratio(S, D, count, random):
    """λ_max/λ_min − 1 of one sampled Σ; infinite where Σ is singular."""
    x = (random.random((D, count)) < 1 - float(S)) * random.random((D, count))
    values = np.linalg.eigvalsh(x @ x.T)
    return values[-1] / values[0] - 1 if values[0] > 1e-9 else np.inf


fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.6))
dense = [Fraction(1, 10) ** 4 * Fraction(round(100 * 10 ** (k / 6)), 100) for k in range(25)]
for D, line, mark in zip(sizes, LINES, MARKS, strict=False):
    left.loglog([float(s) for s in dense], [float(ratio(1 - s, D) - 1) for s in dense], line, label=f"D = {D}")
    left.loglog([float(1 - S) for S in sparsities], [float(ratio(S, D) - 1) for S in sparsities], f"k{mark}", ms=6)
left.axhline(0.01, color="black", lw=1, ls=":")
left.text(1.1e-4, 0.0115, "1 %")
left.set(
    title="The expected Σ: near cI only where D(1 − S) is small",
    xlabel="1 − S, the share of coordinates that are not 0 (dimensionless)",
    ylabel="λ_max/λ_min − 1 of E Σ (dimensionless)",
)
left.invert_xaxis()
left.legend(title="marks: the table")

random = np.random.default_rng(0)
points = [100, 300, 1000, 3000, 10_000, 30_000]
for S, line, mark in zip(sparsities, LINES, MARKS, strict=False):
    found = np.array([[sampled_ratio(S, 10, T, random) for _ in range(3)] for T in points])
    (drawn,) = right.loglog(points, np.median(found, axis=1), line, marker=mark, label=f"S = {float(S)}")
    right.loglog(points, found, mark, color=drawn.get_color(), ms=3, alpha=0.6)
    right.axhline(float(ratio(S, 10) - 1), color=drawn.get_color(), ls=line, lw=1)
right.set(
    title="Sampled Σ, D = 10 (horizontal: that of E Σ)",
    xlabel="number of data points T (dimensionless)",
    ylabel="λ_max/λ_min − 1 (dimensionless)",
)
right.legend(title="line: median, small: each")
fig.tight_layout()
plt.show()

# %% [markdown]
# The two pull against each other: at $S = 0.999$ the expectation is nearest to $cI$ and the samples are furthest from
# it, since 30 000 points have only 30 on average in which a given coordinate is not 0. Up to 1000 points such a
# $\Sigma$ is mostly singular, where nothing is drawn (**E7**). So: *in expectation* $\Sigma \approx cI$ for
# $D(1 - S) \ll 1$; *as sampled* only with $T \gg 1/(1 - S)$ besides.

# %% [markdown]
# ## How many coordinates are not 0
#
# $Q_l$ are the points with $l$ of them. Its measure is $\mu(Q_l) = \binom Dl (1 - S)^l S^{D - l}$, for symbolic $l$ and
# $D$: one coordinate more is independent of the others, and Pascal's rule does the rest. So what is left out where only
# $l \le 1$ is kept is $\mu(l \ge 2) = 1 - S^D - D(1 - S)S^{D-1}$, and it lies between $\binom D2 (1 - S)^2 -
# 2\binom D3 (1 - S)^3$ and $\binom D2 (1 - S)^2$.

# %%
check(relu_model.measure, only=["3c-first", "3c-measure", "3c-measure-ends", "3c-tail", "3c-bound-below"], plant=False)

# %%
check(relu_model.cube, only=["3b", "3c", "3c-bound", "3c-pairs"], plant=False)

# %%
samples, never = 100_000, 1e-6
allowed = (log(2 * 21 / never) / (2 * samples)) ** 0.5  # Hoeffding, for 21 shares at once
drawn = (np.random.default_rng(1).random((samples, 20)) < 0.1).sum(axis=1)
shares = np.bincount(drawn, minlength=21) / samples
exact = faces.measures(20, 0.9)
worst = abs(shares - exact).max()
print(f"S = 0.9, D = 20, {samples} samples: the shares of all Q_l within {worst:.4f} of the binomial law;")
print(f"they are further than {allowed:.4f} at most once in 10⁶ runs.")
print("l         " + "".join(f"{l:9}" for l in range(6)))
print("exact     " + "".join(f"{exact[l]:9.4f}" for l in range(6)))
print("sampled   " + "".join(f"{shares[l]:9.4f}" for l in range(6)))


# %% [markdown]
# How sparse is sparse enough? Each of these says that a number is at most 1 %, or 0.1 %, and the next one above it:

# %%
check(relu_model.measure, only=["3c-numbers-size", "3c-numbers-sparsity", "3c-near-one"], plant=False)


# %%
def sparse_enough(level, D):
    """The largest 1 − S at which μ(l ≥ 2) is at most this, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if beyond_one(1 - middle, D) <= level else (low, middle)
    return low


beyond_one = numpy_function(relu_model.beyond(0), relu_model.S, relu_model.D)
print(f"μ(l ≥ 2) at S = 0.99, D = 400: {beyond_one(0.99, 400):.4f}")
levels = {"1 %": 0.01, "0.1 %": 0.001}
print("μ(l ≥ 2) is at most        D    1 − S at most    by the bound    D(1 − S)")
for name, level in levels.items():
    for D in sizes:
        most, simple = sparse_enough(level, D), (2 * level / (D * (D - 1))) ** 0.5
        print(f"{name:>19} {D:>8} {most:16.7f} {simple:15.7f} {D * most:11.4f}")

# %%
fig, axes = plt.subplots()
for D, line in zip(sizes, LINES, strict=False):
    grid = [float(s) for s in dense if s <= Fraction(3, 10)]
    (drawn,) = axes.loglog(grid, [beyond_one(1 - s, D) for s in grid], line, lw=2, label=f"D = {D}, exact")
    bound = np.array([D * (D - 1) / 2 * s**2 for s in grid])
    axes.loglog(grid, np.where(bound < 3, bound, np.nan), color=drawn.get_color(), lw=0.8)
for name, level in levels.items():
    axes.axhline(level, color="black", lw=1, ls=":")
    axes.text(0.27, level * 1.15, name)
axes.plot(0.01, beyond_one(0.99, 400), "k*", ms=11, label="D = 400, S = 0.99: 0.91")
axes.set(
    title="Two coordinates or more are not 0; thin: the proved bound D(D−1)/2 (1−S)²",
    xlabel="1 − S (dimensionless)",
    ylabel="μ(l ≥ 2) (dimensionless)",
    ylim=(1e-7, 3),
)
axes.invert_xaxis()
axes.legend(loc="lower left")
plt.show()

# %% [markdown]
# The bound costs almost nothing where it matters: at 1 % it asks for a $1 - S$ that is 5 % smaller than need be. What
# decides is $D(1 - S)$, about 0.15 for 1 % and 0.045 for 0.1 %.

# %% [markdown]
# ## How much of the loss
#
# A small measure need not carry a small part of the loss: a point with $l$ coordinates also has a larger loss. For the
# linear model with $R = I - W^\top W$ the parts are known exactly: all of it (3a), $l = 1$ (3c-linear), and $l = 2$
# (3c-linear-two). Whatever $W$ is, the share of $l = 1$ lies between $S^{D-1}/(1 + \tfrac34(D - 1)(1 - S))$ and
# $S^{D-1}/(1 - \tfrac34(1 - S))$; for $W = 0$ it is $S^{D-1}$. So where $D(1 - S)$ is small, what is left out carries
# between about $D(1 - S)$ and $\tfrac74 D(1 - S)$ of the loss, where of the measure it is $\tfrac12(D(1 - S))^2$.

# %%
linear = ["3a", "3c-linear", "3c-linear-two", "3c-share", "3c-share-least", "3c-share-nothing"]
check(relu_model.linear, only=linear, plant=False)

# %% [markdown]
# The ReLU model beside it: $D = 20$, $d = 5$, weights that minimise its one-sparse loss (how, see the end). *Given*
# $l$, the average loss $L_l$ does not depend on $S$, so that $L = \sum_l \mu(Q_l)\,L_l$ is known for all $S$ once the
# $L_l$ are. Three of them are computed: $L_0$, $L_1$ in closed form, $L_2$ by integration over the polygons in which
# the ReLUs are on and off. The others are sampled. Their error is bounded by Maurer and Pontil's inequality, which
# needs the largest loss possible and the variance found; all bounds hold together but for one run in $10^6$.


# %%
def adam(gradient, W, b, steps, rate=0.03):
    """Where Adam ends, for many models at once; the steps become shorter in the second half."""
    state, mean, square = [W, b], [0 * W, 0 * b], [0 * W, 0 * b]
    for step in range(1, steps + 1):
        length = rate * min(1, 2 - 2 * step / (steps + 1))
        for place, slope in enumerate(gradient(*state)):
            mean[place] = 0.9 * mean[place] + 0.1 * slope
            square[place] = 0.99 * square[place] + 0.01 * slope**2
            size = np.sqrt(square[place] / (1 - 0.99**step)) + 1e-9
            state[place] = state[place] - length * mean[place] / (1 - 0.9**step) / size
    return state


def starts(D, d, count, seed):
    """Small random weights and thresholds."""
    random = np.random.default_rng(seed)
    return 0.5 * random.normal(size=(count, d, D)), 0.1 * random.normal(size=(count, D))


D, d = 20, 5
many = adam(one_sparse.gradient, *starts(D, d, 4, seed=0), steps=800)
best = np.argmin(one_sparse.loss(*many))
W, bias = many[0][best], many[1][best]

lost = faces.losses(W, bias, samples=20_000)
for l in (0, 1, 2, 3, 4, 10, 20):
    print(f"L_{l}: " + (f"sampled {lost.means[l]:.4f} ± {lost.errors[l]:.4f}" if l > 2 else f"{lost.means[l]:.5f}"))

# %%
turned = np.linalg.qr(np.c_[np.ones(D), np.random.default_rng(3).normal(size=(D, d - 1))])[0].T  # the best linear model
whole = numpy_function(right_side(relu_model.linear.claims["3a"]), relu_model.W, relu_model.S)
linear_parts = [
    numpy_function(right_side(relu_model.linear.claims[label]), relu_model.W)(turned)
    for label in ("3c-linear", "3c-linear-two")
]


def grouped(parts):
    """The shares of l = 0, 1, 2 and of all the others."""
    return np.array([*parts[:3], parts[3:].sum()]) / parts.sum()


def shares_of(s):
    """Of the measure, of the linear loss and of the ReLU loss."""
    one, two = (s**l * (1 - s) ** (D - l) * part for l, part in zip((1, 2), linear_parts, strict=True))
    linear = np.array([0, one, two, whole(turned, 1 - s) - one - two])
    return grouped(faces.measures(D, 1 - s)), grouped(linear), grouped(lost.parts(1 - s)[0])


gaps = np.logspace(-3, np.log10(0.5), 40)
split = np.array([shares_of(s) for s in gaps])

fig, panels = plt.subplots(1, 3, figsize=(13, 4.4), sharey=True)
for panel, title, part in zip(
    panels, ("of the measure", "of the linear loss", "of the ReLU loss"), split.swapaxes(0, 1), strict=True
):
    for place, name in enumerate(("l = 0", "l = 1", "l = 2", "l ≥ 3")):
        panel.semilogx(gaps, part[:, place], LINES[place], marker=MARKS[place], markevery=6, ms=5, label=name)
    panel.set(title=f"Shares {title}", xlabel="1 − S (dimensionless)")
    panel.invert_xaxis()
    panel.axvline(1 / D, color="black", lw=1, ls=":")
panels[0].set_ylabel("share (dimensionless)")
panels[0].legend(loc="center left")
fig.suptitle(f"How much the points with l coordinates carry, D = {D}, d = {d}; dotted: D(1 − S) = 1")
fig.tight_layout()
plt.show()

width = max(most - least for least, most in (lost.left_out(1 - s) for s in gaps))
print(f"The share of l ≥ 2 in the ReLU loss is known within {width:.1%} of that loss, at every S that is drawn.")
print("What is left out where only l ≤ 1 is kept, at D = 20:")
print("     S   D(1 − S)   of the measure   of the linear loss   of the ReLU loss: at least, at most")
for s in (0.001, 0.005, 0.01, 0.05, 0.1):
    row, (least, most) = [part[2:].sum() for part in shares_of(s)], lost.left_out(1 - s)
    print(f"{1 - s:6.3f} {D * s:10.2f} {row[0]:16.4f} {row[1]:20.4f} {least:20.4f} {most:12.4f}")

# %% [markdown]
# At $D(1 - S) = 0.1$ the points with two coordinates or more are 0.45 % of the measure, but 9 % of the linear loss and
# 42 % of the ReLU loss. That the last is so much has a reason: these weights were made for $l = 1$, where almost
# nothing is left to lose ($L_1 = 0.019$ against $L_2 = 0.27$). The better a model does on one coordinate, the more of
# its loss is elsewhere. As $S \to 1$ the share of $l \ge 2$ tends to 0 for both, like $D(1 - S)$, not like its square
# as the measure does. Where $D(1 - S)$ is about 1, the one-sparse loss says next to nothing of this model's loss.
#
# With $l \ge 2$ in the training the weights would be others, and so would these shares.

# %% [markdown]
# ## The one-sparse loss in closed form
#
# At $x = u e_f$ output $m$ is $\mathrm{ReLU}(g_{mf} u - b_m)$, and its target $c u$ with $c = \delta_{mf}$. Averaged
# over $u$ there are four cases: the ReLU is never on, always, from $u = b/g$ on, or up to there. Each is proved, and
# that they leave nothing out.

# %%
check(relu_model.sparse_relu.claims["3d"], plant=False)

# %%
check(relu_model.sparse_relu, only=["3d-outputs", "3d-origin", "3d-borders", "3d-kink"], plant=False)

# %% [markdown]
# Break it: forget the last case, $g < b < 0$. The other three are still proved. That they leave nothing out is not, and
# the checker names a point of the region that is missing.

# %%
mine = Derivation("Break a case")
mine.cases(
    "mine",
    output,
    (off(g, b, c), [at_most(0, b), at_most(g, b)], [(1, False)]),
    (on(g, b, c), [at_most(b, 0), at_most(b, g)], [(1, True)]),
    (late(g, b, c), [less_than(0, b), less_than(b, g)], [(b / g, False), (1, True)]),
)
check(mine.claims["mine"], plant=False)

# %% [markdown]
# Along $b$, with the formulas that were checked. On the borders, $b = 0$ and $b = g$, the cases meet, and their slopes
# too; the one exception is $g = b = 0$ at $c = 1$, where the slope jumps from 1 to 0 (3d-kink).

# %%
formulas = {
    name: numpy_function(made(g, b, c), g, b, c)
    for name, made in zip(("off", "on", "late", "early"), (off, on, late, early), strict=True)
}


def case(slope, bias):
    """Which case holds; on a border, one of those that do."""
    if bias <= 0:
        return "on" if bias <= slope else "early" if bias < 0 else "off"
    return "late" if bias < slope else "off"


def closed(slope, bias, own):
    """One output, averaged over u."""
    name = case(slope, bias)
    return float(formulas[name](float(slope), float(bias), float(own)))


fig, panels = plt.subplots(1, 2, figsize=(12, 4.6))
along = np.linspace(-1.2, 1.2, 241)
for panel, own in zip(panels, (1, 0), strict=True):
    for slope, line, mark in zip((0.8, 0.0, -0.5), LINES, MARKS, strict=False):
        (drawn,) = panel.plot(along, [closed(slope, one, own) for one in along], line, label=f"g = {slope}")
        for border in sorted({0.0, slope}):
            panel.plot(border, closed(slope, border, own), mark, color=drawn.get_color(), mfc="white", ms=8)
    panel.set(xlabel="threshold b (dimensionless)", ylabel="loss of one output (dimensionless)")
    panel.legend()
panels[0].set(title="Its own coordinate, c = 1")
panels[0].annotate("kink", (0, 1 / 3), (0.25, 0.6), arrowprops={"arrowstyle": "->"})
panels[1].set(title="Another coordinate, c = 0")
fig.suptitle("One output along b; open marks: the borders of the cases, b = 0 and b = g")
fig.tight_layout()
plt.show()

# %% [markdown]
# Against quadrature with 50 digits, split at the kink, and against what one does without the closed form: the rule of
# midpoints, which knows of no kink, and Monte Carlo.

# %%
slope, bias_there, own = Fraction(4, 5), Fraction(3, 10), 1
value = formulas["late"](slope, bias_there, own)
with mpmath.workdps(50):
    line, threshold = mpmath.mpf(4) / 5, mpmath.mpf(3) / 10
    found_there = mpmath.quad(lambda u: (u - max(line * u - threshold, 0)) ** 2, [0, threshold / line, 1])
    apart = abs(found_there - mpmath.mpf(value.numerator) / value.denominator)
print(f"g = 4/5, b = 3/10, c = 1: {value}, and by quadrature the same within {mpmath.nstr(apart, 2)}")


def integrand(u):
    return (own * u - np.maximum(float(slope) * u - float(bias_there), 0)) ** 2


counts = np.unique(np.logspace(1, 5, 13).astype(int))
random = np.random.default_rng(4)
by_chance = [
    np.sqrt(np.mean([(integrand(random.random(n)).mean() - float(value)) ** 2 for _ in range(30)])) for n in counts
]
by_midpoints = [abs(integrand((np.arange(n) + 0.5) / n).mean() - float(value)) for n in counts]
spread = np.sqrt((integrand((np.arange(10_000) + 0.5) / 10_000) ** 2).mean() - float(value) ** 2)

fig, axes = plt.subplots()
axes.loglog(counts, by_chance, "o-", label="Monte Carlo, root mean square of 30 runs")
axes.loglog(counts, spread / np.sqrt(counts), "k:", label="standard deviation / √N")
axes.loglog(counts, by_midpoints, "s--", label="rule of midpoints, kink unknown")
axes.set(
    title="What is left of the error after N evaluations, one output at g = 0.8, b = 0.3",
    xlabel="number of evaluations N (dimensionless)",
    ylabel="error of the loss (dimensionless)",
)
axes.legend(loc="lower left")
plt.show()

# %% [markdown]
# Monte Carlo has three digits after 10⁵ evaluations of one output, and the closed form all of them after one.

# %% [markdown]
# ## What minimises it
#
# The one-sparse loss and its gradient are exact, so nothing is sampled but the starting points: Adam from 16 of them
# for every $D$, and the best is drawn. Column $w_f$ of $W$ is where feature $f$ goes. It counts as *dropped* where its
# length is below 0.1, and as *kept* otherwise; two kept features are *antipodal* where $w_f$ and $w_h$ point in
# opposite directions to within 1°, and no third lies in their line.


# %%
def told(W):
    """How many features are dropped, in antipodal pairs, and kept otherwise."""
    lengths = np.linalg.norm(W, axis=0)
    kept = lengths > 0.1
    unit = W[:, kept] / lengths[kept]
    opposite = unit.T @ unit < -np.cos(np.radians(1))
    pairs = int((opposite.sum(axis=1) == 1).sum()) // 2
    return int((~kept).sum()), pairs, int(kept.sum()) - 2 * pairs


found = {}
for d, upto in ((1, 5), (2, 8)):
    for D in range(2, upto + 1):
        ends = adam(one_sparse.gradient, *starts(D, d, 16, seed=D), steps=600)
        losses = abs(one_sparse.loss(*ends))  # a loss of 0 is rounded to either side
        best = np.argmin(losses)
        found[d, D] = ends[0][best], ends[1][best], losses

print(" d  D   least loss  seeds there   dropped  antipodal pairs  kept otherwise")
for (d, D), (W, _, losses) in found.items():
    gone, pairs, others = told(W)
    print(
        f"{d:2} {D:2} {losses.min():12.4f} {(losses < losses.min() + 1e-3).sum():9}/16 {gone:9} {pairs:16} {others:15}"
    )

# %%
fig, rows = plt.subplots(2, 7, figsize=(15, 5.8), sharex=True, sharey=True)
angles = np.linspace(0, 2 * np.pi, 200)
for row, d in zip(rows, (1, 2), strict=True):
    for panel, D in zip(row, range(2, 9), strict=True):
        if (d, D) not in found:
            panel.axis("off")
            continue
        W, thresholds, losses = found[d, D]
        plane = W if d == 2 else np.vstack([W, np.zeros(D)])
        panel.plot(np.cos(angles), np.sin(angles), color="0.7", lw=1)
        for column in plane.T:
            kept = np.linalg.norm(column) > 0.1
            panel.plot([0, column[0]], [0, column[1]], color="#0072B2", lw=1.5)
            panel.plot(
                *column, "o" if kept else "x", color="#0072B2" if kept else "#D55E00", ms=6 if kept else 9, zorder=3
            )
        gone = told(W)[0]
        panel.set(title=f"d = {d}, D = {D}\nloss {losses.min():.3f}, dropped {gone}", aspect="equal")
for panel in rows[1]:
    panel.set(xlabel="first row of W")
rows[0, 0].set_ylabel("(second row is 0)")
rows[1, 0].set(ylabel="second row of W")
fig.suptitle("Columns of W (dimensionless) at the least one-sparse loss found; circle: length 1, ×: dropped, at 0")
fig.tight_layout()
plt.show()

# %% [markdown]
# - $d = 1$: an antipodal pair keeps two features without any loss, and all the others are dropped. A dropped feature
#   costs $\tfrac13 - \tfrac1{4D}$ and not $\tfrac13$: its threshold is $-\tfrac1{2D}$, so that its output is a small
#   constant. $Q_0$ is not in this loss; in the whole loss it adds $S^D b^2$ for that, and pushes the threshold to 0.
# - $d = 2$: up to $D = 4$ nothing is lost. It suffices that no two unit columns are less than 90° apart, for then every
#   ReLU but the right one is off. For $D = 2, 3$ the angles are otherwise free, and where a run ends is chance; four
#   such columns are two antipodal pairs, at right angles.
# - From $D = 5$ on there is no room for that. Five columns are a regular pentagon, six a regular hexagon of three
#   antipodal pairs, longer than 1 and with a positive threshold, which makes neighbours disturb each other less. A
#   seventh and an eighth feature are dropped, and the hexagon stays.
#
# These are the best of 16 runs, not proved minima. Many runs end higher, with a feature dropped that has a place.

# %% [markdown]
# ### With importances, and with the other parts
#
# For $D = 2$ there is nothing beyond $l = 2$: $S^2 L_0 + S(1 - S)\,P_1 + (1 - S)^2 L_2$, with the one-sparse loss
# $P_1$, is the *whole* ReLU loss, and all three parts are exact. One hidden dimension, the second feature with another
# importance than the first, and the best of four starts: an antipodal pair, both on one side, and each alone.

# %%
side = 11
sparse_by, weights = np.logspace(-2, 0, side), np.logspace(-1, 1, side)
share, second, _ = (one.ravel() for one in np.meshgrid(sparse_by, weights, np.arange(4), indexing="ij"))
importance = np.stack([np.ones_like(second), second], axis=1)
odds = (1 - share) ** 2, share * (1 - share), share**2


def whole_loss(W, b):
    parts = (
        (importance * np.maximum(-b, 0) ** 2).sum(axis=1),
        one_sparse.loss(W, b, importance),
        two_sparse.loss(W, b, importance),
    )
    return sum(chance * part for chance, part in zip(odds, parts, strict=True))


def whole_slope(W, b):
    parts = (
        (0 * W, -2 * importance * np.maximum(-b, 0)),
        one_sparse.gradient(W, b, importance),
        two_sparse.gradient(W, b, importance),
    )
    by_W = sum(chance[:, None, None] * part[0] for chance, part in zip(odds, parts, strict=True))
    by_b = sum(chance[:, None] * part[1] for chance, part in zip(odds, parts, strict=True))
    scale = share * second.clip(1)  # a gradient of one size everywhere; Adam would do it as well
    return by_W / scale[:, None, None], by_b / scale[:, None]


places = np.tile([[0.4, -0.3], [0.3, 0.4], [0.4, 0.01], [0.01, 0.4]], (side * side, 1))
W, bias = adam(whole_slope, places[:, None], np.full((len(share), 2), 0.02), steps=320)
ends, losses = W.reshape(side, side, 4, 2), whole_loss(W, bias).reshape(side, side, 4)
best = np.take_along_axis(ends, losses.argmin(axis=2)[:, :, None, None], axis=2)[:, :, 0]


def kind(w):
    """What becomes of the two features."""
    first, other = abs(w) > 0.1
    if first and other:
        return "antipodal pair" if w[0] * w[1] < 0 else "both on one side"
    return "only the first" if first else "only the second" if other else "neither"


looks = {
    "antipodal pair": ("D", "#009E73"),
    "only the first": ("<", "#0072B2"),
    "only the second": (">", "#D55E00"),
    "both on one side": ("P", "#CC79A7"),
    "neither": ("x", "black"),
}
fig, axes = plt.subplots(figsize=(8.5, 5.2))
kinds = np.array([[kind(w) for w in row] for row in best])
for name, (mark, colour) in looks.items():
    rows, columns = np.nonzero(kinds == name)
    if len(rows):
        axes.plot(sparse_by[rows], weights[columns], mark, color=colour, ms=7, label=name)
axes.set(
    title="What the least whole loss keeps, D = 2, d = 1",
    xlabel="1 − S (dimensionless); dense data at the right",
    ylabel="importance of the second feature (dimensionless)",
    xscale="log",
    yscale="log",
)
axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
fig.tight_layout()
plt.show()

# %% [markdown]
# Sparse data keep both features, as an antipodal pair, whatever their importance in this range: that both are there at
# once, where the pair fails, has the chance $(1 - S)^2$. Dense data keep the more important one alone; at equal
# importance and $S = 0$ the two share one direction. The picture is the same upside down, as it has to be when the
# features change places. As above, the best of four runs is no proof.
