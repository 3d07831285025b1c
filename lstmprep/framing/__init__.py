"""Framings: row numbers of samples, by specification. The register of what there is.

The specifications come without numpy, so that help is quick; `frame` does the arithmetic.
"""

from lstmprep.framing.base import Framing
from lstmprep.framing.lag import Lag
from lstmprep.framing.layout import Layout
from lstmprep.framing.order import Batching
from lstmprep.framing.pad import Pad
from lstmprep.framing.reshape import Reshape
from lstmprep.framing.window import Window

__all__ = ["Batching", "Framing", "Lag", "Layout", "Pad", "Reshape", "Window"]
