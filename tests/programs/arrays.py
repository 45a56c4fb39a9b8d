"""Arrays: reads, reductions, products, broadcasting, as people write them: `ALL` pairs a function with arguments."""

import math

import numpy as np


def a1(x, w):
    s = 0.0
    for i in range(len(x)):
        s = s + x[i] * w[i] * x[i]
    return s
def a2(A, b):
    y = A @ b
    return np.sum(np.sin(y)) + y[0] * b[1]
def a3(x):
    z = x - x.max()
    e = np.exp(z)
    p = e / e.sum()
    return -np.log(p[1])
def a4(X, b):
    h = np.maximum(X + b, 0)
    return (h.mean(axis=0) * b).sum()
def a5(x, y):
    z = np.concatenate([x, y * 2])
    return np.sum(z[1:] * z[:-1])
def a6(x):
    return np.where(x > 0, np.sqrt(np.abs(x)), x * x).sum()
def a7(A):
    return np.linalg.inv(A)[0, 1] + np.linalg.norm(A)
def a8(A, b):
    return np.linalg.solve(A, b).sum()
def a9(u):
    for _ in range(3):
        u = np.concatenate([u[:1], u[1:-1] + 0.25 * (u[:-2] - 2 * u[1:-1] + u[2:]), u[-1:]])
    return (u ** 2).sum()
def a10(x):
    s = 0.0
    for v in x:
        if v > 0.5:
            s += v * v
        else:
            s += math.sin(v)
    return s
def a11(x, y):
    s = 0.0
    for i, (p, q) in enumerate(zip(x, y)):
        s += i * p * q
    return s
def a12(x):
    m = x[0]
    for i in range(1, len(x)):
        if x[i] > m:
            m = x[i]
    return m + np.log(np.sum(np.exp(x - m)))
def a13(W, h, x):
    for t in range(3):
        h = np.tanh(W @ h + x[t])
    return h @ h
def a14(x):
    return np.prod(x) + np.min(x) + x.std() + np.var(x, axis=0)
def a15(A, x):
    y = A.T @ x
    return np.outer(x, y).sum() + np.dot(y, y) + A.reshape(-1)[2] + A.ravel().sum() * np.trace(A)
def a16(x):
    y = np.stack([x, x * 2, np.cos(x)])
    return (y.T @ y).sum() + y[1, 2] * y[-1, -1] + y[:, 0].sum() + y[None, ::2].mean()
def a17(x, k):
    return np.clip(x, -0.5, 0.5).sum() * k + np.linalg.norm(x, 2) + x.dot(x) ** 0.5
def a18(X):
    m = X.mean(axis=1, keepdims=True)
    s = X.std(axis=1, keepdims=True)
    return (((X - m) / s) ** 3).sum()
def a19(lst):
    s = 0.0
    for w in lst:
        s += w * w
    return s * lst[0]
def a20(x, i):
    y = x[i] * x[-1] + x[i:].sum()
    return y
R=np.random.default_rng(0)
v4=R.normal(size=4); A3=R.normal(size=(3,3))+3*np.eye(3); v3=R.normal(size=3)
ALL=[(a1,(v4,R.normal(size=4))),(a2,(A3,v3)),(a3,(v4,)),(a4,(R.normal(size=(4,3)),v3)),(a4,(R.normal(size=(1,3)),v3)),(a4,(R.normal(size=(4,3)),R.normal(size=(1,)))),(a5,(v3,v4)),(a6,(v4,)),(a7,(A3,)),(a8,(A3,v3)),(a8,(A3,R.normal(size=(3,2)))),(a9,(R.normal(size=6),)),(a10,(v4,)),(a11,(v4,R.normal(size=4))),(a12,(v4,)),(a13,(A3/4,v3,R.normal(size=(3,3)))),(a14,(np.abs(v4),)),(a15,(A3,v3)),(a16,(v3,)),(a17,(v4,2.0)),(a18,(R.normal(size=(3,4)),)),(a19,([1.0,2.0,3.0],)),(a20,(v4,1)),(a1,(v4.astype('f4'),v4.astype('f4')))]
