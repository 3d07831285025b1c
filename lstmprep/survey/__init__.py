"""Looking at a table before it is framed: `findings.survey` tells, `findings.inspect` is the verb.

Nothing is imported here, so that the help of a command needs `settings` alone.
"""
