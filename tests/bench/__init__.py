"""`make bench`: the phone beside its peers, measured in turn in one run."""
