/** What a command works with: streams, clock and clients. The composition root makes it, tests make their own. */
import type { S3Access } from '../../shared/storage/open-store.ts';
import type { Client } from '../../shared/wire/client.ts';

/** 0 done, 1 failed, 2 the command, the query or the spec file needs a change. */
export type ExitStatus = 0 | 1 | 2;

export interface Output {
  readonly isTerminal: boolean;
  /** Of the terminal, asked for each time, as windows get resized; infinite where there is none. */
  columns(): number;
  /** Resolves when the reader can take more; rejects with `OutputClosed` when there is no reader any more. */
  write(data: string | Uint8Array): Promise<void>;
}

/** The reader of standard output went away, as `head` does: no error, but nothing more to do. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** Where the work is done: at a coordinator, or in this process over a store. */
export type ClientPlace =
  | { readonly kind: 'server'; readonly url: string }
  | {
      readonly kind: 'embedded';
      readonly store: string;
      readonly s3: S3Access;
      /** Null: one per core. */
      readonly threads: number | null;
    };

/** What the environment says; null or absent: nothing. */
export interface Surroundings {
  readonly store: string | null;
  readonly defaultStore: string;
  readonly server: string | null;
  readonly redis: string | null;
  readonly s3: S3Access;
}

/** A data file, of this machine or in S3, read by ranges. */
export interface DataFile {
  readonly uri: string;
  readonly bytes: number;
  /** Exactly `length` bytes; fails if the file is shorter. */
  readRange(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

export interface ServerSettings {
  readonly host: string | null;
  readonly port: number | null;
  readonly redis: string;
  readonly store: string;
  readonly s3: S3Access;
  /** Folders whose files requests may name. */
  readonly allowFiles: readonly string[];
}

/** Processes that serve until they are told to end. */
export interface Servers {
  coordinator(settings: ServerSettings): Promise<void>;
  worker(
    settings: Omit<ServerSettings, 'host' | 'port' | 'allowFiles'> & { threads: number | null },
  ): Promise<void>;
  /** Coordinator and workers in this process, without Redis. */
  dev(settings: Omit<ServerSettings, 'redis'> & { threads: number | null }): Promise<void>;
}

export interface CommandContext {
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTerminal: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly surroundings: Surroundings;
  readonly servers: Servers;
  /** Runs work whose signal the first Ctrl-C aborts. Outside of it, Ctrl-C ends the program at once. */
  cancellable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Steady, for durations. */
  nowMs(): number;
  /** Since 1970, to compare with times of files. */
  epochMs(): number;
  /** The file, or the data files of a folder in the order of their names; at least one. */
  openFiles(uri: string, s3: S3Access): Promise<readonly DataFile[]>;
  openClient(place: ClientPlace): Promise<Client>;
}
