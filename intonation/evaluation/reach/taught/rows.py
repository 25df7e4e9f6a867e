"""Rows of the ablation table that parameters ask for."""

from intonation.errors import ParameterError
from intonation.evaluation.reach.networks import Variant
from intonation.model.lessons.shape import KINDS
from intonation.parameters import Parameters

ASKED = ("shape",)
SHAPES = {
    "steps": "steps from phone to phone count",
    "level": "error without level counts",
    "correlation": "correlation counts",
}


def asked_for(parameters: Parameters) -> tuple[Variant, ...]:
    """Networks that differ in one thing that `parameters` name: in what they use, or ask to see.

    What the recipe uses is left out in a row; what `reach_ablations` names is put in, where the
    recipe has it not. Raises ParameterError for a name that is not known.
    """
    names = [name.strip() for name in parameters.reach_ablations.split(",") if name.strip()]
    unknown = [name for name in names if name not in ASKED]
    if unknown:
        raise ParameterError(
            f"reach_ablations names '{unknown[0]}', expected {', '.join(ASKED)}, by commas"
        )
    found = []
    if parameters.reach_shape != "none":
        found.append(Variant("error alone counts", shape="none"))
    if "shape" in names:
        kinds = (kind for kind in KINDS if kind != parameters.reach_shape)
        found += [Variant(SHAPES[kind], shape=kind) for kind in kinds]
    if parameters.reach_pretrained_on:
        found.append(Variant("learns from no other corpus", untaught=True))
    if parameters.reach_tuned:
        found.append(Variant("one network for all speakers", tuned=False))
    return tuple(found)
