"""One page of HTML about an output: what it holds, what became of every row, what to know, and its pictures.

markup   texts, tables, lists: whatever comes from data is escaped here
figures  pictures as SVG inside the page
page     the sections in their order; the verb report

The page stands alone: no script, no address that is fetched, nothing of the machine it was made on.
"""
