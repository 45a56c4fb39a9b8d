"""What machine learners, statisticians and teachers write: networks, likelihoods, optimisers, parsers, dynamic programs."""

import math
import re
from dataclasses import dataclass, field
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from tests.language.registry import program

RNG = np.random.default_rng(11)


def init_layer(n_in, n_out):
    return {"W": RNG.normal(size=(n_in, n_out)) * 0.5, "b": RNG.normal(size=n_out) * 0.1}


PARAMS = [init_layer(2, 3), init_layer(3, 3), init_layer(3, 1)]
X, Y = RNG.normal(size=(4, 2)), RNG.normal(size=(4, 1))


def forward(params, x):
    *hidden, last = params
    for layer in hidden:
        x = np.tanh(x @ layer["W"] + layer["b"])
    return x @ last["W"] + last["b"]


@program((PARAMS, X, Y))
def mlp_loss(params, x, y):
    return np.mean((forward(params, x) - y) ** 2)


@program((PARAMS,))
def mlp_with_weight_decay(params):
    penalty = sum(np.sum(layer["W"] ** 2) for layer in params)
    return np.mean((forward(params, X) - Y) ** 2) + 1e-2 * penalty


@program(({"enc": (np.array([[0.5, -0.2]]), np.array([0.1])), "dec": (np.array([[0.3], [0.8]]), np.zeros(2))},))
def autoencoder(params):
    def dense(p, v, act=lambda z: z):
        w, b = p
        return act(w @ v + b)

    loss = 0.0
    for v in X[:2]:
        code = dense(params["enc"], v, np.tanh)
        loss += np.sum((dense(params["dec"], code) - v) ** 2)
    return loss


class Linear:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def __call__(self, x):
        return x @ self.w + self.b

    def parameters(self):
        return [self.w, self.b]


class Sequential:
    def __init__(self, *stages):
        self.stages = stages

    def __call__(self, x):
        for stage in self.stages:
            x = stage(x)
        return x


@program((np.array([[0.5, -0.3], [0.1, 0.9]]), np.array([0.1, 0.2])), wrt=(0, 1))
def sequential_model(w, b):
    model = Sequential(Linear(w, b), np.tanh, Linear(w.T, 0.0), lambda z: np.maximum(z, 0.1 * z))
    return np.sum(model(X) ** 2)


@dataclass
class RNNCell:
    wx: np.ndarray
    wh: np.ndarray
    b: np.ndarray

    def step(self, h, x):
        return np.tanh(self.wx @ x + self.wh @ h + self.b)


@program((RNNCell(np.array([[0.2, 0.1], [0.4, -0.3]]), np.array([[0.5, 0.0], [0.1, 0.3]]), np.zeros(2)),))
def recurrent_network(cell):
    h, outputs = np.zeros(2), []
    for x in X:
        h = cell.step(h, x)
        outputs.append(h[0])
    return sum(o**2 for o in outputs) + h[1]


class LSTMState(NamedTuple):
    h: np.ndarray
    c: np.ndarray


def lstm_step(params: Dict[str, np.ndarray], state: LSTMState, x) -> LSTMState:
    sigmoid = lambda z: 1.0 / (1.0 + np.exp(-z))
    joint = np.concatenate([x, state.h])
    gates = {name: params[name] @ joint for name in ("i", "f", "o", "g")}
    c = sigmoid(gates["f"]) * state.c + sigmoid(gates["i"]) * np.tanh(gates["g"])
    return LSTMState(h=sigmoid(gates["o"]) * np.tanh(c), c=c)


@program(({name: RNG.normal(size=(2, 4)) * 0.4 for name in "ifog"},))
def lstm(params):
    state = LSTMState(np.zeros(2), np.zeros(2))
    for x in X[:3]:
        state = lstm_step(params, state, x)
    return np.sum(state.h) + state.c @ state.c


def softmax(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


@program(({"q": RNG.normal(size=(2, 2)), "k": RNG.normal(size=(2, 2)), "v": RNG.normal(size=(2, 2))},))
def attention(p):
    q, k, v = (X @ p[name] for name in ("q", "k", "v"))
    weights = softmax(q @ k.T / math.sqrt(k.shape[-1]))
    return np.sum((weights @ v) ** 2)


@program((np.array([0.2, -0.4, 0.1]), [(0, 1), (2, 0), (1, 1)]))
def cross_entropy_of_pairs(logits, pairs):
    log_p = logits - np.log(np.sum(np.exp(logits)))
    return -sum(weight * log_p[label] for label, weight in pairs)


def sgd(params, grads, rate):
    return [p - rate * g for p, g in zip(params, grads)]


@program((0.1,))
def learning_rate_sensitivity(rate):
    params = [0.5, -0.3]
    for step in range(4):
        a, b = params
        grads = [2.0 * a + b, 4.0 * b**3 + a]
        params = sgd(params, grads, rate / (1 + step))
    return sum(p * p for p in params)


@program((0.1, 0.9), wrt=(0, 1))
def momentum_dict(rate, decay):
    theta, velocity = {"w": 1.0, "b": 0.5}, {}
    for _ in range(3):
        slope = {"w": 2.0 * theta["w"] * theta["b"], "b": theta["w"] ** 2}
        for name in theta:
            velocity[name] = decay * velocity.get(name, 0.0) - rate * slope[name]
            theta[name] += velocity[name]
    return theta["w"] * theta["b"]


class Value:
    """A teacher's reverse-mode toy: numbers that remember how they were made."""

    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = data, parents, 0.0

    def __add__(self, other):
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def backward(self, seed=1.0):
        self.grad += seed
        for parent, slope in self.parents:
            parent.backward(seed * slope)


@program((0.7, 1.5), wrt=(0, 1))
def toy_autodiff(a, b):
    x, y = Value(a), Value(b)
    z = x * y + x * x
    z.backward()
    return z.data + x.grad * y.grad


def tokenize(text):
    return re.findall(r"\d+\.?\d*|[-+*/()x]", text)


@program((0.7,))
def evaluate_text(x):
    position = 0
    tokens = ["x", "*", "x", "+", "3", "*", "(", "x", "-", "1", ")"]

    def peek():
        return tokens[position] if position < len(tokens) else None

    def advance():
        nonlocal position
        position += 1
        return tokens[position - 1]

    def factor():
        token = advance()
        if token == "(":
            value = expression()
            advance()
            return value
        return x if token == "x" else float(token)

    def term():
        value = factor()
        while peek() == "*":
            advance()
            value = value * factor()
        return value

    def expression():
        value = term()
        while peek() in ("+", "-"):
            value = value + term() if advance() == "+" else value - term()
        return value

    return expression()


OPERATORS = {"+": lambda a, b: a + b, "*": lambda a, b: a * b, "-": lambda a, b: a - b}


@program((0.7, "x x * 3 + x -".split()))
def reverse_polish(x, tokens):
    stack = []
    for token in tokens:
        if token in OPERATORS:
            right = stack.pop()
            left = stack.pop()
            stack.append(OPERATORS[token](left, right))
        else:
            stack.append(x if token == "x" else float(token))
    (result,) = stack
    return result


@program((np.array([[1.0, 0.4, 2.0], [0.3, 1.5, 0.2], [0.7, 0.1, 0.9]]),))
def cheapest_path(cost):
    n, m = cost.shape
    best = [[0.0] * m for _ in range(n)]
    for i in range(n):
        for j in range(m):
            before = []
            if i > 0:
                before.append(best[i - 1][j])
            if j > 0:
                before.append(best[i][j - 1])
            best[i][j] = cost[i, j] + (min(before) if before else 0.0)
    return best[-1][-1]


@program((0.3,))
def soft_edit_distance(gap):
    a, b = "kitten", "sit"
    previous = [gap * j for j in range(len(b) + 1)]
    for i, ca in enumerate(a, 1):
        current = [gap * i]
        for j, cb in enumerate(b, 1):
            options = (previous[j] + gap, current[-1] + gap, previous[j - 1] + (0.0 if ca == cb else 1.0))
            current.append(-math.log(sum(math.exp(-o) for o in options)))
        previous = current
    return previous[-1]


@program(([0.6, 0.4], [[0.7, 0.3], [0.2, 0.8]], [{"a": 0.5, "b": 0.5}, {"a": 0.1, "b": 0.9}]), wrt=(0, 1, 2))
def hidden_markov(start, transition, emission):
    alpha = [start[s] * emission[s]["a"] for s in range(2)]
    for letter in "ba":
        alpha = [sum(alpha[r] * transition[r][s] for r in range(2)) * emission[s][letter] for s in range(2)]
    return math.log(sum(alpha))


@program((1.3, 0.4), wrt=(0, 1))
def gamma_like_log_likelihood(shape, scale):
    observations = (0.5, 1.2, 0.8)

    def log_density(y: float) -> float:
        return (shape - 1.0) * math.log(y) - y / scale - shape * math.log(scale)

    return sum(map(log_density, observations))


@program((np.array([0.5, 1.0]), np.array([0.2, 0.3])), wrt=(0, 1))
def mixture_model(means, log_weights):
    total = 0.0
    weights = np.exp(log_weights) / np.exp(log_weights).sum()
    for y in [0.1, 0.9, 1.4]:
        densities = [w * np.exp(-0.5 * (y - m) ** 2) for w, m in zip(weights, means)]
        total += np.log(sum(densities))
    return total


@dataclass
class Prior:
    mean: float = 0.0
    sd: float = 1.0

    def log_prob(self, x):
        z = (x - self.mean) / self.sd
        return -0.5 * z * z - math.log(self.sd)


@dataclass
class Posterior:
    priors: Dict[str, Prior]
    observations: List[float] = field(default_factory=lambda: [1.0, 1.5])

    def __call__(self, theta):
        total = sum(prior.log_prob(theta[name]) for name, prior in self.priors.items())
        return total + sum(Prior(theta["a"], math.exp(theta["log_s"])).log_prob(y) for y in self.observations)


@program(({"a": 0.7, "log_s": -0.2},))
def posterior_object(theta):
    target = Posterior({"a": Prior(), "log_s": Prior(sd=2.0)})
    return target(theta)


def train_test_split(rows: Sequence, fraction: float = 0.5) -> Tuple[list, list]:
    cut = int(len(rows) * fraction)
    return list(rows[:cut]), list(rows[cut:])


@program(([(1.0, 2.1), (2.0, 3.9), (3.0, 6.2), (4.0, 7.8)], 0.1), wrt=(0, 1))
def ridge_by_hand(rows, penalty):
    train, test = train_test_split(rows)
    sxx = sum(x * x for x, _ in train) + penalty
    sxy = sum(x * y for x, y in train)
    slope = sxy / sxx
    return sum((y - slope * x) ** 2 for x, y in test)


def tree_predict(node, x):
    if "leaf" in node:
        return node["leaf"]
    gate = 1.0 / (1.0 + math.exp(-5.0 * (x[node["feature"]] - node["threshold"])))
    return (1.0 - gate) * tree_predict(node["left"], x) + gate * tree_predict(node["right"], x)


@program(
    (
        {
            "feature": 0,
            "threshold": 0.5,
            "left": {"leaf": 1.0},
            "right": {"feature": 1, "threshold": -0.2, "left": {"leaf": 2.0}, "right": {"leaf": -1.0}},
        },
        [0.7, 0.1],
    ),
    wrt=(0, 1),
)
def soft_decision_tree(tree, x):
    return tree_predict(tree, x) ** 2


def clip_by_norm(grads: List[float], limit: Optional[float] = None) -> List[float]:
    if limit is None:
        return grads
    norm = math.sqrt(sum(g * g for g in grads))
    return [g * limit / norm for g in grads] if norm > limit else grads


@program(([0.7, -2.0, 1.0],))
def gradient_clipping(grads):
    clipped = clip_by_norm(grads, 1.5)
    return clipped[0] * clipped[1] + sum(clip_by_norm(grads))
