"""What is still done after a `return`: `finally` and the ends of managers, which change what is returned."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np

from tests.inplace.registry import kernel, vector


def _filled_at_last(x):
    y, w = x * 1.0, x * 2.0
    try:
        if x[0] > 1.0:
            return y
        w = w * 3.0
    finally:
        y[0] = np.sum(w)
    return y * w


@kernel(vector)
def returned_and_changed(x):
    return np.sum(_filled_at_last(x) ** 2) + np.sum(_filled_at_last(2.0 * x) ** 2)


def _part(x):
    y, w = x * 1.0, x * 2.0
    try:
        w = w * x
        if x[0] > 1.0:
            w = w * 0.5
            return y[1:]
        w = w * 3.0
    finally:
        y[2] = np.sum(w)
    return y[:2] * y[2]


@kernel(vector)
def part_returned_and_changed(x):
    return np.sum(_part(x) ** 2) + np.sum(_part(2.0 * x) ** 2)


def _pair(x):
    y, z, w = x * 1.0, x * 3.0, x * 2.0
    try:
        if x[0] > 1.0:
            return y, w
        w = w * 3.0
    finally:
        y[1] = np.sum(w)
        z[0] = w[2]
    return y * 2.0, z


@kernel(vector)
def pair_returned_and_changed(x):
    p, q = _pair(x)
    r, s = _pair(2.0 * x)
    return np.sum(p * q) + np.sum(r * s)


def _out_of_a_loop(x, limit):
    y, w = x * 1.0, x * 2.0
    for k in range(4):
        try:
            w = w * 1.1
            if w[0] * k > limit:
                w = w * x
                return y
            if w[1] * k > limit:
                break
        finally:
            y[0] += np.sum(w)
    return y * 2.0


@kernel(vector)
def returned_out_of_a_loop(x):
    return sum(np.sum(_out_of_a_loop(x, limit) ** 2) for limit in (1.0, 3.0, 5.0, 100.0))


def _nested(x):
    y, w = x * 1.0, x * 2.0
    try:
        try:
            w = w * 3.0
            if x[0] > 1.0:
                if x[1] > 1.0:
                    return y
                w = w * 5.0
                return y
            w = w * 0.3
        finally:
            v = w * x
        w = w + v
    finally:
        y[1] = np.sum(v) + w[0]
    return y * 2.0


@kernel(vector)
def returned_through_two(x):
    return np.sum(_nested(x) ** 2) + np.sum(_nested(2.0 * x) ** 2)


@contextmanager
def _rescaled(y):
    before = y[1] * 2.0
    try:
        yield before
    finally:
        y[0] = before * y[1]


class _Rescaled:
    def __init__(self, y):
        self.y = y

    def __enter__(self):
        self.before = self.y[1] * 2.0
        return self.before

    def __exit__(self, kind, error, trace):
        self.y[0] = self.before * self.y[1]


def _managed(x, manager):
    y, w = x * 1.0, x * 2.0
    with manager(y) as before:
        y[1] = w[1] * before
        if x[0] > 1.0:
            return y
        w = w * 3.0
    return y * w


@kernel(vector)
def returned_out_of_a_generator(x):
    return np.sum(_managed(x, _rescaled) ** 2) + np.sum(_managed(2.0 * x, _rescaled) ** 2)


@kernel(vector)
def returned_out_of_a_manager(x):
    return np.sum(_managed(x, _Rescaled) ** 2) + np.sum(_managed(2.0 * x, _Rescaled) ** 2)
