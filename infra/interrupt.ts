/** Ctrl-C and SIGTERM: the first ends in order what can be, at once what cannot; the second always at once. */

/** As shells report a program that a signal ended: 128 and the number of the signal. */
const STATUS_OF_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

type EndSignal = keyof typeof STATUS_OF_SIGNAL;

export class Interrupt {
  readonly #abort = new AbortController();
  readonly #tell: (text: string) => void;
  #cancellable = 0;
  #signal: EndSignal | null = null;

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => this.#hear(signal));
  }

  /** The exit status that goes with the signal that came; null: none has come. */
  get status(): number | null {
    return this.#signal === null ? null : STATUS_OF_SIGNAL[this.#signal];
  }

  /** Runs work that ends in order when its signal is aborted. */
  async cancellable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#cancellable++;
    try {
      return await work(this.#abort.signal);
    } finally {
      this.#cancellable--;
    }
  }

  #hear(signal: EndSignal): void {
    if (this.#signal !== null || this.#cancellable === 0) {
      // By the kernel: an exit of our own would wait for threads that are busy.
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
      return;
    }
    this.#signal = signal;
    this.#abort.abort();
    if (signal === 'SIGINT') this.#tell('\nstopping … (Ctrl-C again stops at once)\n');
  }
}
