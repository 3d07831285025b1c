"""What is learned from train rows and rewrites values once a row: scalers, classes.

pieces     train rows in fixed pieces, whatever the blocks of a run
moments    count, mean, squares and range: they merge
tree       pieces merged two by two, whoever merges which of them
quantiles  exact order statistics, out of core
scalers    a method -> its numbers -> shift and factor -> back
scaling    the settings
classes    classes of train rows, and what becomes of the others

Pure numpy; knows values and row numbers, no files and no names of options but its own.
"""

from lstmprep.transforms.scaling import Scaling

__all__ = ["Scaling"]
