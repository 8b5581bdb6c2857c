"""The deployment: what turns the apps into a running service.

Here belong the environment, the settings, the mount table, the start-up of `keyservice up` and
the log format. It may import every app; no app may import it.
"""
