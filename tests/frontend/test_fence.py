"""The fence knows every syntax node of the Python that runs."""

import ast

from adjoint.frontend.syntax.fence import LIMITS, OUTSIDE, SUPPORTED

DEPRECATED = {"Num", "Str", "Bytes", "NameConstant", "Ellipsis", "Index", "ExtSlice", "Suite", "AugLoad", "AugStore"}
REPLACED = {"Param"}


def all_nodes():
    """The concrete node classes of `ast`."""
    classes = [item for item in vars(ast).values() if isinstance(item, type) and issubclass(item, ast.AST)]
    parents = {base for cls in classes for base in cls.__mro__[1:]}
    concrete = {cls.__name__ for cls in classes if cls not in parents or cls is ast.Constant}
    return concrete - DEPRECATED - REPLACED - {"slice", "mod"}


def test_every_node_is_supported_or_refused():
    assert all_nodes() - set(SUPPORTED) - set(LIMITS) == OUTSIDE & all_nodes()


def test_no_node_is_both():
    assert not set(SUPPORTED) & set(LIMITS)


def test_every_refusal_says_why_and_what_to_write():
    for limit in LIMITS.values():
        assert limit.construct and limit.why and limit.fix


def test_names_are_nodes():
    newer = {"TemplateStr", "Interpolation", "TypeAlias", "TypeVar", "ParamSpec", "TypeVarTuple", "TryStar"}
    nodes = {name for name in (*SUPPORTED, *LIMITS) if name.isidentifier()}
    assert nodes <= all_nodes() | newer
