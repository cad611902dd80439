"""Parts that all widgets share: base classes, questions and answers, static HTML, uploads."""
