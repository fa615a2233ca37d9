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
# # 2 · All other critical points are saddles
#
# The notes' section 1.2. At a critical point $A = U_I C$, $B = C^{-1} U_I^\top$ for a set $I$ of $d$ eigenvectors.
# Unless $I$ holds the largest $d$ eigenvalues, an eigenvector $u_j$, $j \in I$, can be tilted towards a $u_k$ with
# $\lambda_k > \lambda_j$, $k \notin I$, and the loss falls.

# %%
import matplotlib.pyplot as plt
import numpy as np

from derive import Derivation, check, equal, numpy_function
from derive.corpora.toy_autoencoders import saddle_points as notes
from derive.corpora.toy_autoencoders.saddle_points import C, U, X, chosen, eps, j, k

# Okabe and Ito's colours, which the colour-blind tell apart; nothing is told by colour alone.
plt.rcParams["axes.prop_cycle"] = plt.cycler(color=["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"])
plt.rcParams.update({"figure.figsize": (8, 4.8), "figure.dpi": 110, "axes.grid": True, "grid.alpha": 0.4})

page = notes.section
claims = page.claims

# %% [markdown]
# ## The tilted point
#
# $\tilde u_j = (u_j + \varepsilon u_k)/\sqrt{1 + \varepsilon^2}$ takes the place of $u_j$. The columns stay
# orthonormal, so $\tilde A \tilde B$ is still a projection (13a).

# %%
check(claims["13a"], plant=False)

# %% [markdown]
# The diagonal of that projection in the eigenbasis, case by case (18): that the cases leave nothing out is a line of
# its own.

# %%
claims["18"]

# %%
check(page, only="18")

# %% [markdown]
# ## The loss there is lower
#
# Equation (18b), a chain of six lines; the last is an inequality.

# %%
claims["18b"]

# %%
lower = check(page, only=["13a", "18-diagonal", "12-again", "17", "18b"], plant=False)
lower

# %% [markdown]
# Break it: with $-\varepsilon^2/(1+\varepsilon^2)$ replaced by $-\varepsilon^2$ the line is still right to first order
# in $\varepsilon^2$, and false. Try others; each is refuted by numbers that one can check by hand.

# %%
mine = Derivation("Break a line")
tilted_entry = U[:, k].T @ notes.U_tilted @ notes.U_tilted.T @ U[:, k]
mine.have("mine", equal(tilted_entry, eps**2), using=[notes.rotation, notes.inside, notes.outside])
check(mine.claims["mine"], plant=False)

# %% [markdown]
# ## Seen in numbers
#
# Take $D = 5$, $d = 2$ and eigenvalues 5, 4, 3, 2, 1. Start from the critical point of $I = \{2, 4\}$ and tilt $u_4$
# towards each $u_k$ that is left out. The line is the right side of (18b), which is proved; the marks are the loss of
# the tilted pair $(\tilde A, \tilde B)$, data point by data point. Towards a larger eigenvalue the loss falls, towards
# a smaller one it rises: a saddle.

# %%
right_side = claims["18b"].steps[4].statement.right
formula = numpy_function(right_side, U, C, X, notes.lam, eps, chosen, j, k)
tilted_loss = numpy_function(notes.loss_tilted, U, C, X, eps, chosen, j, k)

random = np.random.default_rng(0)
spectrum = np.array([5.0, 4.0, 3.0, 2.0, 1.0])
basis = np.linalg.qr(random.normal(size=(5, 5)))[0]
inner = random.normal(size=(2, 2))
data = basis @ np.diag(np.sqrt(spectrum)) @ np.linalg.qr(random.normal(size=(7, 5)))[0].T
members, tilt = (1, 3), 3

amounts, sparse = np.linspace(-3, 3, 121), np.linspace(-3, 3, 25)
worst = 0.0

fig, axes = plt.subplots()
for towards, mark, line in ((0, "o", "-"), (2, "s", "--"), (4, "^", "-.")):
    curve = [formula(basis, inner, data, spectrum, e, members, tilt, towards) for e in amounts]
    points = [tilted_loss(basis, inner, data, e, members, tilt, towards) for e in sparse]
    again = [formula(basis, inner, data, spectrum, e, members, tilt, towards) for e in sparse]
    worst = max(worst, *np.abs(np.array(points) / again - 1))
    name = f"towards $u_{towards + 1}$, $\\lambda_{towards + 1}$ = {spectrum[towards]:g}"
    (drawn,) = axes.plot(amounts, curve, line, label=name)
    axes.plot(sparse, points, mark, color=drawn.get_color(), mfc="white", ms=6)
axes.axhline(spectrum[2:].sum(), color="black", lw=1, ls=":")
axes.text(0, spectrum[2:].sum() + 0.08, "least loss, λ₃ + λ₄ + λ₅", ha="center")
axes.set(
    title="The loss as $u_4$ is tilted: (18b) (lines) and numbers (marks)",
    xlabel="tilt ε (dimensionless)",
    ylabel="loss (squared units of the data)",
    ylim=(5.7, 11),
)
axes.legend(loc="upper center", ncol=3)
plt.show()
print(f"largest relative difference of formula and numbers: {worst:.1e}")

# %% [markdown]
# Tilting far enough only swaps $u_4$ for $u_k$: towards $\lambda_1$ the loss falls to that of $I = \{1, 2\}$, the
# least.
#
# ## Critical points of lower rank
#
# The printed proof covers full rank only, and **E15** is about its words. For a critical point of rank $r < d$ there is
# a way down and a way up at once: along $A \pm s\, u_k z^\top$, $B + s\, w u_k^\top$ the loss is $L_+$ or $L_-$.

# %%
check(page, only=["P3-strict-printed", "P3-losses", "P3-falls", "P3-rises"], plant=False)

# %%
claims["P3-any-rank"]

# %%
down, up = (numpy_function(side, X, U, notes.s, notes.J, k) for side in (notes.L_up, notes.L_down))
proved_down = numpy_function(claims["P3-losses"].steps[0].statement.right, X, U, notes.lam, notes.s, notes.J, k)
proved_up = numpy_function(claims["P3-losses"].steps[1].statement.right, X, U, notes.lam, notes.s, notes.J, k)

lengths, kept, towards = np.linspace(0, 1.2, 61), (1,), 0
fig, axes = plt.subplots()
for value, proved, name, mark, line in (
    (up, proved_up, "L₋, along A − s u₁zᵀ", "^", "--"),
    (down, proved_down, "L₊, along A + s u₁zᵀ", "o", "-"),
):
    (drawn,) = axes.plot(lengths, [proved(data, basis, spectrum, s, kept, towards) for s in lengths], line, label=name)
    numbers = [value(data, basis, s, kept, towards) for s in lengths[::5]]
    axes.plot(lengths[::5], numbers, mark, color=drawn.get_color(), mfc="white", ms=6)
axes.set(
    title="From a critical point of rank 1, for d = 2: one way down, one way up",
    xlabel="length of the step s (dimensionless)",
    ylabel="loss (squared units of the data)",
)
axes.legend(title="formula (lines), numbers (marks)")
plt.show()
