"""The shell that every page of every room stands in: who is there, what a page is, how an act ends."""
