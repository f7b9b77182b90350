"""What contacts did: choices of ways that chance had a say in, and what another choice would have come to."""
