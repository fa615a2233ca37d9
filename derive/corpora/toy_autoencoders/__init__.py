"""Notes on toy autoencoders, a module a section. A statement with ``-printed`` in its label is kept as printed."""

from derive.corpora.toy_autoencoders import critical_points, global_minimum, gradient_flow, saddle_points

derivations = (
    critical_points.section,
    global_minimum.section,
    saddle_points.section,
    gradient_flow.flow,
    gradient_flow.modes,
    gradient_flow.equal_modes,
)
