/** What a thread read last, for the next cell that reads the same: what all cells of a slice need is read once. */

/** Something that was read; whoever has it releases it when it is not needed any more. */
export interface Held<T> {
  readonly value: T;
  readonly release: () => void;
}

interface Read<T> {
  readonly bytes: number;
  readonly value: T;
  users: number;
  isDropped: boolean;
}

export interface RecentReadsOptions<T> {
  readonly bytesMax: number;
  readonly bytesOf: (value: T) => number;
  /** Of what is kept no longer and held by nobody: its memory may be used again. */
  readonly reuse: (value: T) => void;
}

/** Up to `bytesMax` bytes, the least recently used dropped first; the latest stays whatever its size. */
export class RecentReads<T> {
  readonly #options: RecentReadsOptions<T>;
  /** In order of use. */
  readonly #reads = new Map<string, Read<T>>();
  #bytes = 0;

  constructor(options: RecentReadsOptions<T>) {
    this.#options = options;
  }

  /**
   * What `read` gave for this key; `key` names something that never changes. `read` may say how many bytes will be kept
   * before it takes memory for them, so that what is dropped for their sake is used again.
   */
  async hold(
    key: string,
    read: (makeRoom: (bytes: number) => void) => Promise<T>,
  ): Promise<Held<T>> {
    let found = this.#reads.get(key);
    if (found === undefined) {
      const value = await read((bytes) => this.#shrinkTo(this.#options.bytesMax - bytes));
      // Another cell may have read it meanwhile: the later one is kept.
      const other = this.#reads.get(key);
      if (other !== undefined) this.#drop(key, other);
      const bytes = this.#options.bytesOf(value);
      found = { bytes, value, users: 0, isDropped: false };
      this.#shrinkTo(this.#options.bytesMax - bytes);
      this.#bytes += bytes;
    }
    this.#reads.delete(key);
    this.#reads.set(key, found);
    return this.#held(found);
  }

  #held(read: Read<T>): Held<T> {
    read.users++;
    return {
      value: read.value,
      release: () => {
        read.users--;
        this.#reuseIfFree(read);
      },
    };
  }

  #shrinkTo(bytes: number): void {
    for (const [key, read] of this.#reads) {
      if (this.#bytes <= bytes) return;
      this.#drop(key, read);
    }
  }

  #drop(key: string, read: Read<T>): void {
    this.#reads.delete(key);
    this.#bytes -= read.bytes;
    read.isDropped = true;
    this.#reuseIfFree(read);
  }

  #reuseIfFree(read: Read<T>): void {
    if (read.isDropped && read.users === 0) this.#options.reuse(read.value);
  }
}
