"""One scalar potential, Newton on its exact derivatives, and marching in time."""
