"""One module per framework that runs the identical network and returns a Trace."""
