"""Notes on toy autoencoders, a module a section. A statement with ``-printed`` in its label is kept as printed.

``relu_pairs`` goes beyond the notes, and is a target of its own.
"""

from derive.corpora.toy_autoencoders import (
    critical_points,
    global_minimum,
    gradient_flow,
    relu_model,
    saddle_points,
    sparse_data,
)

derivations = (
    critical_points.section,
    global_minimum.section,
    saddle_points.section,
    sparse_data.section,
    gradient_flow.flow,
    gradient_flow.modes,
    gradient_flow.equal_modes,
    relu_model.linear,
    relu_model.cube,
    relu_model.measure,
    relu_model.sparse_relu,
)
