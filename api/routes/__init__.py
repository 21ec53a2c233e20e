"""One module per slice: request and answer shapes on top, thin routes below."""
