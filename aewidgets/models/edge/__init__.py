"""Models as files of other runtimes, ONNX and LiteRT, run there and checked against Keras. Extra `edge`."""
