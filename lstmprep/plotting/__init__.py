"""Pictures of an output or of a table: first what is drawn, in plain numbers, then the drawing.

    OUT    ─ showing ─► windows, parts, lengths, spread, sample ┐
    INPUT  ─ survey ──► gaps, past, lengths                     ├─► draw/ ─► PNG, SVG, PDF
                        numbers and a title, no matplotlib      ┘   matplotlib alone

ask      what can be asked
subject  an output or a table, and the kinds of pictures it has
thin     many points as few, without losing a peak
placed   where the samples of one sequence begin
windows  where the samples of a sequence lie
steps    one sample, feature by feature
parts    the rows of train, val and test
lengths  how long sequences are, and what a length costs
gaps     missing cells, column by column
past     how far a column depends on its own past
spread   how the values of each part are distributed
picture  the numbers of a picture, its drawing, its bytes

Every picture says in its title what was found. Memory is bounded whatever the size of the output.
"""
