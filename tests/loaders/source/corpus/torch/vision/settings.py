DEFAULTS = {"conv": {"kernel_size": 3, "padding": 1, "bias": True}, "slope": 0.05}
STAGES = ((8, "max"), (16, "avg"))
