"""Slices, masks, index arrays, matrices and tuples in loops: `ALL` pairs a function with arguments."""

import numpy as np


def c1(x): return (x[x > 0] ** 2).sum()
def c2(x, k):
    a = x[:k]
    b = x[k:]
    return (a[:, None] * b[None, :]).sum() + (a * x[0]).mean()
def c3(x, k):
    return (x[:k] * x[-k:]).sum() + (x[:k] + x).sum() if k == 1 else (x[:k] * x[-k:]).sum()
def c4(X):
    s = 0.0
    for row in X:
        for v in row:
            s = s * 0.5 + v * v
    return s
def c5(X):
    s = np.zeros(3)
    for row in X:
        s = s + row * np.sin(s)+ row
    return s @ s
def c6(x):
    y = x
    for i in range(3):
        y = np.where(y > 0.5, y * x, y + x[::-1])
        if y.sum() > 3.0:
            y = y / y.sum()
    return y.max() - y.min() + np.argmax(y)
def c7(x, idx):
    return (x[idx] * np.arange(len(idx))).sum() + x[np.array([0, 0, 1])] @ np.array([1.0, 2.0, 3.0])
def c8(A):
    B = A.reshape(2, -1)
    C = np.vstack([B, B * 2])
    return (C.T @ C).sum() + np.hstack([A[0], A[1]]).prod() ** 0.1 + np.tile(A[0], 2).sum() + np.repeat(A[1], 3).sum() + np.roll(A, 1).ravel() @ A.ravel()
def c9(x, b):
    h = x
    for w in (0.5, 1.5, 2.5):
        h = np.tanh(w * h + b)
    return h.sum()
def c10(X, v):
    return np.sum(np.linalg.norm(X, axis=1)) + np.linalg.norm(v) + np.sum(np.abs(X), axis=0).max() + np.sqrt((X ** 2).sum(axis=1, keepdims=True)).sum()
def soft(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
def c11(W, X, T):
    return -np.mean(np.sum(T * np.log(soft(X @ W)), axis=1)) + 1e-2 * np.sum(W * W)
def c12(x, n):
    i = 0
    y = x[0]
    while i < n and y < 5.0:
        y = y + x[i] * y
        i += 1
    return y * i
def c13(x):
    t = (x, x * 2)
    for _ in range(2):
        t = (t[1] * x, t[0] + t[1])
    return t[0] * t[1]
def c14(x, y):
    return np.outer(x, y).trace() + np.dot(x, y) ** 2 + np.inner(x, y) + np.cumsum(x)[-1] * np.diff(y).sum() + np.logaddexp(x, y).sum() + np.hypot(x, y).sum() + np.clip(x, 0.1, 0.8).sum()
R=np.random.default_rng(5)
v=R.uniform(.2,1.2,5); X=R.normal(size=(4,3))
ALL=[(c1,(R.normal(size=5),)),(c2,(v,1)),(c2,(v,2)),(c2,(v,4)),(c3,(v,1)),(c3,(v,3)),(c4,(X,)),(c5,(X*.3,)),(c6,(v,)),(c7,(v,[2,2,1])),(c7,(v,np.array([0,4,4]))),(c8,(R.uniform(.5,1,(2,4)),)),(c9,(v,0.3)),(c9,(v,v)),(c9,(X,X[0])),(c10,(X,v)),(c11,(R.normal(size=(3,4)),X,np.eye(4)[[0,1,2,3]])),(c12,(v,4)),(c12,(v,0)),(c13,(0.7,)),(c14,(v,v[::-1].copy()))]
