"""Numbers, branches, loops and exits of every kind, as people write them: `ALL` pairs a function with arguments."""

from math import exp, log, sin


def p1(x, n=5):
    for i in range(n):
        if x > 5.0:
            break
        x = x * x
    return x
def p2(x, n=10):
    for i in range(n):
        x = x * x
        if x > 100:
            return x
    return x + 1
def p3(x, y):
    s = 0.0
    for i in range(3):
        for j in range(i, 4):
            if (i + j) % 2 == 0:
                s += x * y * i
                continue
            s = s * sin(x) + j
            if s > 20.0:
                break
        else:
            s = s * 1.5
        x = x * 1.1
    return s
def p4(x):
    if x <= 0:
        return 2.0
    y = log(x) * x
    if y > 3:
        return y * y
    for i in range(3):
        y = y + sin(y) * x
    return y
def p5(x, tol=1e-3):
    r = x / 2
    while abs(r * r - x) > tol:
        r = 0.5 * (r + x / r)
    return r
def p6(a, b):
    for i in range(4):
        a, b = b, a * b + i
    return a - b
def helper(u, v):
    w = u * v
    if w > 1:
        w = w * w
    return sin(w) * u
def p7(x, y):
    s = 0
    for i in range(3):
        s = s + helper(x, y + i) * s + x
    return s
def fact(x, n):
    if n == 0:
        return 1.0
    return x * fact(x * 1.1, n - 1)
def p8(x, y):
    return fact(x, 4) + fact(y, 3) * x
def p9(x, y):
    m = max(x, y * 2)
    z = x if x > y else y * y
    k = min(x, 3.0, y)
    return m * z + k + (x > 0 and y > 0) * x
def p10(x):
    y = 0.0
    k = 0
    while True:
        k += 1
        if k > 8:
            break
        if k % 3 == 0:
            continue
        y += x ** k / k
    return y
def p11(x, y):
    if x > 1:
        t = x * y
        u = t * t
    else:
        t = x + y
        u = sin(t)
    return u * t
def p12(x, flag=True):
    s = x
    for i in range(6):
        if i % 2:
            t = s * x
            s = s + t * t
        elif i == 4:
            s = s / x
        else:
            s = exp(-s) * x
    return s
def p13(x, y):
    found = 0.0
    for i in range(5):
        x = x * 1.3
        for j in range(3):
            x = x + y * j
            if x > 8.0:
                return x * y
            if j == 2:
                found = x * y
    else:
        found = found * 2
    return found + x
def p14(x):
    t = x
    s = 0.0
    while t < 3.0:
        s += t * t * 0.5
        t += 0.5
    return s
def p15(x, y):
    r = 0.0
    for i in range(4):
        if i > 0:
            r += z * z
        z = x * i + y
    return r
def p16(x):
    for i in range(10):
        for j in range(10):
            x = x * 1.01 + 0.1
            if x > 4:
                break
        else:
            continue
        x = x * x
        break
    return x
ALL=[(p1,(1.3,)),(p1,(1.3,2)),(p1,(7.0,)),(p1,(1.1,0)),(p2,(1.3,)),(p2,(1.01,3)),(p3,(0.7,1.2)),(p3,(2.7,1.9)),(p4,(-1.0,)),(p4,(2.0,)),(p4,(5.0,)),(p5,(2.0,)),(p6,(0.7,1.3)),(p7,(0.7,1.1)),(p8,(0.9,1.2)),(p9,(0.5,1.4)),(p9,(2.5,1.4)),(p10,(0.7,)),(p11,(0.5,1.2)),(p11,(1.5,1.2)),(p12,(0.8,)),(p13,(0.8,0.3)),(p13,(0.1,0.01)),(p14,(0.3,)),(p15,(0.4,0.6)),(p16,(0.2,)),(p16,(3.9,))]
