"""Other systems' APIs over the same operations, so that their official clients work unchanged.

A folder each, with the same file names: `urls` (addresses, `title`, `refused`), `views` (parse, one
operation, render), `wire` (names and shapes, `NAMES` of the attributes), `errors` (what went wrong,
in the vendor's words). No dialect knows another, and none is known by anything but the mount table.
"""
