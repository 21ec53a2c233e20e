"""Numbers and shapes: values in, values out; knows nothing of the bureau."""
