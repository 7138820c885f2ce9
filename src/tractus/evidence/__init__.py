"""Published experiments run through `simulate` and held against their bands."""
