"""Callees, recursion, arrays and loops together: `ALL` pairs a function with arguments."""

import math

import numpy as np


def b1(x, n):
    s = 0.0
    for i in range(n, -3, -2):
        s += x ** i if i >= 0 else x * i
    return s * i
def b2(x):
    k = 5
    while k > 0:
        x = x * 0.9 + k
        k -= 2
    else:
        x = x * x
    return x / k
def pair(a, b, scale=2.0):
    if a > b:
        return a * scale, b
    return b, a * scale
def b3(x, y):
    for i in range(3):
        x, y = pair(x, y, scale=1.1 + 0.1 * i)
    return x * y + x
def walk(xs, i):
    if i == len(xs):
        return 1.0
    return xs[i] * walk(xs, i + 1) + xs[i]
def b4(xs):
    return walk(xs, 0)
def even(x, n):
    if n == 0:
        return x
    return odd(x * 1.1, n - 1)
def odd(x, n):
    if n == 0:
        return -x
    return even(math.sin(x), n - 1)
def b5(x):
    return even(x, 5) + odd(x, 4)
def b6(A, x):
    for k in range(4):
        y = A @ x
        nrm = np.linalg.norm(y)
        x = y / nrm
    return x @ A @ x
def b7(xs, ys):
    best = -1e9
    where = 0
    for i, (p, q) in enumerate(zip(xs, ys)):
        v = p * q - i
        if v > best:
            best = v
            where = i
    return best * xs[where]
def b8(x, y):
    return max(x, y, x * y) + min(x, 2.0) + abs(x - y) + pow(x, y) + sum([x, y, x * x]) + round(x) + int(y) + float(x)
def b9(X, w, b, y):
    z = X @ w + b
    p = 1.0 / (1.0 + np.exp(-z))
    ll = y * np.log(p) + (1 - y) * np.log(1 - p)
    return -ll.mean() + 0.1 * np.sum(w ** 2)
def b10(x, lim=4.0):
    out = []
    t = x
    hits = 0
    while True:
        t = t * 1.5
        hits += 1
        if t > lim:
            if hits % 2:
                return t * hits
            break
        if hits > 20:
            return -t
    return t / hits
def b11(h, W, xs):
    for x in xs:
        h = np.tanh(W @ h + x)
    return (h * h).sum()
def b12(x):
    y = x
    for i in range(3):
        y, z = y * x, y + x
        if z > 3:
            y = z
    return y + z
def b13(a, b):
    q = a // b + a % b
    return q * a + divide(a, b)
def divide(a, b):
    return a / b if b else 0.0
def b14(K, y):
    L = np.linalg.inv(K + 0.5 * np.eye(len(y)))
    return y @ L @ y + np.log(np.prod(np.diag(K)))
def b15(x, n):
    total = 0.0
    for i in range(n):
        for j in range(i):
            for k in range(j):
                if k == 1:
                    continue
                total += x * total + i * j * k
                if total > 1e3:
                    break
            else:
                total -= x
    return total
R=np.random.default_rng(3)
v=R.uniform(.5,1.5,4); M=R.uniform(.2,1,(3,3)); S=M@M.T+np.eye(3)
ALL=[(b1,(0.7,5)),(b2,(0.4,)),(b3,(0.7,1.3)),(b3,(1.7,0.3)),(b4,(v,)),(b5,(0.6,)),(b6,(S,v[:3])),(b7,(v,v[::-1].copy())),(b8,(1.3,2.2)),(b9,(R.normal(size=(5,3)),v[:3],0.3,(R.random(5)>.5).astype(float))),(b10,(0.7,4.0)),(b10,(1.2,4.0)),(b11,(v[:3],M,R.normal(size=(4,3)))),(b12,(0.8,)),(b12,(1.8,)),(b13,(2.3,0.7)),(b14,(S,v[:3])),(b15,(0.3,6)),(b15,(0.3,0))]
