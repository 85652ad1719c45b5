"""Formulas in TeX, and how they read in one line."""

from tests.generators.truth import Formula


def _inline(name: str, tex: str, linear: str) -> Formula:
    return Formula(name, f"By the rule of {name} it holds that", tex, linear)


def _display(name: str, tex: str, linear: str) -> Formula:
    return Formula(name, f"The rule of {name} says:", tex, linear, display=True)


FORMULAS = (
    _inline("scalea", "x^2 + y^2 = z^2", "x^2 + y^2 = z^2"),
    _inline("scaleb", r"\sqrt{a + b}", "sqrt(a + b)"),
    _inline("scalec", r"a_i \le b_{i+1}", "a_i ≤ b_(i+1)"),
    _inline("scaled", r"\alpha \beta", "α β"),
    _display("scalee", r"\frac{a + b}{c}", "(a + b)/c"),
    _display("scalef", r"\sum_{i=1}^{n} i = \frac{n (n + 1)}{2}", "∑_(i=1)^n i = (n(n+1))/2"),
    _display("scaleg", r"\int_0^1 f(x) \, dx", "∫_0^1 f(x) dx"),
    _display("scaleh", r"\sqrt[3]{x}", "root(3)(x)"),
    _display("scalei", r"e^{i \pi} + 1 = 0", "e^(iπ) + 1 = 0"),
    _display("scalej", r"\lim_{n \to \infty} x_n = 0", "lim_(n→∞) x_n = 0"),
)
