"""What engineers, physicists and quants write: solvers with callables, integrators, filters, pricing."""

import math
from collections import namedtuple
from dataclasses import dataclass, replace
from functools import partial
from typing import Callable

import numpy as np

from tests.language.registry import program


def newton(f, df, x0, tol=1e-12, max_iter=50):
    x = x0
    for _ in range(max_iter):
        step = f(x) / df(x)
        x = x - step
        if abs(step) < tol:
            return x
    raise RuntimeError("Newton did not converge")


@program((0.7,), order=1)
def kepler(eccentricity):
    mean_anomaly = 1.2
    e = newton(
        lambda E: E - eccentricity * math.sin(E) - mean_anomaly,
        lambda E: 1.0 - eccentricity * math.cos(E),
        mean_anomaly,
    )
    return math.cos(e) - eccentricity


def secant(f, a, b, steps=8):
    fa, fb = f(a), f(b)
    for _ in range(steps):
        if fb == fa:
            break
        a, b = b, b - fb * (b - a) / (fb - fa)
        fa, fb = fb, f(b)
    return b


@program((2.0,), order=1)
def colebrook(roughness):
    def residual(f):
        return 1.0 / math.sqrt(f) + 2.0 * math.log10(roughness * 0.01 / 3.7 + 2.51 / (1e5 * math.sqrt(f)))

    return secant(residual, 0.02, 0.03, steps=6) * 100.0


def rk4(f: Callable, y, t: float, dt: float):
    k1 = f(t, y)
    k2 = f(t + dt / 2, y + dt / 2 * k1)
    k3 = f(t + dt / 2, y + dt / 2 * k2)
    k4 = f(t + dt, y + dt * k3)
    return y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@program((1.3,))
def decay_rk4(rate):
    y, t, dt = 1.0, 0.0, 0.1
    for _ in range(10):
        y = rk4(lambda t, y: -rate * y + math.sin(t), y, t, dt)
        t += dt
    return y


@program((np.array([1.0, 0.5]), 0.8), wrt=(0, 1))
def van_der_pol(state, mu):
    def field(t, s):
        x, v = s
        return np.array([v, mu * (1.0 - x**2) * v - x])

    for n in range(5):
        state = rk4(field, state, 0.1 * n, 0.1)
    return state @ state


def lotka_volterra(state, a, b):
    prey, predator = state
    return a * prey - b * prey * predator, b * prey * predator - 0.5 * predator


@program((1.1, 0.4), wrt=(0, 1))
def euler_with_tuples(a, b):
    state = (1.0, 0.5)
    for _ in range(8):
        slope = lotka_volterra(state, a, b)
        state = tuple(s + 0.1 * d for s, d in zip(state, slope))
    return state[0] * state[1]


def odeint(f, y0, times, *args):
    ys = [y0]
    for t0, t1 in zip(times, times[1:]):
        ys.append([y + (t1 - t0) * d for y, d in zip(ys[-1], f(ys[-1], t0, *args))])
    return ys


@program((0.7, 0.2), wrt=(0, 1))
def sir_epidemic(beta, gamma):
    def rhs(y, t, beta, gamma):
        s, i, r = y
        return -beta * s * i, beta * s * i - gamma * i, gamma * i

    path = odeint(rhs, [0.99, 0.01, 0.0], np.linspace(0.0, 4.0, 6), beta, gamma)
    return max(row[1] for row in path) + path[-1][2]


def trapezoid(f, a, b, n=20):
    h = (b - a) / n
    total = 0.5 * (f(a) + f(b))
    for k in range(1, n):
        total += f(a + k * h)
    return total * h


@program((2.0, 1.5), wrt=(0, 1))
def integral_of_lambda(k, upper):
    return trapezoid(lambda t: math.exp(-k * t) * math.cos(t), 0.0, upper)


@program((0.6,))
def double_integral(a):
    inner = lambda x: trapezoid(lambda y: math.exp(-a * x * y), 0.0, x, n=6)
    return trapezoid(inner, 0.0, 1.0, n=6)


def normal_cdf(z):
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


@dataclass(frozen=True)
class Market:
    spot: float
    rate: float
    vol: float


@dataclass(frozen=True)
class Contract:
    strike: float
    expiry: float
    is_call: bool = True

    def price(self, market: Market) -> float:
        root_t = math.sqrt(self.expiry)
        d1 = (math.log(market.spot / self.strike) + (market.rate + 0.5 * market.vol**2) * self.expiry) / (market.vol * root_t)
        d2 = d1 - market.vol * root_t
        sign = 1.0 if self.is_call else -1.0
        discounted = self.strike * math.exp(-market.rate * self.expiry)
        return sign * (market.spot * normal_cdf(sign * d1) - discounted * normal_cdf(sign * d2))


@program((Market(100.0, 0.03, 0.2), Contract(105.0, 0.75)), more=[(Market(100.0, 0.03, 0.2), Contract(95.0, 0.5, False))])
def black_scholes(market, contract):
    return contract.price(market)


@program((Market(100.0, 0.03, 0.2),))
def straddle_with_bump(market):
    book = [(2.0, Contract(105.0, 0.75)), (-1.0, Contract(95.0, 0.5, is_call=False))]
    base = sum(size * contract.price(market) for size, contract in book)
    bumped = replace(market, vol=market.vol + 0.01)
    return base + sum(size * contract.price(bumped) for size, contract in book)


@program((100.0, 0.2), wrt=(0, 1))
def binomial_tree(spot, vol):
    steps, rate, dt = 5, 0.03, 0.1
    up = math.exp(vol * math.sqrt(dt))
    down = 1.0 / up
    p = (math.exp(rate * dt) - down) / (up - down)
    values = [max(spot * up**j * down ** (steps - j) - 99.0, 0.0) for j in range(steps + 1)]
    for n in range(steps, 0, -1):
        values = [math.exp(-rate * dt) * (p * values[j + 1] + (1 - p) * values[j]) for j in range(n)]
    return values[0]


@program(({"equity": 0.6, "bond": 0.3, "gold": 0.1},))
def portfolio_variance(weights):
    vol = {"equity": 0.2, "bond": 0.05, "gold": 0.15}
    correlation = {("equity", "bond"): -0.2, ("equity", "gold"): 0.1, ("bond", "gold"): 0.3}
    variance = sum((weights[name] * vol[name]) ** 2 for name in weights)
    for (a, b), rho in correlation.items():
        variance += 2.0 * rho * weights[a] * weights[b] * vol[a] * vol[b]
    return math.sqrt(variance)


@program(([0.03, 0.035, 0.04],))
def bond_from_curve(zero_rates):
    cashflows = {1: 5.0, 2: 5.0, 3: 105.0}
    return sum(amount / (1.0 + zero_rates[year - 1]) ** year for year, amount in cashflows.items())


@program((0.04, [(0.5, 3.0), (1.0, 103.0)], 104.0), wrt=(0, 2))
def yield_residual(y, flows, price):
    present = 0.0
    for t, c in flows:
        present += c * math.exp(-y * t)
    return (present - price) ** 2


Gaussian = namedtuple("Gaussian", "mean variance")


def predict(belief, process):
    return Gaussian(belief.mean, belief.variance + process)


def correct(belief, z, noise):
    gain = belief.variance / (belief.variance + noise)
    return belief._replace(mean=belief.mean + gain * (z - belief.mean), variance=(1.0 - gain) * belief.variance)


@program((0.1, 0.5, [1.1, 0.9, 1.3]), wrt=(0, 1, 2))
def kalman_scalar(process, noise, measurements):
    belief, log_likelihood = Gaussian(0.0, 1.0), 0.0
    for z in measurements:
        belief = predict(belief, process)
        s = belief.variance + noise
        log_likelihood -= 0.5 * (math.log(2.0 * math.pi * s) + (z - belief.mean) ** 2 / s)
        belief = correct(belief, z, noise)
    return log_likelihood + belief.mean


@program((np.array([0.3, -0.2]), np.array([[0.5, 0.1], [0.1, 0.4]])), wrt=(0, 1))
def kalman_matrix(mean, cov):
    F, H, Q, R = np.array([[1.0, 0.1], [0.0, 1.0]]), np.array([[1.0, 0.0]]), 0.01 * np.eye(2), np.array([[0.2]])
    for z in ([0.4], [0.5]):
        mean, cov = F @ mean, F @ cov @ F.T + Q
        S = H @ cov @ H.T + R
        K = cov @ H.T @ np.linalg.inv(S)
        mean, cov = mean + K @ (np.array(z) - H @ mean), (np.eye(2) - K @ H) @ cov
    return mean @ mean + np.trace(cov)


@dataclass
class Particle:
    x: float
    v: float
    mass: float = 1.0


def leapfrog(particles, force, dt):
    for p in particles:
        p.v += 0.5 * dt * force(p.x) / p.mass
    for p in particles:
        p.x += dt * p.v
    for p in particles:
        p.v += 0.5 * dt * force(p.x) / p.mass


@program((2.0, 0.5), wrt=(0, 1))
def leapfrog_energy(stiffness, start):
    particles = [Particle(start, 0.0), Particle(-1.0, start, mass=2.0)]
    for _ in range(3):
        leapfrog(particles, lambda x: -stiffness * x**3, 0.1)
    return sum(0.5 * p.mass * p.v**2 + 0.25 * stiffness * p.x**4 for p in particles)


@program((np.array([[0.0, 0.0], [1.0, 0.2], [0.3, 1.1]]), [1.0, 2.0, 0.5]), wrt=(0, 1))
def gravity_energy(positions, masses):
    energy = 0.0
    for i in range(len(masses)):
        for j in range(i):
            d = positions[i] - positions[j]
            energy -= masses[i] * masses[j] / np.sqrt(d @ d + 0.01)
    return energy


@program((0.25, np.array([0.0, 0.5, 1.0, 0.5, 0.0])), wrt=(0, 1))
def heat_equation(alpha, u):
    snapshots = [u]
    for _ in range(4):
        new = u.copy()
        new[1:-1] = u[1:-1] + alpha * (u[2:] - 2 * u[1:-1] + u[:-2])
        u = new
        snapshots.append(u)
    return sum(np.sum(s**2) for s in snapshots)


@program((300.0, {"A": 1e3, "Ea": 8.0}), wrt=(0, 1))
def arrhenius(temperature, k):
    rate = lambda T: k["A"] * math.exp(-k["Ea"] * 1e3 / (8.314 * T))
    return math.log(rate(temperature) + rate(temperature + 10.0))


def horner(coefficients, x):
    result = 0.0
    for c in coefficients:
        result = result * x + c
    return result


viscosity = partial(horner, [1e-3, -0.05, 1.2])


@program((20.0,))
def tabulated_property(temperature):
    limits = [(0.0, 10.0, lambda t: 1.3 - 0.01 * t), (10.0, 50.0, viscosity)]
    for low, high, formula in limits:
        if low <= temperature < high:
            return formula(temperature) * temperature
    raise ValueError(f"{temperature} is out of range")


@program((1.0, 2.0, -3.5), wrt=(0, 1, 2), out="vector")
def quadratic_roots(a, b, c):
    d = b * b - 4 * a * c
    if d < 0:
        return ()
    if d == 0:
        return (-b / (2 * a),)
    r = math.sqrt(d)
    return (-b - r) / (2 * a), (-b + r) / (2 * a)


@program(((0.0, 0.7, 1.4), (1.0, 0.5, 2.0), 0.9), wrt=(0, 1, 2))
def lagrange_interpolation(xs, ys, t):
    total = 0.0
    for i, (xi, yi) in enumerate(zip(xs, ys)):
        basis = 1.0
        for j, xj in enumerate(xs):
            if i != j:
                basis *= (t - xj) / (xi - xj)
        total += yi * basis
    return total


@program((0.8, 6))
def richardson_extrapolation(x, levels):
    table = [[(math.sin(x + 2.0**-k) - math.sin(x - 2.0**-k)) / 2.0 ** (1 - k)] for k in range(levels)]
    for j in range(1, levels):
        for k in range(j, levels):
            previous = table[k][j - 1]
            table[k].append(previous + (previous - table[k - 1][j - 1]) / (4**j - 1))
    return table[-1][-1]


@program((np.array([1.5, 0.5]),), order=1)
def gradient_descent_by_hand(start):
    grad_f = lambda p: np.array([2.0 * (p[0] - 1.0) - 0.4 * p[1], 4.0 * p[1] - 0.4 * p[0]])
    p, history = start, []
    while len(history) < 5:
        g = grad_f(p)
        history.append(np.sqrt(g @ g))
        p = p - 0.1 * g
    return history[-1] + p[0]


@program((1.2, 0.3), wrt=(0, 1))
def spring_network(k, load):
    elements = [{"nodes": (0, 1), "k": k}, {"nodes": (1, 2), "k": 2.0 * k}]
    stiffness = [[0.0] * 3 for _ in range(3)]
    for element in elements:
        i, j = element["nodes"]
        for a, b, sign in ((i, i, 1), (j, j, 1), (i, j, -1), (j, i, -1)):
            stiffness[a][b] += sign * element["k"]
    (a, b), (c, d) = [row[1:] for row in stiffness[1:]]
    return (a * load - c * 0.5) / (a * d - b * c)


@program((0.9, 0.2), wrt=(0, 1))
def pid_controller(kp, ki):
    class_free_state = {"integral": 0.0, "value": 0.0}
    cost = 0.0
    for step in range(6):
        error = 1.0 - class_free_state["value"]
        class_free_state["integral"] += error * 0.1
        drive = kp * error + ki * class_free_state["integral"]
        drive = min(max(drive, -0.5), 0.8)
        class_free_state["value"] += 0.3 * drive
        cost += error**2
    return cost
