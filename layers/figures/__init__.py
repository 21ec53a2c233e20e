"""What the bureau's work is measured by: figures, each of which opens the list of its cases."""
