"""Energies and dissipations of the tissues, one file each; every physical law stands here once."""
