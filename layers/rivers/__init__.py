"""Rivers: the surfaces of flowing and standing water."""
