"""Reading the figures and the cases behind them, never beyond the actor's areas."""

from layers.figures.queries.counting import Part, cases, counted, figures, key, tables, total

__all__ = ["Part", "cases", "counted", "figures", "key", "tables", "total"]
