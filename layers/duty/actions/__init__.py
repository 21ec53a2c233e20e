"""Taking a roster in, and what squads and dispatchers say of a squad's duty."""

from layers.duty.actions.forgetting import forget_said
from layers.duty.actions.importing import DUTY_FIELDS, import_duty
from layers.duty.actions.shifting import begin, end, say

__all__ = ["DUTY_FIELDS", "begin", "end", "forget_said", "import_duty", "say"]
