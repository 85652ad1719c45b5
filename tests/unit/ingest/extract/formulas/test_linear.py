"""MathML without TeX reads as a person would type it."""

import pytest

from ingest.extract import extract

LINES = {
    "<mi>x</mi><mo>=</mo><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac>": "x = (a + b)/c",
    "<mfrac><mn>1</mn><mn>2</mn></mfrac><mi>x</mi>": "1/2 x",
    "<mfrac linethickness='0'><mi>n</mi><mi>k</mi></mfrac>": "binom(n, k)",
    "<msqrt><mi>a</mi><mo>+</mo><mi>b</mi></msqrt>": "sqrt(a + b)",
    "<mroot><mi>x</mi><mn>3</mn></mroot>": "root(3)(x)",
    "<msub><mi>x</mi><mi>i</mi></msub><mi>y</mi>": "x_i y",
    "<msub><mi>x</mi><mrow><mi>i</mi><mo>+</mo><mn>1</mn></mrow></msub>": "x_(i + 1)",
    "<msup><mrow><mo>(</mo><mi>a</mi><mo>+</mo><mi>b</mi><mo>)</mo></mrow><mn>2</mn></msup>": "(a + b)^2",
    "<msup><mi>f</mi><mo>\u2032</mo></msup>": "f'",
    "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>": "x_i^2",
    "<munderover><mo>\u2211</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover><mi>i</mi>": (
        "\u2211_(i = 1)^n i"
    ),
    "<munder><mi>lim</mi><mrow><mi>x</mi><mo>\u2192</mo><mn>0</mn></mrow></munder><mi>x</mi>": "lim_(x \u2192 0) x",
    "<mover><mi>x</mi><mo>^</mo></mover><mover><mi>y</mi><mo>\u00af</mo></mover>": "hat(x) bar(y)",
    "<mo>(</mo><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr><mtr><mtd><mn>3</mn></mtd><mtd><mn>4</mn>"
    "</mtd></mtr></mtable><mo>)</mo>": "(1, 2; 3, 4)",
    "<mtable><mtr><mtd><mi>a</mi></mtd><mtd><mo>=</mo><mi>b</mi></mtd></mtr></mtable>": "a =b",
    "<mfenced><mi>a</mi><mi>b</mi></mfenced>": "(a, b)",
    "<mfenced open='[' close=')' separators=';'><mi>a</mi><mi>b</mi></mfenced>": "[a; b)",
    "<mmultiscripts><mi>C</mi><mi>k</mi><none/><mprescripts/><mi>n</mi><none/></mmultiscripts>": "_nC_k",
    "<mi>sin</mi><mo>&#x2061;</mo><mi>x</mi>": "sin x",
    "<mn>2</mn><mi>x</mi><mi>y</mi>": "2xy",
    "<mo>\u2212</mo><mn>1</mn><mo>\u2212</mo><mi>x</mi>": "-1 - x",
    "<mi>\U0001d465</mi><mspace width='1em'/><mtext>if </mtext><mi>y</mi>": "x if y",
    "<semantics><mi>x</mi><annotation encoding='StarMath 5.0'>size</annotation></semantics>": "x",
    "<maction selection='2'><mi>x</mi><mi>y</mi></maction>": "y",
    "<mphantom><mi>x</mi></mphantom><ms>y</ms>": '"y"',
    "<menclose notation='radical'><mi>x</mi></menclose>": "sqrt(x)",
}


def line(body: str) -> str:
    page = f"<main><p>Take <math>{body}</math>.</p></main>".encode()
    return extract(page, "https://docs.example/a.html").document.markdown.strip().removeprefix("Take ")


@pytest.mark.parametrize("mathml", LINES)
def test_mathml_is_a_line(mathml: str) -> None:
    assert line(mathml) == f"`{LINES[mathml]}`."


def test_mathml_beyond_reason_is_its_text() -> None:
    assert line("<msqrt>" * 300 + "<mi>x</mi>" + "</msqrt>" * 300) == "`x`."
