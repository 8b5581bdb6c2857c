"""What others do, each as small as it can be while it still does it.

No middleware, a kept database connection, the same server: every peer at its best. `seed.sql`
makes its keys, `settings.py` is its project.
"""
