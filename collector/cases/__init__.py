"""Cases, and what of people's sealed contacts is released for them. Nothing is opened here but by `collector open`."""
