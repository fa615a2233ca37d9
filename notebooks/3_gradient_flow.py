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
# # 3 · Gradient flow, and what weight tying does to it
#
# The notes' section 2.2. The flow of the loss in $(A, B)$, then of tied weights $A = B^\top = W^\top$. As printed, both
# (20) and (21) become one equation for $W$, (22). They do not (**E9**), and it can be seen.

# %%
import matplotlib.pyplot as plt
import numpy as np

from derive import Derivation, check, equal, iff, numpy_function
from derive.corpora.toy_autoencoders import gradient_flow as notes
from derive.corpora.toy_autoencoders.gradient_flow import A, B, Sigma, W, X, loss, tied_loss

# Okabe and Ito's colours, which the colour-blind tell apart; nothing is told by colour alone.
plt.rcParams["axes.prop_cycle"] = plt.cycler(color=["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"])
plt.rcParams.update({"figure.figsize": (8, 4.8), "figure.dpi": 110, "axes.grid": True, "grid.alpha": 0.4})

page = notes.flow
claims = page.claims
page

# %% [markdown]
# ## The flow
#
# (20) and (21) are the flow of half the loss; at "learning rate 1" a factor 2 is lost (**E8**). $A^\top A - B B^\top$
# does not change along it (20c).

# %%
check(page, only=["20", "21", "20-printed", "20c"])

# %% [markdown]
# ## Tied weights
#
# At $A = W^\top$, $B = W$, (20) gives (22), and (21) gives another equation. The two agree exactly where $\Sigma$
# commutes with $W^\top W$.

# %%
check(page, only=["22", "22-transpose", "22-gradient", "22-agree", "22-printed"], plant=False)

# %%
check(claims["22-printed"], plant=False)

# %% [markdown]
# Break it: say that the two agree where $W W^\top = I$, or wherever else you think.

# %%
mine = Derivation("Break a line")
mine.have("mine", iff(equal(notes.printed_22, notes.transposed_22), equal(Sigma @ W.T @ W, Sigma)))
check(mine.claims["mine"], plant=False)

# %% [markdown]
# ## Seen in numbers
#
# The right sides of (20), (21), (22) and of the tied gradient, as functions of arrays: what is integrated below is what
# was checked. The integrator is Runge and Kutta's of order four.


# %%
def right_side(claim):
    """The right side of its last line."""
    return claim.steps[-1].statement.right


flow_B = numpy_function(right_side(claims["20"]), A, B, X)
flow_A = numpy_function(right_side(claims["21"]), A, B, X)
flow_22 = numpy_function(right_side(claims["22"]), W, X)
tied_gradient = numpy_function(right_side(claims["22-gradient"]), W, X)
value, tied_value = numpy_function(loss, A, B, X), numpy_function(tied_loss, W, X)


def untied(x):
    """(20) and (21), for (A, B)."""
    return lambda state: (flow_A(*state, x), flow_B(*state, x))


def printed(x):
    """(22), for W."""
    return lambda state: (flow_22(*state, x),)


def tied(x):
    """Half the gradient flow of the tied loss, for W."""
    return lambda state: (-0.5 * tied_gradient(*state, x),)


def integrate(flow, start, step, count):
    """The states at 0, step, …, count · step."""
    states = [start]
    for _ in range(count):
        state = states[-1]

        def moved(slope, length, state=state):
            return tuple(one + length * by for one, by in zip(state, slope, strict=True))

        k1 = flow(state)
        k2 = flow(moved(k1, step / 2))
        k3 = flow(moved(k2, step / 2))
        k4 = flow(moved(k3, step))
        mean = [(p + 2 * q + 2 * r + s) / 6 for p, q, r, s in zip(k1, k2, k3, k4, strict=True)]
        states.append(moved(mean, step))
    return states


def data_with(spectrum, random, count):
    """Points whose Σ = XXᵀ has this spectrum, and its eigenvectors."""
    size = len(spectrum)
    basis = np.linalg.qr(random.normal(size=(size, size)))[0]
    return basis @ np.diag(np.sqrt(spectrum)) @ np.linalg.qr(random.normal(size=(count, size)))[0].T, basis


# %% [markdown]
# ### The printed flow leaves $A = B^\top$
#
# $D = 2$ and $d = 1$, so that $A$ and $B^\top$ are points of the plane. All three runs start at the same $A = B^\top$.
# Along (20), (21) the two part at once; (22) keeps one $W$ and ends on the circle, but not at the least loss; the tied
# gradient ends at the leading eigenvector.

# %%
spectrum = np.array([1.0, 0.25])
turn = np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
plane = turn @ np.diag(np.sqrt(spectrum)) @ np.linalg.qr(np.random.default_rng(1).normal(size=(5, 2)))[0].T
start = np.array([[-0.15, 0.6]])
step, count = 0.05, 400

runs = {
    "(20), (21): A and Bᵀ": integrate(untied(plane), (start.T, start), step, count),
    "(22) as printed: W": integrate(printed(plane), (start,), step, count),
    "tied gradient: W": integrate(tied(plane), (start,), step, count),
}

fig, panels = plt.subplots(1, 3, figsize=(12, 5.2), sharex=True, sharey=True)
angles = np.linspace(0, 2 * np.pi, 200)
for panel, (title, states) in zip(panels, runs.items(), strict=True):
    panel.plot(np.cos(angles), np.sin(angles), color="0.6", lw=1)
    for sign in (1, -1):
        panel.plot([0, sign * turn[0, 0]], [0, sign * turn[1, 0]], color="black", lw=1, ls=":")
    paths = {"A": "-", "Bᵀ": "--"} if len(states[0]) == 2 else {"W": "-"}
    for place, (name, line) in enumerate(paths.items()):
        path = np.array([state[place].ravel() for state in states])
        (drawn,) = panel.plot(path[:, 0], path[:, 1], line, label=name)
        panel.plot(*path[-1], "s", color=drawn.get_color(), mfc="white", ms=8)
    panel.plot(*start.ravel(), "ko", ms=5, label="start")
    final = value(*states[-1], plane) if len(states[0]) == 2 else tied_value(*states[-1], plane)
    panel.set(title=f"{title}\nloss at the end {final:.3f}", xlabel="first coordinate (dimensionless)", aspect="equal")
    panel.legend(loc="lower right")
panels[0].set_ylabel("second coordinate (dimensionless)")
fig.suptitle("From one starting point; dotted: the leading eigenvector, circle: length 1, square: the end at t = 20")
fig.tight_layout()
plt.show()

# %%
states = runs["(20), (21): A and Bᵀ"]
times = step * np.arange(count + 1)
apart = [np.linalg.norm(a - b.T) for a, b in states]
kept = [a.T @ a - b @ b.T for a, b in states]

fig, axes = plt.subplots()
axes.plot(times, apart, label="‖A − Bᵀ‖")
axes.plot(times, [float(np.abs(one).max()) for one in kept], "--", label="|AᵀA − BBᵀ|, conserved by (20c)")
axes.set(
    title="Along (20), (21) from A = Bᵀ: the weights part, AᵀA − BBᵀ stays",
    xlabel="time t (dimensionless)",
    ylabel="size (dimensionless)",
)
axes.legend()
plt.show()

# %% [markdown]
# ### How the leading eigenspace is found
#
# $D = 6$, $d = 2$. The largest angle between the columns of $A$ (the rows of $W$) and the first two eigenvectors. (22)
# stops as soon as the rows of $W$ are orthonormal, wherever that is (*22b-stationary*); the others go on.

# %%
check(page, only=["22b", "22b-stationary", "22b-not-critical"], plant=False)

# %%
random = np.random.default_rng(3)
points, basis = data_with(np.array([2.0, 1.5, 0.8, 0.5, 0.3, 0.2]), random, 9)
first = 0.3 * random.normal(size=(2, 6))


def angle(columns):
    """The largest angle between their span and the first two eigenvectors, in degrees."""
    span = np.linalg.qr(columns)[0]
    outside = span - basis[:, :2] @ basis[:, :2].T @ span  # its length is the sine, exact also where that is small
    return np.degrees(np.arcsin(min(np.linalg.norm(outside, 2), 1.0)))


step, count = 0.05, 600
times = step * np.arange(count + 1)
free = integrate(untied(points), (first.T, first), step, count)
long_runs = {"(20), (21)": [(angle(a), value(a, b, points)) for a, b in free]}
for name, flow in {"(22) as printed": printed(points), "tied gradient": tied(points)}.items():
    long_runs[name] = [(angle(w.T), tied_value(w, points)) for (w,) in integrate(flow, (first,), step, count)]

fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.6))
for (name, found), line in zip(long_runs.items(), ("-", "--", "-."), strict=True):
    found = np.array(found)
    left.semilogy(times, found[:, 0], line, label=name)
    right.plot(times, found[:, 1], line, label=name)
right.axhline(0.8 + 0.5 + 0.3 + 0.2, color="black", ls=":", lw=1, label="least loss, λ₃ + … + λ₆")
left.set(title="Angle to the leading eigenspace", xlabel="time t (dimensionless)", ylabel="angle (degrees)")
right.set(title="The loss", xlabel="time t (dimensionless)", ylabel="loss (squared units of the data)")
left.legend()
right.legend()
fig.tight_layout()
plt.show()

# %% [markdown]
# ## Features as columns
#
# In the eigenbasis the flow (22) of the columns $\bar w_j$ is (28): each pushes its own length to 1, and the others
# away from itself. Lines (24) to (28), one chain.

# %%
check(notes.modes, only="24-28", plant=False)

# %% [markdown]
# At $\Sigma = \lambda I$ it is the gradient flow of an energy, with the coefficient ¼. The notes print ½ (**E10**); the
# program finds the ¼.

# %%
check(notes.equal_modes, only=["28E", "28E-printed", "28E-frobenius"])

# %% [markdown]
# Where do the columns settle when there are more features than dimensions? $d = 2$, the right side of (28) integrated
# for $D = 2, \dots, 6$. Up to $D = d$ the columns are orthonormal. Beyond that they cannot be; what settles is $W
# W^\top = I$, whose energy is $\frac{\lambda}{4}(D - d)$.

# %%
line_28 = numpy_function(right_side(notes.equal_modes.claims["28E"]), W, notes.level, notes.j)
energy = numpy_function(notes.energy, W, notes.level)


def columns(size):
    """(28) at λ = 1, column by column."""
    return lambda state: (np.hstack([line_28(state[0], 1.0, place) for place in range(size)]),)


fig, panels = plt.subplots(1, 5, figsize=(14, 3.8), sharex=True, sharey=True)
for panel, size in zip(panels, range(2, 7), strict=True):
    random = np.random.default_rng(size)
    states = integrate(columns(size), (0.3 * random.normal(size=(2, size)),), 0.1, 150)
    paths = np.array([state[0] for state in states])
    panel.plot(np.cos(angles), np.sin(angles), color="0.6", lw=1)
    for place, mark in zip(range(size), "os^DvP", strict=False):
        (drawn,) = panel.plot(paths[:, 0, place], paths[:, 1, place], lw=1)
        panel.plot(*paths[-1, :, place], mark, color=drawn.get_color(), ms=7)
        panel.plot([0, paths[-1, 0, place]], [0, paths[-1, 1, place]], color=drawn.get_color(), lw=1, ls=":")
    panel.set(title=f"D = {size}\nE = {energy(states[-1][0], 1.0):.3f}", aspect="equal", xlabel="first row of W")
panels[0].set_ylabel("second row of W")
fig.suptitle("Columns of W along (28) for d = 2, λ = 1 (dimensionless); circle: length 1, marks: where they settle")
fig.tight_layout()
plt.show()
