"""Outputs as arrays for a training loop; frameworks have a module each."""
