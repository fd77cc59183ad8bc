/** Tells once that tasks wait and no worker is there, and once that some have come. */
import type { TellQueueState } from './queue-state.ts';

/** Workers give a sign of life every 3 s: after a restart of Redis it takes a while until all have. */
const WORKERLESS_MS = 5_000;

export interface Staffing {
  /** Of all workers that give signs of life. */
  readonly slots: number;
  /** Offered and not heard of since. */
  readonly tasks: number;
  /** Milliseconds of a steady clock. */
  readonly now: number;
}

export class WorkerWatch {
  readonly #tell: TellQueueState;
  /** Since when tasks wait without workers; null while there are some, or nothing to do. */
  #since: number | null = null;
  #isTold = false;

  constructor(tell: TellQueueState) {
    this.#tell = tell;
  }

  see({ slots, tasks, now }: Staffing): void {
    if (slots > 0) {
      if (this.#isTold) this.#tell({ status: 'staffed', slots });
      this.#isTold = false;
    }
    if (slots > 0 || tasks === 0) {
      this.#since = null;
      return;
    }
    this.#since ??= now;
    if (this.#isTold || now - this.#since < WORKERLESS_MS) return;
    this.#isTold = true;
    this.#tell({ status: 'workerless' });
  }
}
