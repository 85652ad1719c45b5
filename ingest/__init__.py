"""The operator's command line: from a documentation site to a library that is served."""
