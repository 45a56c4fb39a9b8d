"""Programs on Python floats: loops, conditions, small formulas."""

from __future__ import annotations

import math

from tests.benchmarks.problem import Problem


def tiny(x):
    return x * x + math.sin(x)


def tiny_hand(x):
    return 2.0 * x + math.cos(x)


def logistic(x, n=4):
    v = x
    for _ in range(n):
        v = 4 * v * (1 - v)
    return v


def logistic_hand(x, n=4):
    v_stack = []
    v = x
    for _ in range(n):
        v_stack.append(v)
        v = 4 * v * (1 - v)
    v_bar = 1.0
    while v_stack:
        v = v_stack.pop()
        v_bar = v_bar * (4 * (1 - v) - 4 * v)
    return v_bar


def step(x):
    y = x
    while y < 100.0:
        if y > 2.0:
            y = y * y
        else:
            y = y + x
    return y


def step_hand(x):
    branch_stack, y_stack = [], []
    y = x
    while y < 100.0:
        big = y > 2.0
        branch_stack.append(big)
        if big:
            y_stack.append(y)
            y = y * y
        else:
            y = y + x
    y_bar, x_bar = 1.0, 0.0
    while branch_stack:
        if branch_stack.pop():
            y = y_stack.pop()
            y_bar = 2.0 * y * y_bar
        else:
            x_bar += y_bar
    return x_bar + y_bar


def cube_root(a):
    """Newton's method until the residual is small."""
    x = a
    while abs(x * x * x - a) > 1e-12:
        x = x - (x * x * x - a) / (3.0 * x * x)
    return x


def cube_root_hand(a):
    x_stack = []
    x = a
    while abs(x * x * x - a) > 1e-12:
        x_stack.append(x)
        x = x - (x * x * x - a) / (3.0 * x * x)
    x_bar, a_bar = 1.0, 0.0
    while x_stack:
        x = x_stack.pop()
        a_bar += x_bar / (3.0 * x * x)
        x_bar *= 2.0 * (x * x * x - a) / (3.0 * x * x * x)
    return a_bar + x_bar


def horner(x, coefficients):
    p = 0.0
    for c in coefficients:
        p = p * x + c
    return p


def horner_hand(x, coefficients):
    p_stack = []
    p = 0.0
    for c in coefficients:
        p_stack.append(p)
        p = p * x + c
    p_bar, x_bar = 1.0, 0.0
    for p in reversed(p_stack):
        x_bar += p_bar * p
        p_bar *= x
    return x_bar


def horner_arguments():
    return 0.97, [math.sin(i) for i in range(300)]


def energy(resistance, capacity, gain, outside, target, dt):
    """Heating energy of a room with a thermostat: one thermal resistance and capacity."""
    room, used = target, 0.0
    for temperature in outside:
        if room < target:
            heat = gain * (target - room)
        else:
            heat = 0.0
        room += dt * ((temperature - room) / resistance + heat) / capacity
        used += heat * dt
    return used


def energy_hand(resistance, capacity, gain, outside, target, dt):
    room_stack = []
    room = target
    for temperature in outside:
        room_stack.append(room)
        if room < target:
            heat = gain * (target - room)
        else:
            heat = 0.0
        room += dt * ((temperature - room) / resistance + heat) / capacity
    room_bar = resistance_bar = capacity_bar = gain_bar = 0.0
    for temperature in reversed(outside):
        room = room_stack.pop()
        heat = gain * (target - room) if room < target else 0.0
        rate = (temperature - room) / resistance
        g = room_bar * dt / capacity
        capacity_bar -= g * (rate + heat) / capacity
        resistance_bar -= g * rate / resistance
        room_bar -= g / resistance
        if room < target:
            heat_bar = g + dt
            gain_bar += heat_bar * (target - room)
            room_bar -= heat_bar * gain
    return resistance_bar, capacity_bar, gain_bar


def energy_arguments():
    outside = [5.0 + 8.0 * math.sin(0.26 * hour) for hour in range(500)]
    return 2.0, 3.0, 1.5, outside, 20.0, 0.1


def sir(beta, gamma, susceptible, infected, dt, steps):
    """An epidemic by explicit Euler steps: the number of people ever infected, plus the peak load as a penalty."""
    s, i, load = susceptible, infected, 0.0
    for _ in range(steps):
        new = beta * s * i
        gone = gamma * i
        s = s - dt * new
        i = i + dt * (new - gone)
        load = load + dt * i * i
    return load + susceptible - s


def sir_hand(beta, gamma, susceptible, infected, dt, steps):
    s_stack, i_stack = [], []
    s, i = susceptible, infected
    for _ in range(steps):
        s_stack.append(s)
        i_stack.append(i)
        new = beta * s * i
        s = s - dt * new
        i = i + dt * (new - gamma * i)
    s_bar, i_bar, beta_bar, gamma_bar = -1.0, 0.0, 0.0, 0.0
    while s_stack:
        i_bar += 2.0 * dt * i
        s = s_stack.pop()
        i = i_stack.pop()
        new_bar = dt * (i_bar - s_bar)
        gone_bar = -dt * i_bar
        gamma_bar += gone_bar * i
        beta_bar += new_bar * s * i
        s_bar += new_bar * beta * i
        i_bar += gone_bar * gamma + new_bar * beta * s
    return beta_bar, gamma_bar


def lorenz(x, y, z, sigma, rho, beta, dt, steps):
    """Runge-Kutta steps of fourth order; the squared distance from the origin at the end."""
    for _ in range(steps):
        ax = sigma * (y - x)
        ay = x * (rho - z) - y
        az = x * y - beta * z
        x1, y1, z1 = x + 0.5 * dt * ax, y + 0.5 * dt * ay, z + 0.5 * dt * az
        bx = sigma * (y1 - x1)
        by = x1 * (rho - z1) - y1
        bz = x1 * y1 - beta * z1
        x2, y2, z2 = x + 0.5 * dt * bx, y + 0.5 * dt * by, z + 0.5 * dt * bz
        cx = sigma * (y2 - x2)
        cy = x2 * (rho - z2) - y2
        cz = x2 * y2 - beta * z2
        x3, y3, z3 = x + dt * cx, y + dt * cy, z + dt * cz
        dx = sigma * (y3 - x3)
        dy = x3 * (rho - z3) - y3
        dz = x3 * y3 - beta * z3
        x += dt / 6.0 * (ax + 2.0 * bx + 2.0 * cx + dx)
        y += dt / 6.0 * (ay + 2.0 * by + 2.0 * cy + dy)
        z += dt / 6.0 * (az + 2.0 * bz + 2.0 * cz + dz)
    return x * x + y * y + z * z


def lorenz_hand(x, y, z, sigma, rho, beta, dt, steps):
    states = []
    half, sixth = 0.5 * dt, dt / 6.0
    for _ in range(steps):
        ax = sigma * (y - x)
        ay = x * (rho - z) - y
        az = x * y - beta * z
        x1, y1, z1 = x + half * ax, y + half * ay, z + half * az
        bx = sigma * (y1 - x1)
        by = x1 * (rho - z1) - y1
        bz = x1 * y1 - beta * z1
        x2, y2, z2 = x + half * bx, y + half * by, z + half * bz
        cx = sigma * (y2 - x2)
        cy = x2 * (rho - z2) - y2
        cz = x2 * y2 - beta * z2
        x3, y3, z3 = x + dt * cx, y + dt * cy, z + dt * cz
        states.append((x, y, z, x1, y1, z1, x2, y2, z2, x3, y3, z3))
        x += sixth * (ax + 2.0 * bx + 2.0 * cx + sigma * (y3 - x3))
        y += sixth * (ay + 2.0 * by + 2.0 * cy + x3 * (rho - z3) - y3)
        z += sixth * (az + 2.0 * bz + 2.0 * cz + x3 * y3 - beta * z3)
    x_bar, y_bar, z_bar = 2.0 * x, 2.0 * y, 2.0 * z
    sigma_bar = rho_bar = beta_bar = 0.0
    while states:
        x, y, z, x1, y1, z1, x2, y2, z2, x3, y3, z3 = states.pop()
        gx, gy, gz = sixth * x_bar, sixth * y_bar, sixth * z_bar
        sigma_bar += gx * (y3 - x3)
        rho_bar += gy * x3
        beta_bar -= gz * z3
        x3_bar = -gx * sigma + gy * (rho - z3) + gz * y3
        y3_bar = gx * sigma - gy + gz * x3
        z3_bar = -gy * x3 - gz * beta
        hx, hy, hz = 2.0 * gx + dt * x3_bar, 2.0 * gy + dt * y3_bar, 2.0 * gz + dt * z3_bar
        sigma_bar += hx * (y2 - x2)
        rho_bar += hy * x2
        beta_bar -= hz * z2
        x2_bar = -hx * sigma + hy * (rho - z2) + hz * y2
        y2_bar = hx * sigma - hy + hz * x2
        z2_bar = -hy * x2 - hz * beta
        hx, hy, hz = 2.0 * gx + half * x2_bar, 2.0 * gy + half * y2_bar, 2.0 * gz + half * z2_bar
        sigma_bar += hx * (y1 - x1)
        rho_bar += hy * x1
        beta_bar -= hz * z1
        x1_bar = -hx * sigma + hy * (rho - z1) + hz * y1
        y1_bar = hx * sigma - hy + hz * x1
        z1_bar = -hy * x1 - hz * beta
        hx, hy, hz = gx + half * x1_bar, gy + half * y1_bar, gz + half * z1_bar
        sigma_bar += hx * (y - x)
        rho_bar += hy * x
        beta_bar -= hz * z
        x_bar += x1_bar + x2_bar + x3_bar - hx * sigma + hy * (rho - z) + hz * y
        y_bar += y1_bar + y2_bar + y3_bar + hx * sigma - hy + hz * x
        z_bar += z1_bar + z2_bar + z3_bar - hy * x - hz * beta
    return x_bar, y_bar, z_bar, sigma_bar, rho_bar, beta_bar


def project(rx, ry, rz, cx, cy, cz, focal, u0, v0, k1, k2, px, py, pz, u, v):
    """The squared reprojection error of one point: axis-angle rotation, radial distortion, focal length."""
    dx, dy, dz = px - cx, py - cy, pz - cz
    angle = math.sqrt(rx * rx + ry * ry + rz * rz)
    wx, wy, wz = rx / angle, ry / angle, rz / angle
    c, s = math.cos(angle), math.sin(angle)
    t = (wx * dx + wy * dy + wz * dz) * (1.0 - c)
    qx = dx * c + (wy * dz - wz * dy) * s + wx * t
    qy = dy * c + (wz * dx - wx * dz) * s + wy * t
    qz = dz * c + (wx * dy - wy * dx) * s + wz * t
    x, y = qx / qz, qy / qz
    r2 = x * x + y * y
    radial = 1.0 + k1 * r2 + k2 * r2 * r2
    eu = u0 + focal * radial * x - u
    ev = v0 + focal * radial * y - v
    return eu * eu + ev * ev


def project_hand(rx, ry, rz, cx, cy, cz, focal, u0, v0, k1, k2, px, py, pz, u, v):
    dx, dy, dz = px - cx, py - cy, pz - cz
    angle = math.sqrt(rx * rx + ry * ry + rz * rz)
    wx, wy, wz = rx / angle, ry / angle, rz / angle
    c, s = math.cos(angle), math.sin(angle)
    dot = wx * dx + wy * dy + wz * dz
    t = dot * (1.0 - c)
    kx, ky, kz = wy * dz - wz * dy, wz * dx - wx * dz, wx * dy - wy * dx
    qx = dx * c + kx * s + wx * t
    qy = dy * c + ky * s + wy * t
    qz = dz * c + kz * s + wz * t
    x, y = qx / qz, qy / qz
    r2 = x * x + y * y
    radial = 1.0 + k1 * r2 + k2 * r2 * r2
    eu_bar = 2.0 * (u0 + focal * radial * x - u)
    ev_bar = 2.0 * (v0 + focal * radial * y - v)
    a = eu_bar * x + ev_bar * y
    focal_bar = radial * a
    radial_bar = focal * a
    r2_bar = radial_bar * (k1 + 2.0 * k2 * r2)
    x_bar = eu_bar * focal * radial + 2.0 * x * r2_bar
    y_bar = ev_bar * focal * radial + 2.0 * y * r2_bar
    qx_bar, qy_bar = x_bar / qz, y_bar / qz
    qz_bar = -(x_bar * x + y_bar * y) / qz
    t_bar = qx_bar * wx + qy_bar * wy + qz_bar * wz
    dot_bar = t_bar * (1.0 - c)
    kx_bar, ky_bar, kz_bar = qx_bar * s, qy_bar * s, qz_bar * s
    c_bar = qx_bar * dx + qy_bar * dy + qz_bar * dz - t_bar * dot
    s_bar = qx_bar * kx + qy_bar * ky + qz_bar * kz
    wx_bar = qx_bar * t + dot_bar * dx - ky_bar * dz + kz_bar * dy
    wy_bar = qy_bar * t + dot_bar * dy + kx_bar * dz - kz_bar * dx
    wz_bar = qz_bar * t + dot_bar * dz - kx_bar * dy + ky_bar * dx
    dx_bar = qx_bar * c + dot_bar * wx + ky_bar * wz - kz_bar * wy
    dy_bar = qy_bar * c + dot_bar * wy - kx_bar * wz + kz_bar * wx
    dz_bar = qz_bar * c + dot_bar * wz + kx_bar * wy - ky_bar * wx
    angle_bar = c * s_bar - s * c_bar - (wx_bar * wx + wy_bar * wy + wz_bar * wz) / angle
    rx_bar, ry_bar, rz_bar = (
        wx_bar / angle + angle_bar * wx,
        wy_bar / angle + angle_bar * wy,
        wz_bar / angle + angle_bar * wz,
    )
    k1_bar, k2_bar = radial_bar * r2, radial_bar * r2 * r2
    camera = rx_bar, ry_bar, rz_bar, -dx_bar, -dy_bar, -dz_bar, focal_bar, eu_bar, ev_bar, k1_bar, k2_bar
    return *camera, dx_bar, dy_bar, dz_bar


def project_arguments():
    camera = (0.3, -0.2, 0.5, 0.1, 0.4, -3.0, 800.0, 320.0, 240.0, 0.02, -0.003)
    return *camera, 0.5, 0.2, 1.5, 330.0, 250.0


def libor(rates, volatility, normals, delta):
    """One path of the LIBOR market model: the discounted value of a caplet on the last rate."""
    rates = list(rates)
    count, steps = len(rates), len(normals)
    for n in range(steps):
        shock = math.sqrt(delta) * normals[n]
        drift = 0.0
        for i in range(n + 1, count):
            vol = volatility[i - n - 1]
            scaled = delta * vol
            drift += scaled * rates[i] / (1.0 + delta * rates[i])
            rates[i] = rates[i] * math.exp(scaled * drift / delta * vol + vol * (shock - 0.5 * scaled))
    value = 1.0
    for i in range(count):
        value = value / (1.0 + delta * rates[i])
    return value * max(rates[count - 1] - 0.05, 0.0)


def libor_hand(rates, volatility, normals, delta):
    rates = list(rates)
    count, steps = len(rates), len(normals)
    root = math.sqrt(delta)
    old_stack, drift_stack = [], []
    for n in range(steps):
        shock = root * normals[n]
        drift = 0.0
        for i in range(n + 1, count):
            vol = volatility[i - n - 1]
            scaled = delta * vol
            old = rates[i]
            drift += scaled * old / (1.0 + delta * old)
            old_stack.append(old)
            drift_stack.append(drift)
            rates[i] = old * math.exp(scaled * drift / delta * vol + vol * (shock - 0.5 * scaled))
    value = 1.0
    for rate in rates:
        value = value / (1.0 + delta * rate)
    excess = rates[-1] - 0.05
    payoff = excess if excess > 0.0 else 0.0
    total = value * payoff
    rates_bar = [-delta * total / (1.0 + delta * rate) for rate in rates]
    if excess > 0.0:
        rates_bar[-1] += value
    for n in reversed(range(steps)):
        drift_bar = 0.0
        for i in range(count - 1, n, -1):
            vol = volatility[i - n - 1]
            scaled = delta * vol
            old, drift = old_stack.pop(), drift_stack.pop()
            g = rates_bar[i] * rates[i]
            drift_bar += g * scaled / delta * vol
            share = 1.0 + delta * old
            rates_bar[i] = g / old + drift_bar * scaled / (share * share)
            rates[i] = old
    return rates_bar


def libor_arguments():
    rates = [0.05 + 0.002 * math.sin(i) for i in range(40)]
    volatility = [0.2 + 0.01 * math.cos(i) for i in range(40)]
    return rates, volatility, [0.3 * math.sin(3.0 * n) for n in range(20)], 0.25


PROBLEMS = [
    Problem("tiny function", tiny, tiny_hand, lambda: (0.7,)),
    Problem("logistic map", logistic, logistic_hand, lambda: (0.2345, 1000)),
    Problem("while with a branch", step, step_hand, lambda: (1e-2,)),
    Problem("Newton", cube_root, cube_root_hand, lambda: (11.0,)),
    Problem("Horner", horner, horner_hand, horner_arguments),
    Problem("building energy", energy, energy_hand, energy_arguments, (0, 1, 2)),
    Problem("SIR", sir, sir_hand, lambda: (0.9, 0.3, 0.99, 0.01, 0.05, 500), (0, 1)),
    Problem("RK4 Lorenz", lorenz, lorenz_hand, lambda: (1.0, 1.1, 1.2, 10.0, 28.0, 8 / 3, 0.01, 100), tuple(range(6))),
    Problem("bundle adjustment", project, project_hand, project_arguments, tuple(range(14))),
    Problem("Monte-Carlo LIBOR", libor, libor_hand, libor_arguments),
]
