/**
 * Makes a table version: its files are inspected, then cut into segments by tasks, then a manifest names them all.
 * Versions are named by definition and files, so the second query finds the first one's work, and a version that was
 * left half made is gone on with.
 */
import { AppError } from '../../shared/base/app-error.ts';
import { findJson, getJson, putJsonIfAbsent } from '../../shared/storage/json-object.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type {
  InspectRecord,
  PreparePlan,
  PrepareSpec,
} from '../../shared/storage/prepare-records.ts';
import { inspectName, partName, tablePrefix } from '../../shared/storage/prepare-records.ts';
import { SEGMENT_VERSION } from '../../shared/storage/segment.ts';
import type {
  ManifestParts,
  SegmentInfo,
  TableManifest,
} from '../../shared/storage/table-manifest.ts';
import {
  buildTableManifest,
  fileBase,
  inlineCsvBase,
  tableVersionId,
} from '../../shared/storage/table-manifest.ts';
import { checkTableColumns, mergeSchemas } from '../../shared/storage/table-schema.ts';
import type { TableSpec } from '../../shared/wire/query-request.ts';
import type { Dispatcher, TaskRef } from '../dispatch/dispatcher.ts';
import { FlatJob } from '../dispatch/dispatcher.ts';
import type { ListObjects, SourceFile } from './source-files.ts';
import { findSourceFiles } from './source-files.ts';

export interface PrepareProgress {
  readonly table: string;
  readonly rows: number;
  readonly rowsDone: number;
}

export interface CatalogOptions {
  readonly store: ObjectStore;
  readonly dispatcher: Dispatcher;
  readonly listObjects: ListObjects;
}

export interface PreparedTable {
  readonly manifestKey: string;
  readonly manifest: TableManifest;
  /** Whether this call made it. */
  readonly isNew: boolean;
}

/** The files of a table and its prepared version, if there is one. Prepares nothing. */
export async function findPrepared(
  table: TableSpec,
  options: CatalogOptions,
): Promise<{
  files: readonly SourceFile[];
  manifestKey: string;
  manifest: TableManifest | null;
}> {
  const files = await findSourceFiles(table, options);
  const manifestKey = `${tablePrefix(versionOf(table, files).id)}/manifest.json`;
  return {
    files,
    manifestKey,
    manifest: await findJson<TableManifest>(options.store, manifestKey),
  };
}

/**
 * A table as far as its files tell without reading their rows: the prepared version if there is one, else a manifest
 * without segments. Text formats are read all the same: their types come from all rows.
 */
export async function describeTable(
  table: TableSpec,
  options: CatalogOptions,
  signal: AbortSignal,
): Promise<TableManifest> {
  const { files, manifest } = await findPrepared(table, options);
  if (manifest !== null) return manifest;
  const version = versionOf(table, files);
  const { parts, inspected } = await inspectTable(table, version, files, options, signal);
  return {
    ...buildTableManifest(parts, []),
    rows: inspected.reduce((sum, each) => sum + each.rows, 0),
  };
}

interface Version {
  readonly id: string;
  readonly spec: PrepareSpec;
  readonly grouping: string;
}

function versionOf(table: TableSpec, files: readonly SourceFile[]): Version {
  const spec: PrepareSpec = {
    table: table.name,
    files,
    time: table.time,
    key: table.key,
    subsort: table.subsort ?? null,
    timeUnit: table.timeUnit ?? 'ns',
    onBadRow: table.onBadRow ?? 'fail',
  };
  const grouping =
    table.grouping === undefined || table.grouping === '' ? table.name : table.grouping;
  const id = tableVersionId({ ...spec, files: [], grouping }, files, SEGMENT_VERSION);
  return { id, spec, grouping };
}

export async function prepareTable(
  table: TableSpec,
  options: CatalogOptions,
  onProgress: (progress: PrepareProgress) => void,
  signal: AbortSignal,
): Promise<PreparedTable> {
  const { store } = options;
  const files = await findSourceFiles(table, options);
  const version = versionOf(table, files);
  const { id } = version;
  const prefix = tablePrefix(id);
  const manifestKey = `${prefix}/manifest.json`;
  const known = await findJson<TableManifest>(store, manifestKey);
  if (known !== null) return { manifestKey, manifest: known, isNew: false };

  const { parts, inspected } = await inspectTable(table, version, files, options, signal);
  const plan = await preparePlan(parts.schema, files, inspected, store);
  await putJsonIfAbsent(store, `${prefix}/plan.json`, plan);
  const segments = await prepareParts(id, table.name, plan, options, onProgress, signal);
  const manifest = buildTableManifest(parts, segments);
  await putJsonIfAbsent(store, manifestKey, manifest);
  return { manifestKey, manifest, isNew: true };
}

interface InspectedTable {
  readonly parts: ManifestParts;
  readonly inspected: readonly InspectRecord[];
}

/** Inspects all files, settles the schema and checks the columns that the definition names. */
async function inspectTable(
  table: TableSpec,
  { id, spec, grouping }: Version,
  files: readonly SourceFile[],
  options: CatalogOptions,
  signal: AbortSignal,
): Promise<InspectedTable> {
  await putJsonIfAbsent(options.store, `${tablePrefix(id)}/spec.json`, spec);
  const inspected = await inspectFiles(id, files, options, signal);
  const { schema } = mergeSchemas(files.map((file, at) => ({ uri: file.uri, ...inspected[at]! })));
  checkTableColumns(
    {
      name: table.name,
      time: table.time,
      key: table.key,
      ...(spec.subsort === null ? {} : { subsort: spec.subsort }),
    },
    { uri: files[0]!.uri, schema, unsupported: inspected[0]!.unsupported },
  );
  const parts: ManifestParts = {
    id,
    table: table.name,
    schema,
    grouping,
    keyType: schema.fields.find((field) => field.name === table.key)!.type,
    timeColumn: table.time,
    keyColumn: table.key,
    subsortColumn: spec.subsort,
    files: files.map(({ uri, bytes, etag }) => ({ uri, bytes, etag })),
  };
  return { parts, inspected };
}

async function inspectFiles(
  id: string,
  files: readonly SourceFile[],
  { store, dispatcher }: CatalogOptions,
  signal: AbortSignal,
): Promise<readonly InspectRecord[]> {
  const key = (name: string): string => `${tablePrefix(id)}/inspect/${name}.json`;
  const tasks: TaskRef[] = [];
  for (const at of files.keys()) {
    const name = inspectName(at);
    if ((await store.head(key(name))) === null) tasks.push({ kind: 'inspect', name });
  }
  const recordKey = (task: TaskRef): string => key(task.name);
  await dispatcher.run(new FlatJob({ runId: id, isShared: true, tasks, recordKey }), signal);
  const records: InspectRecord[] = [];
  for (const at of files.keys()) records.push(await getJson(store, key(inspectName(at))));
  return records;
}

async function preparePlan(
  schema: PreparePlan['schema'],
  files: readonly SourceFile[],
  inspected: readonly InspectRecord[],
  store: ObjectStore,
): Promise<PreparePlan> {
  const plans: PreparePlan['files'][number][] = [];
  for (const [at, file] of files.entries()) {
    const { schema: fileSchema, parts, contentDigest } = inspected[at]!;
    const base = file.uri.startsWith('inline:')
      ? inlineCsvBase(new TextDecoder().decode(await store.get(file.uri.slice('inline:'.length))))
      : fileBase(contentDigest);
    plans.push({ schema: fileSchema, base: base.toString(), parts });
  }
  return { schema, files: plans };
}

async function prepareParts(
  id: string,
  table: string,
  plan: PreparePlan,
  { store, dispatcher }: CatalogOptions,
  onProgress: (progress: PrepareProgress) => void,
  signal: AbortSignal,
): Promise<readonly SegmentInfo[]> {
  const key = (name: string): string => `${tablePrefix(id)}/parts/${name}.json`;
  const rowsOf = new Map<string, number>();
  for (const [file, { parts }] of plan.files.entries()) {
    for (const [part, { rows }] of parts.entries()) rowsOf.set(partName(file, part), rows);
  }
  const rows = [...rowsOf.values()].reduce((sum, each) => sum + each, 0);
  let rowsDone = 0;
  const tasks: TaskRef[] = [];
  for (const [name, partRows] of rowsOf) {
    if ((await store.head(key(name))) === null) tasks.push({ kind: 'prepare', name });
    else rowsDone += partRows;
  }
  const report = (): void => onProgress({ table, rows, rowsDone });
  report();
  const job = new FlatJob({
    runId: id,
    isShared: true,
    tasks,
    recordKey: (task) => key(task.name),
    onDone: (task) => {
      rowsDone += rowsOf.get(task.name)!;
      report();
    },
  });
  await dispatcher.run(job, signal);
  const segments: SegmentInfo[] = [];
  for (const name of rowsOf.keys()) segments.push(await getJson(store, key(name)));
  return segments;
}

/** Two tables of one grouping must have one key type (language.md 3.8). */
export function checkGroupings(tables: readonly TableManifest[]): void {
  const first = new Map<string, TableManifest>();
  for (const table of tables) {
    const other = first.get(table.grouping);
    if (other === undefined) first.set(table.grouping, table);
    else if (JSON.stringify(other.keyType) !== JSON.stringify(table.keyType)) {
      throw new AppError(
        'user',
        'GROUPING_KEY_TYPE',
        `${other.table} and ${table.table} share the grouping '${table.grouping}', but their keys differ in type: ` +
          `'${other.keyColumn}' is ${JSON.stringify(other.keyType)}, '${table.keyColumn}' is ${JSON.stringify(table.keyType)}`,
      );
    }
  }
}
