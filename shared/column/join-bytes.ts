/** Arrays one after another, without a copy where they lie so already. */

/**
 * The bytes of `pieces` in a row: a view if they lie side by side in one buffer, as the batches of a part that is decoded
 * into one array do; else a copy, in a buffer of its own.
 */
export function joinBytes(pieces: readonly ArrayBufferView<ArrayBufferLike>[]): Uint8Array {
  const total = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  const [first] = pieces;
  if (first !== undefined && areAdjacent(first, pieces)) {
    return new Uint8Array(first.buffer, first.byteOffset, total);
  }
  const joined = new Uint8Array(total);
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of pieces) {
    joined.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return joined;
}

function areAdjacent(
  { buffer, byteOffset }: ArrayBufferView<ArrayBufferLike>,
  pieces: readonly ArrayBufferView<ArrayBufferLike>[],
): boolean {
  let end = byteOffset;
  return pieces.every((piece) => {
    const isNext = piece.buffer === buffer && piece.byteOffset === end;
    end += piece.byteLength;
    return isNext;
  });
}
