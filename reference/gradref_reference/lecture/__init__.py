"""The lecture, chapter by chapter, as code: column vectors and per-sample errors, exactly as it is taught.

*The Complete Mathematics of Neural Networks and Deep Learning* (Adam Dhalla), chapters 1.3 - 4.4. Read each module beside its
chapter. Conventions: numerator layout; a gradient has the shape of its variable; in Parts I and III a one-dimensional array
stands for a column vector; layers and Part IV use real columns, a batch is (n[l], m) with one sample per column, parameters are
dicts keyed by l = 1..L, and δ[l] = ∂C_x/∂z[l] belongs to one sample and carries no 1/m. `conversion` leads to the row-batch
convention of the rest of gradref. Functions are plain NumPy and take floats, exact fractions and balls alike.
"""
