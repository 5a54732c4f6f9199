"""A second reader and verifier of Kinescope recordings, written from docs/format.md alone.

It shares no code with the first one, so that where the two agree, the document is what both follow. It is made to be
read and checked, not to be fast: a few megabytes a second.
"""
