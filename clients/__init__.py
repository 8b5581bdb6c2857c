"""Service clients: the app that will hold machine identities and their access keys.

It stands on `apikeys` and is never imported by it. Until its models arrive it is an empty
package, named here so that the layout and the import contracts are settled.
"""
