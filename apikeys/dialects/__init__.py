"""Other systems' APIs over the same operations, so that their official clients work unchanged.

A folder each, with the same files: `urls` (addresses, `title`, `refused`), `views` (parse, one
operation, render), `wire` (names and shapes, `NAMES` of the attributes), `schemas` (shapes for the
OpenAPI document), `errors` (what went wrong, in the vendor's words), and what else a wire needs,
such as `paging`. The settings of a dialect begin with its name. No dialect knows another, and none
is known by anything but the mount table.
"""
