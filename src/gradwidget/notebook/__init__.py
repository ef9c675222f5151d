"""A notebook as a page: run it, take what its widgets carry, and write it out."""

from ._publish import PublishError, publish

__all__ = ["PublishError", "publish"]
