"""Objects of plain classes in lists whose length is known at run time, and numbers that functions add to."""

from __future__ import annotations

import copy

import numpy as np


class Particle:
    def __init__(self, pos, vel):
        self.pos = pos
        self.vel = vel
        self.mass = 2.0 * abs(pos) + 1.0

    def kick(self, a, dt):
        self.vel = self.vel + a * dt

    def drift(self, dt):
        self.pos += self.vel * dt

    @property
    def energy(self):
        return 0.5 * self.mass * self.vel**2


class Ordered:
    def __init__(self, pos):
        self.pos = pos

    def __lt__(self, other):
        return self.pos > other.pos

    def __str__(self):
        return "ordered"


def made(x, count):
    return [Particle(x[i], 0.0) for i in range(count + 1)]


def steps_of_particles(x, m):
    ps = made(x, m)
    for _ in range(3):
        for p in ps:
            p.kick(-p.pos, 0.1)
        for p in ps:
            p.drift(0.1)
    return sum(p.pos**2 + p.energy for p in ps)


def pairs_of_particles(x, m):
    ps = []
    for i in range(m + 1):
        ps.append(Particle(x[i], x[3]))
    for _ in range(2):
        for i, p in enumerate(ps):
            for j, q in enumerate(ps):
                if i != j:
                    p.kick(q.mass * (q.pos - p.pos), 0.1)
        for p in ps:
            p.drift(0.1)
    return ps[0].pos * ps[1].pos + ps[-1].vel


def walked_by_two(x, m):
    ps = made(x, m)
    for p in ps:
        for q in ps:
            p.vel += q.pos * p.pos
    for i, p in enumerate(ps):
        for j in range(m):
            if i != j:
                p.vel *= ps[j].pos
    return sum(p.vel**2 for p in ps)


def rows_walked_by_two(x, m):
    rows = [x * i for i in range(1, m + 1)]
    for r in rows:
        for j, q in enumerate(rows):
            r += 0.5 * q * j
    return sum(np.sum(r**2) for r in rows)


def item_written_in_a_loop(x, m):
    rows = [x * i for i in range(1, m + 1)]
    r = rows[0]
    for q in rows:
        r[1:] += q[:-1]
        r *= 0.5
    rows.append(x)
    return sum(np.sum(q**2) for q in rows)


def columns(x, m):
    a = np.outer(x, x[: m + 1])
    s = 0.0
    for c in zip(*a):
        s = s + c[0] * c[1]
    return s + sum(list(zip(*a))[0])


def particles_in_order(x, m):
    ps = made(x, m)
    ps[1].pos = 3 * x[2]
    qs = sorted(ps, key=lambda p: p.pos)
    return qs[0].pos * qs[1].pos ** 2 * qs[2].mass


def largest_particle(x, m):
    best = None
    for p in made(x, m):
        if best is None or p.pos > best.pos:
            best = p
    return best.pos**2


def objects_with_an_order(x, m):
    ps = [Ordered(x[i]) for i in range(m + 1)]
    return max(ps).pos * min(ps).pos ** 2 * sorted(ps)[1].pos


def copies_of_particles(x, m):
    ps = made(x, m)
    q = copy.copy(ps[1])
    q.pos = x[0] * 3.0
    rs = copy.deepcopy(ps)
    rs[0].pos = x[1]
    return q.pos * ps[1].pos + rs[0].pos * ps[0].pos


def kinds_of_particles(x, m):
    s = 0.0
    for p in made(x, m):
        if isinstance(p, Particle) and type(p) is Particle and hasattr(p, "pos"):
            s = s + getattr(p, "mass") * x[0]
    return s


def sums_of_attributes(x, m):
    return sum(sum(vars(p).values()) for p in made(x, m)) * x[0]


def particles_compared(x, m):
    ps = made(x, m)
    return x[0] if ps[0] == ps[1] or ps[0] in ps[1:] else x[1]


def particle_shown(x, m):
    return x[0] * len(f"{made(x, m)[0]}")


def object_written_out(x, m):
    ps = [Ordered(x[i]) for i in range(m + 1)]
    return x[0] * len(str(ps[1]))


def add_to(held, key, amount):
    held[key] += amount


def number_of_a_dict_added_to(x, m):
    d = {"a": x[0], "b": x[1] * 2}
    for _ in range(m):
        add_to(d, "a", x[2])
        add_to(d, "b", d["a"])
    return d["a"] * d["b"]


def number_of_a_list_added_to(x, m):
    d = [x[0], x[1] * 2]
    for _ in range(m):
        add_to(d, 0, x[2])
        add_to(d, 1, d[0])
    return d[0] * d[1]


def number_without_dimensions_added_to(x, m):
    g = np.array(x[0])
    d = {"a": g}
    add_to(d, "a", x[2])
    return d["a"] * g
