"""What `make bench` runs: figures of the running service, as ratios within one run."""
