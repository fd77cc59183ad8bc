/** What a side of the queue tells its process, for the log: changes, not every try. */
export type QueueState =
  | { readonly status: 'connected' }
  /** `cause`: a code such as ECONNREFUSED, or what Redis said. It holds neither the address nor a password. */
  | { readonly status: 'disconnected'; readonly cause: string }
  /** Mends itself, or is a setting of Redis. */
  | { readonly status: 'trouble'; readonly message: string }
  /** Tasks wait, and no worker gives a sign of life. */
  | { readonly status: 'workerless' }
  /** There are workers again; `slots`: how many tasks they run at once. */
  | { readonly status: 'staffed'; readonly slots: number };

export type TellQueueState = (state: QueueState) => void;
