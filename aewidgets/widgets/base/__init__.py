"""What all widgets share: the base classes, questions and answers, static HTML, uploads."""
