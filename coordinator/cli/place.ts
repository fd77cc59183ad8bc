/** Decides where the work is done: what the command line says goes before the environment, and that before the spec file. */
import { AppError } from '../../shared/base/app-error.ts';
import type { S3Access } from '../../shared/storage/open-store.ts';
import type { ClientPlace, Surroundings } from './context.ts';
import type { PlaceOptions, S3Options } from './options.ts';
import type { SpecFile } from './spec-file.ts';

export function clientPlace(
  options: PlaceOptions & { readonly threads?: number | null },
  spec: SpecFile | null,
  surroundings: Surroundings,
): ClientPlace {
  if (options.server !== null && options.store !== null) {
    throw new AppError(
      'user',
      'USAGE',
      '--server and --store exclude each other: a coordinator has a store of its own',
    );
  }
  const url = options.server ?? (options.store === null ? surroundings.server : null);
  if (url !== null) return { kind: 'server', url };
  return {
    kind: 'embedded',
    store: storeLocation(options.store, spec, surroundings),
    s3: s3Access(options.s3, spec, surroundings),
    threads: options.threads ?? null,
  };
}

/** Always in this process: for files of this machine. */
export function localPlace(surroundings: Surroundings): ClientPlace {
  return {
    kind: 'embedded',
    store: storeLocation(null, null, surroundings),
    s3: surroundings.s3,
    threads: null,
  };
}

export function storeLocation(
  option: string | null,
  spec: SpecFile | null,
  surroundings: Surroundings,
): string {
  return option ?? surroundings.store ?? spec?.store ?? surroundings.defaultStore;
}

export function s3Access(
  options: S3Options,
  spec: SpecFile | null,
  surroundings: Surroundings,
): S3Access {
  return { ...spec?.s3, ...surroundings.s3, ...options };
}

/** `s3://…`, `file://…` and the like, as opposed to a path. */
export function isUri(name: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(name);
}
