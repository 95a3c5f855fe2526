"""Small MD toy: Lennard-Jones cluster with harmonic bonds and a cutoff (shifted potential)."""
import numpy as np

CONDITIONS = ("two_atoms", "close_contact")
PARAMS = ["pos", "eps", "sigma", "kspring", "r0"]
RCUT = 3.0


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    n = 2 if condition == "two_atoms" else 5
    grid = np.array([[0, 0, 0], [1.2, 0, 0], [0, 1.2, 0], [0, 0, 1.2], [2.2, 1.6, 1.9]])[:n]
    pos = grid + 0.1 * rng.normal(size=(n, 3))
    if condition == "close_contact":
        pos *= 0.7
    return {"pos": pos, "eps": np.array(1.0 + 0.1 * rng.normal()), "sigma": np.array(1.0 + 0.05 * rng.normal()),
            "kspring": np.array(5.0 + rng.normal()), "r0": np.array(1.1 + 0.05 * rng.normal()),
            "bonds": np.array([[i, i + 1] for i in range(n - 1)])}


class Pair:
    """one interacting pair"""

    def __init__(self, ri, rj):
        self.d = ri - rj
        self.r = np.sqrt(self.d @ self.d)

    def energy(self, eps, sigma):
        def u(r):
            q = (sigma / r) ** 6
            return 4 * eps * (q * q - q)
        return u(self.r) - u(RCUT)

    def du_dr(self, eps, sigma):
        q = (sigma / self.r) ** 6
        return 4 * eps * (-12 * q * q + 6 * q) / self.r

    def du_dsigma(self, eps, sigma):
        def part(r):
            q = (sigma / r) ** 6
            return 4 * eps * (12 * q * q - 6 * q) / sigma
        return part(self.r) - part(RCUT)


def pairs(pos):
    n = len(pos)
    for i in range(n):
        for j in range(i + 1, n):
            p = Pair(pos[i], pos[j])
            if p.r < RCUT:
                yield i, j, p


def forward(inputs):
    pos, eps, sigma = inputs["pos"], inputs["eps"], inputs["sigma"]
    E = 0.0
    for _, _, p in pairs(pos):
        E += p.energy(eps, sigma)
    for i, j in inputs["bonds"]:
        stretch = np.linalg.norm(pos[i] - pos[j]) - inputs["r0"]
        E += 0.5 * inputs["kspring"] * stretch ** 2
    return E


def backward(inputs):
    pos, eps, sigma = inputs["pos"], inputs["eps"], inputs["sigma"]
    k, r0 = inputs["kspring"], inputs["r0"]
    grad = np.zeros_like(pos)            # minus the forces
    geps = gsig = gk = gr0 = 0.0
    for i, j, p in pairs(pos):
        pull = p.du_dr(eps, sigma) * p.d / p.r
        grad[i] += pull
        grad[j] -= pull
        geps += p.energy(eps, sigma) / eps
        gsig += p.du_dsigma(eps, sigma)
    for i, j in inputs["bonds"]:
        d = pos[i] - pos[j]
        r = np.linalg.norm(d)
        grad[i] += k * (r - r0) * d / r
        grad[j] -= k * (r - r0) * d / r
        gk += 0.5 * (r - r0) ** 2
        gr0 -= k * (r - r0)
    return {"dpos": grad, "deps": geps, "dsigma": gsig, "dkspring": gk, "dr0": gr0}
