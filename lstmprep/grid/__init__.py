"""What needs neighbours in time: steps, holes, a regular grid, fills, differences, calendar fields.

    steps      15min, 2h, 5: what a text says, and how a step is written
    spacing    how evenly rows follow one another
    cells      rows -> cells of a regular grid; holes that nothing may bridge
    aggregate  the rows of a cell -> one row
    fill       missing values from the rows before, after or around them
    change     logarithm, difference, trend: there and back
    calendar   day of the week, month, hour, ...: numbers of a wall clock

Pure numpy. Times are int64 (instants in a unit that the caller knows) or numbers; whatever
walks over rows does so in blocks, with what must be carried from one to the next.
"""
