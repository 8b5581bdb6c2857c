"""OAuth 2.0 for machines: tokens, introspection, revocation, and the documents that describe them.

A surface like the others, in the words of RFC 6749, 7009, 7523, 7662, 8414, 8705 and 9068.
"""
