def reference_verdicts(*a, **k):
    raise NotImplementedError
