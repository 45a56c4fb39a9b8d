"""Shapes, joining and splitting, reading and choosing elements, sorting, stores, making arrays."""

from __future__ import annotations

import numpy as np

from tests.callables.table import numbers, program

V, X, S = numbers(6), numbers(3, 4), numbers(2, 3, 4)
W = numbers(6, low=-1.04, high=0.97, seed=2)
K = np.array([2, 0, 0, 1])
MASK = np.array([True, False, True, True, False, True])

program(
    "np.reshape(x, (4, 3)), np.reshape(x, -1), np.reshape(x, (2, -1)), x.reshape(6, 2), x.reshape((2, 2, 3)), x.reshape(-1), x.reshape(3, 2, -1)",
    x=X,
)
program(
    "np.reshape(x, (4, 3), order='F'), x.reshape(4, 3, order='F'), np.ravel(x, order='F'), x.flatten('F'), x.flatten(order='F'), x.ravel('F')",
    x=X,
)
program(
    "np.ravel(x), x.ravel(), x.flatten(), np.squeeze(y), np.squeeze(y, axis=0), y.squeeze(), y.squeeze(axis=(0, 2)), np.ravel(s)",
    x=X,
    y=numbers(1, 3, 1),
    s=0.3,
)
program(
    "np.transpose(s), np.transpose(s, (1, 2, 0)), np.transpose(s, axes=[2, 0, 1]), s.T, s.transpose(), s.transpose(1, 0, 2), s.transpose((2, 1, 0)), np.permute_dims(s, (1, 0, 2))",
    s=S,
)
program(
    "np.swapaxes(s, 0, 2), s.swapaxes(0, 1), np.swapaxes(s, axis1=-1, axis2=0), np.moveaxis(s, 0, -1), np.moveaxis(s, (0, 1), (2, 0)), np.rollaxis(s, 2), np.rollaxis(s, 1, 3)",
    s=S,
)
program(
    "np.expand_dims(x, 0), np.expand_dims(x, axis=(0, 2)), np.expand_dims(x, -1), x[None], x[:, None], x[..., np.newaxis], x[np.newaxis, :, 1]",
    x=X,
)
program(
    "np.atleast_1d(s), np.atleast_2d(v), np.atleast_3d(v), np.atleast_1d(v), np.atleast_3d(x), np.atleast_2d(s)",
    s=0.3,
    v=V,
    x=X,
)
program(
    "np.broadcast_to(v, (2, 6)), np.broadcast_to(s, (3,)), np.broadcast_arrays(v, s), np.broadcast_arrays(x, y)",
    v=V,
    s=0.3,
    x=X,
    y=numbers(3, 1),
)
program(
    "np.flip(x), np.flip(x, 0), np.flip(x, axis=(0, 1)), np.fliplr(x), np.flipud(x), np.rot90(x), np.rot90(x, 2), np.rot90(x, k=-1, axes=(0, 1)), np.flip(v), v[::-1]",
    x=X,
    v=V,
)
program(
    "np.roll(v, 2), np.roll(x, 1), np.roll(x, 1, axis=0), np.roll(x, (1, -2), axis=(0, 1)), np.roll(v, -7), np.roll(x, shift=-1, axis=1)",
    x=X,
    v=V,
)
program(
    "np.tile(v, 2), np.tile(x, (2, 1)), np.tile(v, (2, 2)), np.tile(s, 3), np.repeat(v, 2), np.repeat(x, 2, axis=0), np.repeat(x, [1, 2, 0], axis=0), v.repeat(3), x.repeat(2, axis=1)",
    x=X,
    v=V,
    s=0.3,
)
program(
    "np.concatenate([v, w]), np.concatenate((x, x), axis=1), np.concatenate([x, y]), np.concat([v, w]), np.concatenate([x, y], axis=None)",
    x=X,
    y=numbers(2, 4),
    v=V,
    w=W,
)
program(
    "np.stack([v, w]), np.stack((v, w), axis=1), np.stack([x, x], axis=-1), np.vstack([v, w]), np.vstack([x, x]), np.hstack([v, w]), np.hstack([x, x]), np.dstack([v, w]), np.dstack([x, x]), np.column_stack([v, w]), np.column_stack((v, np.stack([v, w], 1)))",
    x=X,
    v=V,
    w=W,
)
program(
    "np.stack([a, b, 1.0]), np.array([a, b, a * b]), np.array([[a, 0.0], [b, 1.0]]), np.array([v, w]), np.asarray([a, b]), np.hstack([a, v]), np.append(v, a), np.array((a, b))",
    a=0.3,
    b=0.6,
    v=V,
    w=W,
)
program(
    "np.block([[x, x], [y, y]]), np.block([v, w]), np.append(v, w), np.append(x, y, axis=0), np.append(x, x, axis=1)",
    x=X,
    y=numbers(2, 4),
    v=V,
    w=W,
)
program(
    "np.split(v, 3), np.split(x, [1, 3], axis=1), np.array_split(v, 4), np.hsplit(x, 2), np.vsplit(x, 3), np.dsplit(s, 2), np.unstack(x), np.unstack(x, axis=1)",
    x=X,
    v=V,
    s=S,
    second=False,
)
program("a, b = np.split(v, 2)\nc, d, e = np.vsplit(x, 3)\nreturn a * b, c * d + e", x=X, v=V)
program(
    "np.pad(v, 2), np.pad(v, (1, 2)), np.pad(x, ((1, 0), (0, 2))), np.pad(x, 1, mode='edge'), np.pad(v, 2, mode='reflect'), np.pad(v, 3, 'wrap'), np.pad(v, (2, 1), mode='symmetric'), np.pad(v, 1, constant_values=3.0), np.pad(x, 1, 'constant', constant_values=s)",
    x=X,
    v=V,
    s=0.4,
)
program(
    "np.diag(v), np.diag(v, 1), np.diag(x), np.diag(x, k=-1), np.diagflat(v, 1), np.diagflat(x), np.diagonal(x), np.diagonal(x, offset=1), np.diagonal(s, axis1=1, axis2=2), x.diagonal(), s.diagonal(0, 1, 2)",
    x=X,
    v=V,
    s=S,
)
program("np.tril(x), np.triu(x), np.tril(x, 1), np.triu(x, k=-1), np.triu(s), np.tril(s, -1)", x=X, s=S)
program(
    "np.resize(v, (2, 4)), np.resize(v, 3), np.resize(x, 14), np.delete(v, 1), np.delete(x, [0, 2], axis=1), np.delete(v, slice(1, 4)), np.insert(v, 1, 5.0), np.insert(v, 2, s), np.insert(x, 1, w[:4], axis=0)",
    x=X,
    v=V,
    w=W,
    s=0.4,
)
program("np.kaiser(5, b), np.vander(v), np.vander(v, 3), np.vander(v, N=3, increasing=True)", b=2.0, v=V)
program(
    "np.linspace(a, b, 5), np.linspace(a, b, num=4, endpoint=False), np.linspace(0.0, b, 3), np.logspace(a, b, 4), np.logspace(a, b, 4, base=2.0), np.geomspace(b, 4.0, 5), np.geomspace(b, 4.0, num=5, endpoint=False), np.linspace(v, w, 3, axis=1)",
    a=0.3,
    b=1.6,
    v=V,
    w=W,
)
program(
    "np.full(3, a), np.full((2, 2), a * b), np.full_like(v, a), np.full((2, 6), v), np.arange(3) * a, np.arange(a, a + 2.5), np.ones(3) * a, np.zeros_like(v) + a, np.eye(2) * a, np.ones_like(v) * v, np.identity(3) * b",
    a=0.3,
    b=1.6,
    v=V,
)
program(
    "np.array(v), np.asarray(v) * s, np.copy(v), v.copy(), np.asanyarray(v) * s, np.ascontiguousarray(x) * s, np.asfortranarray(x) * s, np.array(x, copy=True)",
    v=V,
    x=X,
    s=0.7,
)
program(
    "np.array(v, dtype=float), np.asarray(v, dtype=np.float64) * 2.0, v.astype(np.float64), v.astype(float), np.astype(v, np.float64)",
    v=V,
    single=False,
)
program(
    "v.astype(np.float32), np.astype(v, np.float32), np.array(v, dtype=np.float32), np.ascontiguousarray(v, dtype='float32')",
    v=V,
    smooth=False,
)
program("a, b = np.meshgrid(v, w)\nc, d = np.meshgrid(v, w[:2], indexing='ij')\nreturn a * b, c + d", v=V, w=W)
program("x[np.ix_([0, 2], [1, 3])], x[np.ix_([0, 2], [1, 3])] ** 2", x=X)
program(
    "x[0], x[-1], x[1, 2], x[:, 1], x[1:], x[::2, ::-1], x[..., 0], x[:2, 1:3], s[0], s[..., 1], s[:, None, 1], v[2:5], v[-3:], v[1::2]",
    x=X,
    s=S,
    v=V,
)
program(
    "v[k], x[k, k], x[[0, 2]], x[:, [1, 1, 0]], v[m], v[v > 0.1], x[x > 0], x[[0, 1], [2, 3]], s[:, [0, 1], [1, 2]], x[k[:, None], [0, 1]], x[[True, False, True]]",
    v=V,
    x=X,
    s=S,
    k=K[:3] % 3,
    m=MASK,
)
program(
    "np.take(v, [0, 2, 2]), np.take(x, 1, axis=0), np.take(x, [1, 0], axis=1), np.take(v, [7, -1], mode='wrap'), np.take(v, [9], mode='clip'), v.take([1, 2]), x.take([0, 5]), x.take(k, axis=1)",
    v=V,
    x=X,
    k=K,
)
program(
    "np.take_along_axis(x, np.argsort(x, axis=1), axis=1), np.take_along_axis(x, k[None], axis=0), np.take_along_axis(v, k, axis=0)",
    v=V,
    x=X,
    k=K,
)
program(
    "np.compress([True, False, True], x, axis=0), np.compress(m, v), v.compress(m), x.compress([False, True, True], axis=0), np.extract(x > 0, x), np.extract(m, v)",
    v=V,
    x=X,
    m=MASK,
)
program(
    "np.choose([0, 1, 0, 1, 1, 0], [v, w]), np.choose(k, [v[0], w[1], 3.0]), k.choose([v[:4], w[:4], v[2:6]]), np.choose(k, (v[:4], w[:4], v[:4] * 2))",
    v=V,
    w=W,
    k=K,
)
program(
    "np.where(m, v, w), np.where(v > 0, v, 0.0), np.where(m, v, 1.0), np.where(v > w, v * w, v + w), np.where(True, v, w), v[np.where(v > 0)], v[np.nonzero(v > 0)], np.where(x > 0, x, x[0])",
    v=V,
    w=W,
    x=X,
    m=MASK,
    second=False,
)
program(
    "np.select([v > 0.5, v > 0], [v * v, 2 * v], default=0.0), np.select([v > 0.5, v < 0], [w, v]), np.piecewise(v, [v < 0, v >= 0], [lambda t: -t, lambda t: t * t]), np.piecewise(v, [v < 0], [0.5, lambda t: 2 * t])",
    v=V,
    w=W,
)
if np.lib.NumpyVersion(np.__version__) >= "2.5.0":
    program(
        "np.sort(v, descending=True), np.sort(x, axis=0, descending=True), v[np.argsort(v, descending=True)], v[v.argsort(stable=True, descending=True)]",
        v=V,
        x=X,
    )
program(
    "np.sort(v), np.sort(x), np.sort(x, axis=0), np.sort(x, axis=None), np.sort(v)[::-1], np.sort(v, kind='stable'), np.partition(v, 2)[2], np.sort(np.partition(v, 3)[:3]), v[np.argsort(v)], x[np.argmax(x[:, 0])], v[np.argmin(v)], np.unique(v), v[np.argsort(-v)]",
    v=V,
    x=X,
)
program("z = v.copy()\nz.sort()\ny = x.copy()\ny.sort(axis=0)\nreturn z, y", v=V, x=X)
program(
    "np.interp(v, [-1.0, 0.0, 0.5, 1.0], w[:4]), np.interp(0.3, np.sort(v), w), np.interp(v, [-1.0, 0.03, 1.0], [0.0, 2.0, 3.0], left=-5.0, right=7.0), np.interp(s, [0.0, 1.0], w[:2], period=2.0)",
    v=V,
    w=W,
    s=0.41,
)
program(
    "np.convolve(v, w), np.convolve(v, w[:3], 'same'), np.convolve(v, w[:3], mode='valid'), np.correlate(v, w), np.correlate(v, w[:2], 'full'), np.correlate(v, w[:3], mode='same'), np.convolve(v, [1.0, 2.0, 1.0])",
    v=V,
    w=W,
)
program(
    "np.polyval(v, 0.3), np.polyval(v, w), np.polyval([1.0, 2.0, 3.0], w), np.polyder(v), np.polyder(v, 2), np.polyint(v), np.polyint(v, m=2), np.polyadd(v, w[:3]), np.polysub(v, w), np.polymul(v, w)",
    v=V,
    w=W,
)
program("np.polyfit(w, v, 2), np.polyfit(w, v, deg=1), np.polyfit(w, x, 1)", v=V, w=W, x=numbers(6, 2), second=False)
program("np.unwrap(v), np.unwrap(v, period=1.3), np.unwrap(x, axis=0), np.unwrap(10 * v, discont=4.0)", v=V, x=X)
program("v.item(2), x.item(1, 2), v[3].item(), x[1].tolist()[2], v.tolist()", v=V, x=X, s=0.3, single=False)
program(
    "x.clip(-0.5, 0.5), x.clip(min=0.0), np.clip(x, None, 0.5), x.clip(max=0.3), np.clip(v, w, w + 0.2)",
    x=X,
    v=V,
    w=W,
    second=False,
)
program("np.apply_over_axes(np.sum, s, [0, 2]), np.fromfunction(lambda i, j: i * a + j, (2, 3))", s=S, a=0.3)
program(
    "z = v + 1j * w\nreturn z.real, z.imag, z.conj(), z.conjugate(), np.abs(z), z * z, np.real(z * 1j), np.imag(z), np.angle(z)",
    v=V,
    w=W,
)

program("y = np.zeros(6)\nnp.copyto(y, v)\nnp.copyto(y, w, where=w > 0)\nreturn y", v=V, w=W, single=False)
program("y = x.copy()\nnp.fill_diagonal(y, s)\nreturn y * x", x=X, s=0.3)
program("y = v.copy()\nnp.place(y, v > 0, w[:2])\nz = v * 2\nnp.putmask(z, z > 0, w)\nreturn y, z", v=V, w=W)
program("y = v.copy()\nnp.put(y, [0, 2], w[:2])\nreturn y * v", v=V, w=W)
program("y = x.copy()\nnp.put_along_axis(y, np.argmax(x, axis=1, keepdims=True), s, axis=1)\nreturn y * x", x=X, s=0.3)
program("y = x.copy()\nnp.add.at(y, [0, 0, 1], 2 * x[1])\nnp.subtract.at(y, (0, 1), s)\nreturn y", x=X, s=0.3)
program("total = 0.0\nfor index, value in np.ndenumerate(x):\n    total += index[0] * value ** 2\nreturn total", x=X)
program("total = 0.0\nfor i, j in np.ndindex(3, 4):\n    total += x[i, j] ** 2 * (i + j)\nreturn total", x=X)
program("total = 0.0\nfor row in x:\n    for value in row:\n        total += value ** 3\nreturn total", x=X)
program("y = np.empty_like(x)\ny[0] = x[1]\ny[1:] = x[:2] * s\ny[:, 0] += 1.0\ny[1, 2] *= s\nreturn y", x=X, s=0.3)
program(
    "y = np.zeros((3, 4))\ny[x > 0] = x[x > 0] ** 2\ny[[0, 2], [1, 1]] = s\ny[..., -1] = x[:, 0]\nreturn y",
    x=X,
    s=0.3,
    single=False,
)
