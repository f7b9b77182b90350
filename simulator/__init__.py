"""A stand-in world: providers that answer, call back and fail; people who read, pay and forget."""
