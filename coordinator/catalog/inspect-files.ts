/** What stands in data files, for people: columns, rows, and which columns could be the time and the key. */
import { createHash } from 'node:crypto';
import { getJson, putJsonIfAbsent } from '../../shared/storage/json-object.ts';
import type { InspectRecord, PrepareSpec } from '../../shared/storage/prepare-records.ts';
import { inspectName, tablePrefix } from '../../shared/storage/prepare-records.ts';
import { isKeyType, isTimeType } from '../../shared/storage/table-schema.ts';
import type { Field } from '../../shared/types/data-type.ts';
import { printType } from '../../shared/types/data-type.ts';
import type { FileReport } from '../../shared/wire/client.ts';
import { FlatJob } from '../dispatch/dispatcher.ts';
import type { CatalogOptions } from './prepare-table.ts';
import { findSourceFiles } from './source-files.ts';

export async function inspectFiles(
  patterns: readonly string[],
  options: CatalogOptions,
  signal: AbortSignal,
): Promise<readonly FileReport[]> {
  const { store, dispatcher } = options;
  const files = await findSourceFiles(
    { name: 'files', files: patterns, time: '', key: '' },
    options,
  );
  const spec: PrepareSpec = {
    table: 'files',
    files,
    time: '',
    key: '',
    subsort: null,
    timeUnit: 'ns',
    onBadRow: 'skip',
  };
  const digest = createHash('sha256')
    .update(JSON.stringify(['inspect', files]))
    .digest('hex');
  const id = digest.slice(0, 32);
  await putJsonIfAbsent(store, `${tablePrefix(id)}/spec.json`, spec);
  const key = (name: string): string => `${tablePrefix(id)}/inspect/${name}.json`;
  const tasks = [];
  for (const at of files.keys()) {
    const name = inspectName(at);
    if ((await store.head(key(name))) === null) tasks.push({ kind: 'inspect' as const, name });
  }
  const recordKey = (task: { readonly name: string }): string => key(task.name);
  await dispatcher.run(new FlatJob({ runId: id, isShared: true, tasks, recordKey }), signal);
  const reports: FileReport[] = [];
  for (const [at, file] of files.entries()) {
    const record = await getJson<InspectRecord>(store, key(inspectName(at)));
    const { fields } = record.schema;
    reports.push({
      uri: file.uri,
      bytes: file.bytes,
      rows: record.rows,
      columns: fields.map((field) => ({ name: field.name, type: printType(field.type) })),
      unsupported: record.unsupported,
      timeCandidates: fields.filter((field) => looksLikeTime(field)).map((field) => field.name),
      keyCandidates: fields
        .filter(
          (field) => isKeyType(field.type) && !looksLikeTime(field) && !isMeasure(field.type.kind),
        )
        .map((field) => field.name),
    });
  }
  return reports;
}

/** A timestamp or date for certain; other usable types only by a telling name. */
function looksLikeTime({ name, type }: Field): boolean {
  if (type.kind.startsWith('timestamp') || type.kind === 'date') return true;
  return isTimeType(type) && /time|date|_at$|^at$|^ts$/i.test(name);
}

function isMeasure(kind: string): boolean {
  return kind === 'f32' || kind === 'f64' || kind === 'bool';
}
