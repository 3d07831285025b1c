"""The drawings, one module per kind of picture; matplotlib is known here alone.

canvas   figure, colours, titles, bytes
A drawing takes the numbers of its picture and a `Theme`, and gives a figure: no pyplot, no display, no state.
"""
