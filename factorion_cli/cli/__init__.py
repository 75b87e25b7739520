"""The command line: one file per verb, each parsing its arguments, calling the library once and printing the result."""
