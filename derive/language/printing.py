"""One walk for every notation: it decides precedence and spacing, a notation's methods decide the marks."""

from __future__ import annotations

from derive.language import nodes as n
from derive.language.indices import ONE, Index, Subset

ADD, MUL, PRODUCT, POSTFIX, ATOM = range(5)
"""How tightly a form binds, loosest first."""


class Printer:
    """Prints an expression; ``precedence`` is where it stands, so that brackets are set only where they are needed."""

    minus = "-"

    def __call__(self, expr: n.Expr, precedence: int = ADD) -> str:
        method = getattr(self, f"print_{type(expr).__name__.lower()}")
        binds, printed = method(expr)
        return self.brackets(printed) if binds < precedence else str(printed)

    # Leaves

    def print_number(self, expr: n.Number) -> tuple[int, str]:
        value = expr.value
        if value.denominator == 1:
            return (ATOM if value >= 0 else ADD), f"{self.minus if value < 0 else ''}{abs(value)}"
        sign = self.minus if value < 0 else ""
        return (MUL if value > 0 else ADD), sign + self.rational(abs(value.numerator), value.denominator)

    def print_symbol(self, expr: n.Symbol) -> tuple[int, str]:
        return ATOM, self.name(expr.name)

    def print_identity(self, expr: n.Identity) -> tuple[int, str]:
        return ATOM, "I"

    def print_zeros(self, expr: n.Zeros) -> tuple[int, str]:
        return ATOM, "0"

    def print_size(self, expr: n.Size) -> tuple[int, str]:
        return ATOM, expr.dim.name

    def print_delta(self, expr: n.Delta) -> tuple[int, str]:
        return ATOM, self.subscript(self.name("δ"), self.indices(expr.row, expr.col))

    def print_indicator(self, expr: n.Indicator) -> tuple[int, str]:
        return ATOM, f"[{self.index(expr.index)} {self.element.strip()} {self.name(expr.subset.name)}]"

    def print_precedes(self, expr: n.Precedes) -> tuple[int, str]:
        return ATOM, f"[{self.index(expr.row)} {self.less} {self.index(expr.col)}]"

    def print_select(self, expr: n.Select) -> tuple[int, str]:
        return ATOM, self.subscript("E", self.name(expr.subset.name))

    # Algebra

    def print_add(self, expr: n.Add) -> tuple[int, str]:
        printed = self(expr.terms[0], ADD)
        for term in expr.terms[1:]:
            shown, sign = (term.arg, self.minus) if isinstance(term, n.Neg) else (term, "+")
            printed += f" {sign} {self(shown, MUL)}"
        return ADD, printed

    def print_neg(self, expr: n.Neg) -> tuple[int, str]:
        return ADD, f"{self.minus}{self(expr.arg, MUL)}"

    def print_mul(self, expr: n.Mul) -> tuple[int, str]:
        first = expr.factors[0]
        negative = isinstance(first, n.Number) and first.value < 0
        printed = [self(first, ADD if negative else MUL)]
        if isinstance(first, n.Total):
            printed = [self(first, PRODUCT)]
        # A sum reaches to the end of its term, so only the last factor can be one without brackets.
        printed += [self(factor, PRODUCT) for factor in expr.factors[1:-1]]
        last = expr.factors[-1]
        printed.append(self(last, MUL if isinstance(last, n.Total) else PRODUCT))
        # Digits side by side would be read as one number.
        rest = (f"{self.dot}{shown}" if shown[:1].isdigit() else shown for shown in printed[1:])
        printed = [printed[0], *rest]
        return (ADD if negative else MUL), self.juxtapose(printed)

    def print_div(self, expr: n.Div) -> tuple[int, str]:
        return MUL, self.fraction(self(expr.top, self.fraction_side), self(expr.bottom, self.fraction_bottom))

    def print_power(self, expr: n.Power) -> tuple[int, str]:
        return POSTFIX, self.superscript(self.power_base(expr.base), str(expr.exponent))

    def power_base(self, expr: n.Expr) -> str:
        return self(expr, ATOM)

    def print_sizepower(self, expr: n.SizePower) -> tuple[int, str]:
        dim, less = self.name(expr.dim.name), f" {self.minus} {self.name(expr.less.name)}" if expr.less else ""
        return POSTFIX, self.size_power(self.power_base(expr.base), dim, less + self.shift(expr.shift))

    def print_binomial(self, expr: n.Binomial) -> tuple[int, str]:
        top = self.name(expr.dim.name) + self.shift(expr.shift)
        if expr.part is None:
            return ATOM, self.binomial(top, str(expr.less))
        return ATOM, self.binomial(top, self.name(expr.part.name) + self.shift(expr.less))

    def shift(self, number: int) -> str:
        return f" {self.minus if number < 0 else '+'} {abs(number)}" if number else ""

    def print_atleastzero(self, expr: n.AtLeastZero) -> tuple[int, str]:
        return ATOM, f"[0 {self.at_most} {self(expr.arg)}]"

    def print_relu(self, expr: n.Relu) -> tuple[int, str]:
        return ATOM, f"{self.rectified}{self.brackets(self(expr.arg))}"

    def print_sqrt(self, expr: n.Sqrt) -> tuple[int, str]:
        return ATOM, self.root(expr.arg)

    def print_matmul(self, expr: n.MatMul) -> tuple[int, str]:
        return PRODUCT, self.product([self(factor, POSTFIX) for factor in expr.factors])

    def print_transpose(self, expr: n.Transpose) -> tuple[int, str]:
        return POSTFIX, self.superscript(self(expr.arg, ATOM), self.transposed)

    def print_trace(self, expr: n.Trace) -> tuple[int, str]:
        return PRODUCT, f"{self.trace}{self.brackets(self(expr.arg))}"

    def print_norm2(self, expr: n.Norm2) -> tuple[int, str]:
        return POSTFIX, self.superscript(self.norm(self(expr.arg)), "2")

    def print_inner(self, expr: n.Inner) -> tuple[int, str]:
        return ATOM, self.angles(f"{self(expr.left)}, {self(expr.right)}")

    def print_inverse(self, expr: n.Inverse) -> tuple[int, str]:
        return POSTFIX, self.superscript(self(expr.arg, ATOM), f"{self.minus}1")

    def print_diag(self, expr: n.Diag) -> tuple[int, str]:
        return PRODUCT, f"{self.diagonal}{self.brackets(self(expr.arg))}"

    def print_replacecolumn(self, expr: n.ReplaceColumn) -> tuple[int, str]:
        change = f"{self.index(expr.index)} {self.becomes.strip()} {self(expr.column)}"
        return POSTFIX, self.subscript(self(expr.matrix, ATOM), change)

    # Indices

    def print_entry(self, expr: n.Entry) -> tuple[int, str]:
        named = isinstance(expr.arg, n.Symbol | n.Defined)
        letter = self.name(expr.arg.entry_name) if named else self(expr.arg, ATOM)  # type: ignore[attr-defined]
        if isinstance(expr.arg, n.Gradient):
            return MUL, self.partial_derivative(expr)
        if isinstance(expr.arg, n.Along) and isinstance(expr.arg.body, n.Symbol):
            return MUL, self.fraction(f"d{self(n.Entry(expr.arg.body, expr.row, expr.col))}", "dt")
        family = expr.arg.shape[1:] == (ONE,)
        if family and expr.row is not None:
            return ATOM, self.subscript(letter, self.indices(expr.row))
        if expr.row is not None and expr.col is not None:
            return ATOM, self.subscript(letter, self.indices(expr.row, expr.col))
        if expr.row is None and expr.col is not None:
            marks = self.indices(expr.col)
            return ATOM, self.subscript(letter, marks if named else f"·{marks}")
        return ATOM, self.subscript(letter, f"{self.indices(expr.row)}·" if expr.row is not None else "··")

    def partial_derivative(self, expr: n.Entry) -> str:
        gradient = expr.arg
        if not isinstance(gradient, n.Gradient):
            raise TypeError(f"{gradient!r} is no gradient")
        top = self(gradient.body, ATOM)
        bottom = self(n.Entry(gradient.variable, expr.row, expr.col))
        return self.fraction(f"{self.curly}{top}", f"{self.curly}{bottom}")

    def print_total(self, expr: n.Total) -> tuple[int, str]:
        marks = ",".join(self.index(index) for index in expr.indices)
        pairs = dict(expr.apart)
        if len(expr.indices) == 1 and expr.indices[0] in pairs:
            marks = f"{self.index(expr.indices[0])}{self.unequal}{self.index(pairs[expr.indices[0]])}"
        elif expr.apart:
            marks += ": " + ", ".join(f"{self.index(a)}{self.unequal}{self.index(b)}" for a, b in expr.apart)
        sets = dict(expr.within)
        if len(expr.indices) == 1 and expr.indices[0] in sets:
            marks = f"{self.index(expr.indices[0])}{self.element}{self.name(sets[expr.indices[0]].name)}"
        elif expr.within:
            marks += ": " + ", ".join(f"{self.index(a)}{self.element}{self.name(s.name)}" for a, s in expr.within)
        return MUL, f"{self.sum(marks)} {self(expr.body, MUL)}"

    # Calculus

    def print_gradient(self, expr: n.Gradient) -> tuple[int, str]:
        return MUL, self.fraction(f"{self.curly}{self(expr.body, ATOM)}", f"{self.curly}{self(expr.variable)}")

    def print_along(self, expr: n.Along) -> tuple[int, str]:
        body = self(expr.body, ATOM)
        return MUL, self.fraction(f"d{body}", "dt")

    def print_at(self, expr: n.At) -> tuple[int, str]:
        pairs = zip(expr.variables, expr.values, strict=True)
        return ATOM, self.restriction(self(expr.body, POSTFIX), ", ".join(f"{self(a)}={self(b)}" for a, b in pairs))

    def print_integral(self, expr: n.Integral) -> tuple[int, str]:
        ends = self(expr.low), self(expr.high)
        return MUL, self.integral(self(expr.body, MUL), self(expr.variable), *ends)

    def print_expectation(self, expr: n.Expectation) -> tuple[int, str]:
        return ATOM, self.expectation(self(expr.body))

    def print_defined(self, expr: n.Defined) -> tuple[int, str]:
        return ATOM, self.name(expr.name)

    def print_parts(self, expr: n.Parts) -> tuple[int, str]:
        return ATOM, self.column_of([self(item) for item in expr.items])

    # What a notation decides

    element, unequal, becomes, transposed, trace, diagonal, curly = "∈", "≠", "←", "ᵀ", "tr", "diag", "∂"
    dot = "·"
    less, at_most, rectified = "<", "≤", "ReLU"
    fraction_side, fraction_bottom = PRODUCT, ATOM

    def name(self, name: str) -> str:
        return name

    def index(self, index: Index) -> str:
        return index.name

    def indices(self, *indices: Index) -> str:
        names = [self.index(index) for index in indices]
        return ("," if any(len(index.name.rstrip("'′")) > 1 for index in indices) else "").join(names)

    def set_name(self, subset: Subset) -> str:
        return self.name(subset.name)

    def brackets(self, inside: str) -> str:
        return f"({inside})"

    def rational(self, top: int, bottom: int) -> str:
        return self.fraction(str(top), str(bottom))

    def fraction(self, top: str, bottom: str) -> str:
        return f"{top}/{bottom}"

    def subscript(self, base: str, marks: str) -> str:
        raise NotImplementedError

    def superscript(self, base: str, mark: str) -> str:
        raise NotImplementedError

    def product(self, factors: list[str]) -> str:
        raise NotImplementedError

    def juxtapose(self, factors: list[str]) -> str:
        return " ".join(factors)

    def norm(self, inside: str) -> str:
        raise NotImplementedError

    def angles(self, inside: str) -> str:
        raise NotImplementedError

    def root(self, arg: n.Expr) -> str:
        raise NotImplementedError

    def sum(self, marks: str) -> str:
        raise NotImplementedError

    def restriction(self, body: str, values: str) -> str:
        raise NotImplementedError

    def size_power(self, base: str, dim: str, shift: str) -> str:
        return f"{base}^{{{dim}{shift}}}" if shift else f"{base}^{dim}"

    def binomial(self, top: str, bottom: str) -> str:
        return f"C({top}, {bottom})"

    def integral(self, body: str, variable: str, low: str, high: str) -> str:
        return f"∫_{low}^{high} {body} d{variable}"

    def expectation(self, inside: str) -> str:
        return f"E[{inside}]"

    def column_of(self, items: list[str]) -> str:
        raise NotImplementedError
