"""The text of small functions for sums of products, which Numba does not have: loops over one index after the other."""

from __future__ import annotations

from collections.abc import Sequence

_INDICES = "ijklmnpqrstuvw"
_OPERANDS = "abcdefgh"


def einsum(inputs: Sequence[str], output: str, dtype: str) -> str | None:
    """`np.einsum` of operands whose axes are named by letters; None for too many of either."""
    letters = list(dict.fromkeys("".join([output, *inputs])))
    if len(letters) > len(_INDICES) or len(inputs) > len(_OPERANDS):
        return None
    renamed = dict(zip(letters, _INDICES))
    terms = ["".join(renamed[letter] for letter in term) for term in inputs]
    result = "".join(renamed[letter] for letter in output)
    extents, checks = _extents(terms)
    rest = [letter for letter in extents if letter not in result]
    body = [*checks]
    kind = "" if dtype == "float64" else f", np.{dtype}"
    if result:
        body.append(f"y = np.empty(({', '.join(extents[letter] for letter in result)},){kind})")
    pad = ""
    for letter in result:
        body.append(f"{pad}for {letter} in range({extents[letter]}):")
        pad += "    "
    body.append(f"{pad}total = {_zero(dtype)}")
    inner = pad
    for letter in rest:
        body.append(f"{inner}for {letter} in range({extents[letter]}):")
        inner += "    "
    factors = [f"{name}[{', '.join(term)}]" if term else name for name, term in zip(_OPERANDS, terms)]
    body.append(f"{inner}total += {' * '.join(factors)}")
    body += [f"{pad}y[{', '.join(result)}] = total", "return y"] if result else ["return total"]
    name = f"sum_of_{'_'.join(term or 'number' for term in terms)}_to_{result or 'number'}"
    doc = f"The sums of products `{','.join(terms)}->{result}`."
    return _function(name + (f"_{dtype}" if kind else ""), doc, body, ", ".join(_OPERANDS[: len(terms)]))


def _zero(dtype: str) -> str:
    if dtype.startswith("complex"):
        return "0j"
    return "0.0" if dtype.startswith("float") else "0"


def _extents(terms: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Where the extent of each index is read, and statements that compare it with the other places."""
    extents: dict[str, str] = {}
    checks: list[str] = []
    for name, term in zip(_OPERANDS, terms):
        for axis, letter in enumerate(term):
            place = f"{name}.shape[{axis}]"
            if extents.setdefault(letter, place) != place:
                checks += [f"if {place} != {extents[letter]}:", '    raise ValueError("extents differ")']
    return extents, checks


def matmul(a: int, b: int, dtype: str) -> str:
    """`a @ b` for the ranks of the operands, also of stacks, whose axes of length 1 are broadcast."""
    kind = "" if dtype == "float64" else f", np.{dtype}"
    name = f"matmul_{a}d_{b}d" + (f"_{dtype}" if kind else "")
    if a <= 2 and b <= 2:
        left, right = (f"{x}.astype(np.{dtype})" for x in "ab")
        return _function(name, "The matrix product.", [f"return {left} @ {right}"])
    stack = max(a, b) - 2
    variables = _INDICES[:stack]
    body, indices = [], {"a": list(variables)[stack - max(a - 2, 0) :], "b": list(variables)[stack - max(b - 2, 0) :]}
    counts = []
    for place, variable in enumerate(variables):
        first, second = place - (stack - (a - 2)), place - (stack - (b - 2))
        if a > 2 and b > 2 and first >= 0 and second >= 0:
            one, other = f"a.shape[{first}]", f"b.shape[{second}]"
            body.append(f"{variable}_count = max({one}, {other}) if {one} and {other} else 0")
            for each in (one, other):
                body += [f"if {each} not in (1, {variable}_count):", '    raise ValueError("stacks do not match")']
            counts.append(f"{variable}_count")
            indices["a"][first] = f"{variable} % {one}"
            indices["b"][second] = f"{variable} % {other}"
        else:
            counts.append(f"a.shape[{first}]" if a > 2 and first >= 0 else f"b.shape[{second}]")
    rows, columns = ([f"a.shape[{a - 2}]"] if a > 1 else []), ([f"b.shape[{b - 1}]"] if b > 1 else [])
    body.append(f"y = np.empty(({', '.join([*counts, *rows, *columns])},){kind})")
    pad = ""
    for variable, count in zip(variables, counts):
        body.append(f"{pad}for {variable} in range({count}):")
        pad += "    "
    left = "a" + (f"[{', '.join(indices['a'])}]" if a > 2 else "")
    right = "b" + (f"[{', '.join(indices['b'])}]" if b > 2 else "")
    body.append(f"{pad}y[{', '.join(variables)}] = np.ascontiguousarray({left}) @ np.ascontiguousarray({right})")
    return _function(name, "The matrix products of stacks.", [*body, "return y"])


def _function(name: str, doc: str, body: Sequence[str], parameters: str = "a, b") -> str:
    lines = "\n".join(f"    {line}" for line in body)
    return f'\ndef {name}({parameters}):\n    """{doc}"""\n{lines}\n'
