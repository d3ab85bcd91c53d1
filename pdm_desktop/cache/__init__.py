"""Keeps the tree, the locks, epoch and seqs on this computer, so that the window paints before the network answers."""
