'''Elastic-net logistic regression, numerically stable BCE-with-logits.'''
import numpy as np
from scipy.special import expit

L1, L2 = 0.03, 0.2


def make_inputs(seed, condition=None):
    r = np.random.RandomState(seed)
    X = r.randn(15, 6)
    y = (r.rand(15) < .5).astype(float)
    beta = r.randn(6)
    b0 = np.array([r.randn()])
    if condition == 'huge_logits':
        beta = beta * 100
    if condition == 'sparse_beta':
        beta[::2] = 0.0
    return dict(X=X, y=y, beta=beta, b0=b0)


CONDITIONS = ('huge_logits', 'sparse_beta')
PARAMS = ['beta', 'b0']


def linear_predictor(inputs):
    return inputs['X'].dot(inputs['beta']) + inputs['b0'][0]


def penalty(beta):
    return L1 * np.abs(beta).sum() + 0.5 * L2 * beta.dot(beta)


def penalty_grad(beta):
    return L1 * np.sign(beta) + L2 * beta     # sign(0) = 0: the usual subgradient


def forward(inputs):
    eta = linear_predictor(inputs)
    y = inputs['y']
    bce = np.maximum(eta, 0) - eta * y + np.log1p(np.exp(-np.abs(eta)))
    return bce.mean() + penalty(inputs['beta'])


def backward(inputs):
    eta = linear_predictor(inputs)
    diff = expit(eta) - inputs['y']
    n = diff.shape[0]
    return dict(beta=inputs['X'].T.dot(diff) / n + penalty_grad(inputs['beta']),
                b0=np.array([diff.mean()]))
