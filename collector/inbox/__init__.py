"""From the broker into the ledger: commit, then acknowledge, then the receipt. Holds no page.

`connection` is one connection as long as it lasts, `sorting` makes a batch of what came, `committer` settles it, and
`inbox` keeps all of it going and says by name how it is.
"""
