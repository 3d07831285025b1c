"""An output as a person reads it: the manifest in words, a sample as a table, one number explained.

output   opens an output: arrays of a part, a row of the index, the samples of a part
sample   one sample, whatever the order of the axes
trace    from a number of X back to file, row, line and text, by making the plan again
words    the manifest in words

Knows nothing of the terminal: all of it is plain values and lines.
"""
