"""The second face of the phone: pages over HTTP; reads snapshots, posts events, owns no state."""
