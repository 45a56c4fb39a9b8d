"""Random programs that mix what can share memory: views of views, containers, closures, callees, loops, stores of NumPy.

Each is `f(x, m)`, written from a grammar: a form holds names of kinds in braces. A program draws on a few subjects, so
that it is about them. What is right is what the plain call says.

Kinds: V a vector of four numbers that may be another one's memory, F a new one, W either, M a matrix of four rows, n a
name of a vector, L a list of vectors, e a number, i an index, c a condition, S a statement, B a block of them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

Grammar = dict[str, tuple[str, ...]]

BASE: Grammar = {
    "V": ("{n}", "{n}", "{n}", "{n}[::-1]", "{n}[:]"),
    "F": ("({V} * 1.1)", "np.sin({V})", "({V} + {V})", "{V}.copy()", "(x * {e})", "({V} - {e})", "np.cos({V})"),
    "W": ("{V}", "{V}", "{F}"),
    "L": ("p",),
    "M": ("m2",),
    "e": ("0.7", "s", "x[{i}]", "{V}[{i}]", "0.3 * np.sum({V})", "{V}[{i}] * 0.6", "{V} @ {V} * 0.2", "1.2"),
    "i": ("0", "1", "-1", "k", "2", "{j}"),
    "j": ("3",),
    "part": ("1:", ":-1", "::2", "1:3", "::-2", ":k", "k:", "-2:", "2:0:-1"),
    "op": ("+=", "*=", "-="),
    "c": ("x[0] > 0.2", "x[0] > 5", "s > 1.0", "m > 1", "{V}[{i}] > 0.4", "k"),
    "S": (
        "{n} = {W}",
        "{new} = {W}",
        "{new} = {V}",
        "{V}[{i}] = {e}",
        "{V}[{i}] {op} {e}",
        "{V}[{part}] = {e}",
        "{V}[{part}] {op} {e}",
        "{V} {op} {e}",
        "{V} *= {V}",
        "{n}, {n} = {W}, {W}",
        "{V}[{i}], {V}[{i}] = {V}[{i}], {V}[{i}]",
        "s = s + np.sum({V})",
        "s += {e}",
        "{V}[:] = {F}",
        "{V}[...] = {F}",
        "if {c}:\n    {B}",
        "if {c}:\n    {B}\nelse:\n    {B}",
        "for {loop} in range(m):\n    {B}",
    ),
}

VIEWS: Grammar = {
    "V": (
        "{M}[{i}]",
        "{M}[:, {i}]",
        "{M}.T[{i}]",
        "{V}[None][0]",
        "{V}[:, None].squeeze()",
        "{n}.reshape(2, 2).ravel()",
        "m2.ravel()[4:8]",
        "m2.reshape(2, 8)[1, ::2]",
        "{n}.reshape(2, 2).T.ravel()",
        "np.squeeze({V}[None], axis=0)",
        "{M}[1:, 1:].T[0, [0, 1, 2, 0]]",
        "{M}[:, ::-1][{i}, ::-1]",
        "np.flip({V})",
        "np.diagonal({M}).copy()",
        "{M}.swapaxes(0, 1)[{i}]",
        "np.asarray({V})",
        "np.array({V})",
        "np.atleast_1d({V})",
        "{V}[...]",
    ),
    "M": ("{M}.T", "{M}[::-1]", "{M}[:, ::-1]", "{M}.T[::-1]", "{M}[None][0]", "m2.reshape(16).reshape(4, 4)"),
    "S": (
        "{M} {op} {e}",
        "{M}[{i}] = {F}",
        "{M}[:, {i}] = {F}",
        "{M}[{part}] {op} {e}",
        "{M}[1:, :2] = {e}",
        "{M}[:2, :2] {op} {V}[:2]",
        "{V}.reshape(2, 2)[1, {k}] = {e}",
        "{V}.reshape(2, 2).T[0] *= {e}",
        "{V}[::-1][1:] += {e}",
        "m2 = {M}",
        "m2 = {M} * 1.1",
        "m2 = {M}.copy()",
        "m2[0], m2[1] = m2[1], m2[0]",
        "{M}[[0, 1]] = {M}[[1, 0]]",
        "w = {V}[{part}]\nw[0] = {e}\ns += np.sum({V})\nw *= 1.2",
        "w = {V}.reshape(2, 2)\nw[0] = {e}\n{V}[{i}] = {e}\ns += np.sum(w * w)",
        "w = {V}[1:][::-1]\n{V}[{part}] *= 1.1\ns += w @ w\nw[{k}] = {e}",
        "w = {M}[1:, ::2].T\nw[0] = {e}\nw[:, 1] += {e}\ns += np.sum({M})",
        "np.fill_diagonal({M}, {e})",
        "s += np.sum({M} * {V})",
        "for r in {M}:\n    r {op} {e}\n    s += np.sum({V})",
        "for {vloop} in {M}:\n    {B}",
        "for {vloop}, {vloop} in zip({M}, {M}.T):\n    {B}",
        "for {loop}, {vloop} in enumerate({M}[:3]):\n    {B}",
        "rows = [r for r in {M}]\nrows[1] *= 1.3\nrows[{i}][{i}] = {e}\ns += np.sum({M})",
        "rows = [r * 2.0 for r in {M}]\nrows[1] *= 1.3\nrows[{i}][{i}] = {e}\ns += np.sum(rows[1])",
        "rows = list({M})\nrows[{i}] = {W}\nrows[1][0] = {e}\ns += np.sum({M})",
        "{new}, *rest = {M}\nrest[{k}][{i}] = {e}",
        "{new}, {new}, *_ = {M}",
        "lo, hi = np.split({V}, 2)\nlo[0] = {e}\nhi *= lo",
    ),
}

LISTS: Grammar = {
    "V": ("{L}[{k}]", "{L}[{k}]", "{L}[-1]", "{L}[0]", "z[{k}][{k}]"),
    "L": ("p", "q", "z[0]", "z[{k}]"),
    "S": (
        "{L}[{k}] = {W}",
        "{L}.append({W})",
        "p = [{W}, {W}]",
        "q = [{W}, *{L}]",
        "q = {L}",
        "p = {L}[:]",
        "p = list({L})",
        "q = {L}[::-1]",
        "z[{k}] = {L}",
        "z = [{L}, [{W}, {W}]]",
        "z[0], z[1] = z[1], z[0]",
        "{L}[0], {L}[1] = {L}[1], {L}[0]",
        "{L}.insert({k}, {W})",
        "{L}.reverse()",
        "{L} += [{W}]",
        "{n} = {L}.pop()\n{L}.append({W})",
        "first, *rest = {L}\nfirst[{i}] = {e}\nfor r in rest:\n    r *= 1.1",
        "{n}, {n} = {L}[:2]",
        "for {vloop} in {L}[:2]:\n    {B}",
        "for {vloop} in reversed({L}[:2]):\n    {B}",
        "for {loop}, {vloop} in enumerate({L}[:2]):\n    {B}",
        "for {vloop}, {vloop} in zip(p, q[:2]):\n    {B}",
        "for row in z:\n    for r in row[:2]:\n        r {op} {e}",
        "q = [r * 1.1 for r in {L}]",
        "q = [r for r in {L}]",
        "q = [r[::-1] for r in {L}]",
        "q = [{V} for _ in range(2)]",
        "q = [{W} for _ in range(m)]",
        "q = []\nfor {loop} in range(m):\n    q.append({W})",
        "q = [{W}] * 2",
        "s += sum(np.sum(r * r) for r in {L})",
        "s += np.sum(np.stack({L}[:2])[{k}])",
    ),
}

RECORDS: Grammar = {
    "V": ('d["u"]', 'd["v"]', 'd["u" if {c} else "v"]', "t[0]", "t[1]", "t[{k}]", "o.u", "o.v", "o.turned", "o.give()"),
    "S": (
        'd["u"] = {W}',
        'd["v"] = {W}',
        "d.update(u={W})",
        "for key in d:\n    d[key] {op} {e}",
        "for {vloop} in d.values():\n    {B}",
        "for key, {vloop} in d.items():\n    {B}",
        'd["u"], d["v"] = d["v"], d["u"]',
        "d = dict(d)",
        'd = {{**d, "v": {W} }}',
        "d = {{key: r for key, r in d.items()}}",
        "d = {{key: r * 1.1 for key, r in d.items()}}",
        '{n} = d.pop("v")\nd["v"] = {W}',
        '{n} = d.get("u", {V})',
        "t = ({W}, {W})",
        "t = t[::-1]",
        "t = (*t[1:], {W})",
        "t = (o.u, d['v'])",
        "{n}, {n} = t",
        "o.u = {W}",
        "o.v = {W}",
        "o.u, o.v = o.v, o.u",
        "o.u {op} {e}",
        "o = Box({W}, {W})",
        "o = replace(o, u={W})",
        "o2 = o\no2.u = {W}\no2.v[{i}] = {e}",
        "o.push({e})",
        "o.take({W})",
        "o.u, {n} = {W}, o.u",
        "for r in t:\n    r {op} {e}",
    ),
}

CLOSURES: Grammar = {
    "V": ("peek()", "pull({V})", "pick({k})", "kept({V}, {e})"),
    "e": ("mark({e})",),
    "S": (
        "stamp({e})",
        "rebind({W})",
        "s += mark({e}) * np.sum({V}) * mark({e})",
        "{n} = kept({V}, {e})",
        "swap()",
        "inner({k})",
        "{n} = peek()",
    ),
}

CALLEES: Grammar = {
    "V": (
        "g({V}, {V})",
        "view({V})",
        "same({V})",
        "item([{V}, {W}])",
        "later({V})",
        "pair({V}, {V})[{k}]",
        "star({V}, {V})",
    ),
    "e": ("dot({V}, {V})", "down({V})"),
    "S": (
        "g({V}, {V})",
        "{n} = g({V}, {V})",
        "{n}, {n} = pair({V}, {V})",
        "{n}, {n} = pair({V}, {W})",
        "{V}[{i}] = {V}[{i}] * dot({V}, {V}) + {V}[{i}]",
        "climb({V}, 3)",
        "climb({V}, m)",
        "star({V}, {V}, {V})",
        "star(*[{V}, {W}])",
        "{n} = star({V}, {V})",
        "{n} = later({V})",
        "{n} = later({V}, {V})",
        "{n} = later({V}, out={V})",
        "named(u={V}, v={W})",
        "keep(p, {V})",
        "{n} = keep(p, {V})",
        "{n} = item(p)",
        "item(p)[{i}] = {e}",
        "change(p, {V})",
        "{new} = early({V}, {V})\ns += np.sum({V})",
        "s += early({V}, {V})[{i}]",
        "{n}, s = mixed({V}, {e})",
        "s = s + down({V}) * np.sum({V}) + down({V})",
        "halves({V}[1:], {V}[:-1])",
        "halves({V}[:2], {V}[2:])",
    ),
}

LOOPS: Grammar = {
    "S": (
        "{count} = 0\nwhile {count} < m:\n    {count} += 1\n    {B}",
        "{count} = 0\nwhile True:\n    {count} += 1\n    {B}\n    if {c} or {count} > 2:\n        {B}\n        break\n    {B}",
        "for {loop} in range(3):\n    if {c}:\n        {B}\n        continue\n    {B}",
        "for {loop} in range(4):\n    {B}\n    if {c}:\n        break\nelse:\n    {B}",
        "try:\n    {B}\nfinally:\n    {B}",
        "if {c}:\n    {B}\n    return s + np.sum({V})",
        "for {loop} in range(m):\n    if {c}:\n        return s * np.sum({V})\n    {B}",
        "for {loop} in range(2):\n    {B}\n    for {loop} in range(m):\n        {B}",
        "for {vloop} in ({V}, {V}):\n    {B}",
        "for {vloop}, w in zip(({V}, {V}), ({W}, {W})):\n    {B}\n    w[{i}] = {e}",
        "for {vloop} in [{V}, {F}]:\n    {B}",
        "for jj in reversed(range(3)):\n    {V}[jj] = {V}[jj - 1] * {e}",
        "for jj, w in enumerate({V}):\n    {V}[jj] = w * {V}[3 - jj]",
        "for w, w2 in zip({V}, {V}[::-1]):\n    {V}[{i}] = w * w2",
        "for {loop} in range(4):\n    {n}[{li}] *= {n}[{li} - 1]\n    if {n}[{li}] > 0.5:\n        {exit}\n    {B}",
        "for {loop} in range(1, 4):\n    {B}\n    {n}[{li}] += {n}[{li} - 1] * {n}[{li}]\n    if {n}[{li}] > 0.8:\n        {exit}",
        "for {loop} in range(3):\n    for {loop} in range(m):\n        {n}[{li}] = {n}[{li} + 1] * {n}[{li}]\n"
        "        if {n}[{li}] > 0.3:\n            {exit}\n    {B}",
        "{count} = 0\nwhile {count} < 3 and {n}[{count}] < 1.5:\n    {count} += 1\n    {n}[{count}] *= {n}[{count} - 1]\n    {B}\n"
        "    if {n}[{count}] > 0.6:\n        {exit}",
        "{n} = {V} if {c} else {V}",
        "{n}, {n} = ({V}, {V}) if {c} else ({V}, {V})",
        "if {c}:\n    {n}, {n} = {V}, {V}",
        "s = s + {V}[{i}] if {c} else s",
    ),
    "exit": ("break", "continue", "return s + np.sum({n}) * {V}[{li}]", "return {n} @ {V}", "{n}[{li}] = {e}"),
    "j": ("{li}",),
}

LIBRARY: Grammar = {
    "F": (
        "{V}[[0, 2, 2, 1]]",
        "np.where({V} > 0.4, {V}, {W})",
        "np.sort({V})",
        "np.cumsum({V})",
        "np.concatenate([{V}[:2], {V}[2:]])",
        "np.maximum({V}, {V})",
        "np.stack([{V}, {V}])[{k}]",
        "(m2 @ {V} * 0.2)",
        "np.array([{e}, {e}, {e}, {e}])",
        "np.outer({V}, {V})[{k}]",
        "np.roll({V}, 1)",
        "np.zeros(4)",
        "np.full_like({V}, {e})",
    ),
    "V": ("np.ravel({n})", "np.add({V}, {e}, out={V})", "np.negative({V}, {V})"),
    "S": (
        "np.add.at({V}, [0, 1, 1, 3], {W})",
        "np.add.at({V}, ii, {e})",
        "np.subtract.at({V}, ii, {W}[ii])",
        "np.copyto({V}, {F})",
        "np.copyto({V}, {F}, where={V} > 0.4)",
        "np.multiply({V}, {e}, out={V})",
        "np.sin({W}, out={V})",
        "np.add({V}, {V}, out={V})",
        "{V}.fill({e})",
        "{V}.sort()",
        "np.put({V}, [0, 2], {e})",
        "np.putmask({V}, {V} > 0.4, {F})",
        "{V}[{V} > 0.4] {op} 0.7",
        "{V}[{V} > 0.4] = {e}",
        "{V}[[0, 2, 0]] = {F}[:3]",
        "{V}[[0, 2, 0]] {op} {e}",
        "{V}[ii] = {F}",
        "{V}[ii] += {W}",
        "{V}[ii[{k}]] += {e}",
        "ii[{k}] = 3 - ii[{k}]",
        "ii = ii[::-1]",
        "jj = ii\njj += 1\njj %= 4",
        "{V}[np.argsort({W})] = {F}",
        "np.clip({V}, 0.1, 2.0, out={V})",
        "{V}.flat[{i}] = {e}",
        "np.minimum.at({V}, ii, {e})",
        "{V}.put([1, 1], {e})",
        "{V}[:] = [{e}, {e}, {e}, {e}]",
        "y4 = {W}.astype(np.float32)\ny4[{i}] = {e}\ny4 *= {V}.astype(np.float32)\ns += np.sum(y4)",
        "ni = np.zeros(4, dtype=int)\nni[{k}] += 2\nnj = ni[::-1]\nnj[{k}] += 1\n{V}[ni[{k}]] = {e} * nj[1]",
        "{V}[{V}.argmax()] = {e}",
        "{V}[1:] += {V}[:-1]",
        "{n}[:-1] = {n}[1:]",
        "{V}[::-1] = {F}",
        "{V}[1:] *= {V}[1:][::-1]",
        "{V} += {V}[::-1]",
    ),
}

ITEMS: Grammar = {
    "V": (
        "ps[{k}].u",
        "ps[0].v",
        "ds[{k}]['u']",
        "zs[{k}][{k}]",
        "ps[{k}].turned",
        "ps[{k}].give()",
        "os[{k}].u",
        "os[0].v",
    ),
    "S": (
        "ps[{k}].u = {W}",
        "ps[{k}].u, ps[{k}].v = ps[{k}].v, {W}",
        "ps.append(Box({W}, {W}))",
        "ps = [Box({W}, {W}) for _ in range(m)]",
        "for o2 in ps:\n    o2.u = {W}",
        "for o2 in ps:\n    o2.u = o2.u * {e}\n    s += np.sum(o2.v)",
        "for o2 in ps:\n    {B}",
        "for o2 in os:\n    o2.u {op} {e}\n    o2.v = {W}",
        "for o2 in os:\n    o2.push({e})",
        "os[0].take({W})",
        "os[{k}] = Box({W}, {W})",
        "os[0], os[1] = os[1], os[0]",
        "os[0].u = {W}",
        "o2 = os[{k}]\n{new} = o2.u\n{S}",
        "o2 = ps[{k}]\n{new} = o2.v\no2.v = {W}",
        "ds[{k}]['u'] = {W}",
        "for d2 in ds:\n    d2['u'] = {W}",
        "for d2 in ds:\n    d2.update(v={W})",
        "for d2 in ds:\n    d2['u'], d2['v'] = d2['v'], d2['u']",
        "zs[{k}][{k}] = {W}",
        "zs.append([{W}, {W}])",
        "zs[{k}].append({W})",
        "for row in zs:\n    row[0] = {W}",
        "for row in zs:\n    row[0], row[1] = row[1], row[0]",
        "us = [o2.u for o2 in ps]\nus[{k}] = {W}\ns += np.sum(us[0])",
        "us = [o2.u for o2 in os]\nus[0][{i}] = {e}",
        "us = [row[0] for row in zs]\n{S}\ns += np.sum(us[{k}])",
        "o2 = ps.pop()\ns += np.sum(o2.u)\nps.append(Box({W}, o2.v))",
        "o2 = max(os, key=lambda each: each.u[0])\ns += np.sum(o2.u)",
        "ps = ps[::-1]",
        "os = [*os]",
        "zs = zs[1:] + zs[:1]",
    ),
}

SUBJECTS = (VIEWS, LISTS, RECORDS, CLOSURES, CALLEES, LOOPS, LIBRARY, ITEMS)

GIVES = ("u", "v", "u * 1.0", "u[::-1]", "None or v", "v[::-1]")
INNER = (
    "a[k] *= 1.1",
    "b[:] = a * 1.0",
    "a = b * 1.1",
    "a, b = b, a",
    "a[1:] += b[:-1]",
    "c = a",
    "b = a[::-1]",
    "a += c",
)


def _module(chance: random.Random) -> str:
    """The helpers of a program."""
    pick = chance.choice
    return f"""from dataclasses import dataclass, replace

import numpy as np


@dataclass
class Box:
    u: np.ndarray
    v: np.ndarray

    @property
    def turned(self):
        return self.u[::-1]

    def give(self):
        self.v[0] *= 1.1
        return {pick(("self.u", "self.v", "self.v[::-1]"))}

    def push(self, w):
        self.u[1:] = self.u[:-1]
        self.u[0] = w

    def take(self, w):
        {pick(("self.u = w", "self.u[:] = w * 1.0", "self.u, self.v = w, self.u", "self.v = w[::-1]"))}
        self.u[1] *= 0.9


def g(u, v):
    u[0] = v[1] * 0.8
    return {pick(GIVES)}


def view(u):
    return {pick(("u[::-1]", "u", "u[None][0]", "u.reshape(2, 2).ravel()", "np.asarray(u)"))}


def same(u):
    {pick(("u *= 1.1", "u[1:] = u[0]", "u = u * 1.1", "u += u[0]", "u = u[::-1]"))}
    return u


def item(l):
    {pick(("pass", "l[0] *= 0.9", "l[0], l[1] = l[1], l[0]", "l[0] = l[1] * 1.1"))}
    return {pick(("l[0]", "l[1]", "l[-1][::-1]"))}


def later(u, out=None):
    if out is None:
        out = {pick(("np.zeros(4)", "u", "u.copy()"))}
    out[{pick((":", "1:", "::2"))}] = 0.7
    return out


def pair(u, v, w=0.5):
    u[1] = v[0] * w
    return {pick(("u, v", "v, u", "u, u", "u[::-1], v * 2.0", "(u, u + v)"))}


def star(*args):
    for r in args:
        r *= 1.1
    {pick(("args[0][1] = 0.3", "first, *rest = args; rest[0][0] = first[1]", "pass"))}
    return {pick(("args[0]", "args[-1]", "args[0] + args[1]"))}


def dot(u, v):
    u[0] *= 0.9
    return u @ v * 0.3


def down(u):
    if len(u) < 2:
        return u[0]
    u[0] *= 0.9
    return down(u[{pick(("1:", ":-1", "::2"))}]) + u[0] * u[1]


def climb(u, n):
    if n == 0:
        return
    u[n] += u[n - 1] * 0.5
    climb({pick(("u", "u", "u[::-1]"))}, n - 1)
    {pick(("u[0] *= 1.1", "pass", "u[n] = u[0] * u[n]"))}


def named(**kw):
    kw["u"][0] = kw["v"][1]
    {pick(("kw['u'] = kw['v']", "pass", "kw['u'], kw['v'] = kw['v'], kw['u']"))}
    kw["u"][1] *= 1.2


def keep(l, v):
    {pick(("l.append(v)", "l[0] = v", "l.insert(0, v)", "l[-1] = v[::-1]"))}
    return {pick(("v", "l[0]", "v * 1.0", "l[-1]"))}


def change(l, v):
    {pick(("l[0] = v", "l[0][1] = v[0] * 0.6", "l[-1] *= 1.1", "l[0], l[1] = l[1], l[0]", "l = l + [v]; l[0][0] = v[1]"))}
    l[0][2] = 0.4


def early(u, v):
    if {pick(("u[0] > 0.4", "u[0] > v[0]", "len(u) > 3"))}:
        u[1] = v[0]
        return {pick(("u", "u * 1.1", "v"))}
    v[0] = u[1] * 0.5
    return {pick(("u", "v + 1.0", "v"))}


def mixed(u, w):
    u[2] = w
    return {pick(("u", "u[::-1]", "u * 1.1"))}, w * u[1]


def halves(u, v):
    u[0] = v[1]
    v[0] *= u[1]
"""


def _inner(chance: random.Random) -> list[str]:
    """The functions inside of `f`."""
    pick = chance.choice
    return [
        "def peek():",
        f"    return {pick(('a', 'b[::-1]', 'p[0]', 'a * 1.0', 'c'))}",
        f"pull = lambda w: {pick(('w[::-1]', 'w', 'a', 'w + b'))}",
        "def pick(j):",
        f"    return {pick(('p[j]', '(a, b)[j]', '[b, c][j]'))}",
        "def stamp(w):",
        f"    {pick(('a[0] += w', 'b[1:] = w', 'p[0][1] = w', 'c[:] = a * w'))}",
        "def rebind(w):",
        "    nonlocal a, b, c",
        f"    {pick(('a = w', 'b = w', 'c = w[::-1]', 'a, b = b, w'))}",
        "def mark(w):",
        f"    {pick(('a[1] = w', 'b[0] *= 0.9', 'p[-1][0] = w'))}",
        f"    return {pick(('w', 'w * b[0]', 'a[1] + w'))}",
        "def kept(u, w):",
        f"    {pick(('u[0] = w', 'a[0] = u[1]', 'p.append(u)', 'pass'))}",
        f"    return {pick(('u', 'a', 'u * 1.0', 'p[0]'))}",
        "def swap():",
        "    nonlocal a, b",
        f"    {pick(('a, b = b, a', 'a, b = b, a * 1.0', 'a = b'))}",
        "def inner(j):",
        "    nonlocal a, b, c",
        *(f"    {line}" for line in chance.sample(INNER, 2)),
    ]


class _Writer:
    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.subjects = self.chance.sample(SUBJECTS, self.chance.choice((1, 2, 2, 3)))
        self.names = ["a", "b", "c"]
        self.indices: list[str] = []
        self.depth = 0
        self.count = 0

    def choose(self, kind: str) -> str:
        """A form of a kind; those of the subjects are as likely as the common ones."""
        own = [form for subject in self.subjects for form in subject.get(kind, ())]
        common = BASE.get(kind, ())
        return self.chance.choice(own if own and (not common or self.chance.random() < 0.5) else common)

    def name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def fill(self, form: str, deep: int = 0) -> str:
        """The form with something in place of each kind."""
        text = form.replace("{{", "\0").replace("}}", "\1")
        text = re.sub(r"( *)\{(\w+)\}", lambda found: self.placed(found[1], found[2], deep), text)
        return text.replace("\0", "{").replace("\1", "}")

    def placed(self, blanks: str, kind: str, deep: int) -> str:
        """Something of a kind behind blanks: each line of a block stands behind them."""
        return blanks + self.kind(kind, deep).replace("\n", "\n" + blanks)

    def kind(self, kind: str, deep: int) -> str:
        if kind in ("V", "W", "F") and self.chance.random() < 0.25 * deep:
            return self.chance.choice(self.names)
        if kind == "M" and self.chance.random() < 0.5:
            return "m2"
        if kind == "n":
            return self.chance.choice(self.names)
        if kind == "k":
            return self.chance.choice(("0", "1", "-1", "k", "1 - k"))
        if kind == "li":
            return self.chance.choice([*self.indices, "0"])
        if kind in ("new", "vloop"):
            self.names.append(self.name("v" if kind == "new" else "r"))
            return self.names[-1]
        if kind == "loop":
            self.indices.append(self.name("j"))
            return self.indices[-1]
        if kind == "count":
            return f"n{self.depth}"
        if kind == "B":
            return "\n".join(self.block(self.chance.randrange(1, 4)))
        if kind == "e" and deep > 2:
            return self.chance.choice(("0.4", "x[1]", "s"))
        return self.fill(self.choose(kind), deep + 1)

    def statement(self) -> list[str]:
        """One that Python can parse."""
        while True:
            form = self.choose("S")
            if "{B}" in form and self.chance.random() < 0.3 * self.depth:
                continue
            before = len(self.names), len(self.indices)
            lines = self.fill(form).split("\n")
            if _parses(lines):
                return lines
            del self.names[before[0] :], self.indices[before[1] :]

    def block(self, count: int) -> list[str]:
        names, indices = list(self.names), list(self.indices)
        self.depth += 1
        lines = [line for _ in range(count) for line in self.statement()]
        self.depth -= 1
        self.names, self.indices = names, indices
        return lines


def _parses(lines: Sequence[str]) -> bool:
    try:
        compile("def f():\n  while 1:\n" + "\n".join(f"   {line}" for line in lines), "", "exec")
    except SyntaxError:
        return False
    return True


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


STARTS = (
    "m2 = np.outer(x, x) + 0.5",
    "ii = np.array([0, 2, 0, 1])",
    "s, k = 0.0, m - 1",
)
OWN = {"a": "x * 1.0", "b": "x * 2.0", "c": "np.cos(x)"}
TAKEN = ("x", "x", "x[::-1]", "x[None, :][0]")
MORE = {
    "p": "p = [a, b]",
    "q": "q = [c, x * 0.5]",
    "z": "z = [[a, x * 0.3], [c, b]]",
    "t": "t = (b, x * 0.7)",
    "d": 'd = {"u": a, "v": x * 0.9}',
    "o": "o = Box(c, x * 1.2)",
    "ps": "ps = [Box(x * i, x + i) for i in range(m)]",
    "os": "os = [Box(x * 0.8, b), Box(a, x * 0.6)]",
    "ds": "ds = [{'u': x * i, 'v': x - i} for i in range(m)]",
    "zs": "zs = [[x * i, x + i] for i in range(m)]",
}
READ = {
    "p": "sum(np.sum(r * (i + 1)) for i, r in enumerate(p))",
    "q": "sum(np.sum(r * r) * (i + 1) for i, r in enumerate(q))",
    "z": "sum(np.sum(r * (i + 1)) for row in z for i, r in enumerate(row))",
    "t": "np.sum(t[0] * 1.3) + np.sum(t[1] ** 2)",
    "d": 'np.sum(d["u"] * 0.7) + np.sum(d["v"] ** 2)',
    "o": "np.sum(o.u * 0.9) + np.sum(o.v ** 2)",
    "ps": "sum(np.sum(each.u * each.u + each.v) for each in ps)",
    "os": "sum(np.sum(each.u * each.u + each.v) for each in os)",
    "ds": "sum(np.sum(each['u'] * 1.3 + each['v'] ** 2) for each in ds)",
    "zs": "sum(np.sum(r * 0.3) * (i + 1) for i, row in enumerate(zs) for r in row)",
    "m2": "np.sum(m2 * np.arange(1.0, 17.0).reshape(4, 4))",
}


def program(seed: int) -> str:
    """The text of a module with `f(x, m)`."""
    writer = _Writer(seed)
    body = writer.block(writer.chance.randrange(3, 9))
    inner = _inner(writer.chance) if CLOSURES in writer.subjects else []
    text = "\n".join([*body, *inner])
    used = [name for name in MORE if re.search(rf"\b{name}\b", text)]
    read = [READ[name] for name in READ if name == "m2" or name in used]
    result = " + ".join(["s", "np.sum(a * 1.1)", "np.sum(b * b)", "np.sum(np.sin(c))", *read])
    taken = writer.chance.choice((*OWN, *"......"))
    arrays = [f"{name} = {writer.chance.choice(TAKEN) if name == taken else own}" for name, own in OWN.items()]
    lines = [*arrays, *STARTS, *(MORE[name] for name in used), *inner, *body, f"return {result}"]
    return _module(writer.chance) + "\n\ndef f(x, m):\n" + "\n".join(_indented(lines)) + "\n"
