/** Assertions: for our own mistakes only. Never caught before the edge of the process. */

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws if a condition that our own code guarantees does not hold. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(`assertion failed: ${message}`);
}

/** Marks the branch that the type system says cannot be reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`assertion failed: unexpected value ${JSON.stringify(value)}`);
}
