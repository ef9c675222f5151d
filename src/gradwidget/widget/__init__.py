"""The notebook widget: traits, messages and the session between them."""

from ._gradwidget import GradWidget

__all__ = ["GradWidget"]
