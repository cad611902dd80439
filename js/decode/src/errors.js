// The one error that bytes from outside can cause.

/** Error for bytes that are no .aew file, or none that this decoder reads; the message says why. */
export class BitstreamError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = "BitstreamError";
  }
}

/** Error for bytes that may begin a good file, of which more must arrive. */
export class IncompleteError extends BitstreamError {
  constructor(message) {
    super(message);
    this.name = "IncompleteError";
  }
}
