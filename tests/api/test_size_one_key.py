"""Which dimensions are 1 is part of the key: a bias of one number is not a bias of three."""

import numpy as np

from adjoint import grad


def biased(x, b):
    return np.sum((x + b) ** 2)


def test_one_and_many_do_not_share_a_specialisation():
    gradient = grad(biased, wrt="b")
    x = np.arange(12.0).reshape(4, 3)
    assert gradient(x, np.ones(3)).shape == (3,)
    assert gradient(x, np.ones(1)).shape == (1,)
    np.testing.assert_allclose(gradient(x, np.ones(1)), [2 * (x + 1).sum()])
