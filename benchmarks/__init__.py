"""What `make bench` runs: this service and its peers on one machine, as ratios within one run.

`__main__` is the order of things. `stage` starts the databases, `contenders` the servers that are
measured, one function each; `rounds` lets them take turns, `load` asks them and counts what it
cost; `growth` looks at millions of keys; `report` prints. `README.md` says how to read it.
"""
