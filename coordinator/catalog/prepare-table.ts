/**
 * Makes a table version: its files are inspected, then cut into segments by tasks, then a manifest names them all.
 * Versions are named by definition and files, so the second query finds the first one's work, and a version that was
 * left half made is gone on with. Where a format can read some columns alone, only those that a query reads are
 * prepared; another query adds those that it lacks.
 */
import { createHash } from 'node:crypto';
import { AppError } from '../../shared/base/app-error.ts';
import { findJson, getJson, putJsonIfAbsent } from '../../shared/storage/json-object.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type {
  ColumnSet,
  InspectRecord,
  PreparePlan,
  PrepareSpec,
  PreparedColumnSet,
} from '../../shared/storage/prepare-records.ts';
import {
  columnSetId,
  inspectName,
  partName,
  prepareTaskName,
  tablePrefix,
} from '../../shared/storage/prepare-records.ts';
import { SEGMENT_VERSION } from '../../shared/storage/segment.ts';
import { columnOrigin } from '../../shared/storage/segment-columns.ts';
import type {
  ColumnsInfo,
  ManifestParts,
  SegmentInfo,
  TableManifest,
} from '../../shared/storage/table-manifest.ts';
import {
  buildTableManifest,
  fileBase,
  inlineCsvBase,
  tableVersionId,
  withColumns,
} from '../../shared/storage/table-manifest.ts';
import type { FileSchema } from '../../shared/storage/table-schema.ts';
import { checkTableColumns, mergeSchemas } from '../../shared/storage/table-schema.ts';
import type { RecordType } from '../../shared/types/data-type.ts';
import { printType } from '../../shared/types/data-type.ts';
import type { FileFormat, TableSpec } from '../../shared/wire/query-request.ts';
import type { Dispatcher, TaskRef } from '../dispatch/dispatcher.ts';
import { FlatJob } from '../dispatch/dispatcher.ts';
import type { SourceFile, SourceFilesOptions } from './source-files.ts';
import { findSourceFiles } from './source-files.ts';

export interface PrepareProgress {
  readonly table: string;
  readonly rows: number;
  readonly rowsDone: number;
}

export interface CatalogOptions extends SourceFilesOptions {
  readonly dispatcher: Dispatcher;
}

export interface PreparedTable {
  readonly manifestKey: string;
  readonly manifest: TableManifest;
}

/** The files of a table, and its version if segments are there: without columns. Prepares nothing. */
export async function findPrepared(
  table: TableSpec,
  options: CatalogOptions,
): Promise<{
  files: readonly SourceFile[];
  /** Where all of the version's objects are. */
  prefix: string;
  manifest: TableManifest | null;
}> {
  const files = await findSourceFiles(table, options);
  const { id } = versionOf(table, files, null);
  return { files, prefix: tablePrefix(id), manifest: await findManifest(id, options.store) };
}

function findManifest(id: string, store: ObjectStore): Promise<TableManifest | null> {
  return findJson<TableManifest>(store, `${tablePrefix(id)}/manifest.json`);
}

/** The files of a table that `earlier` does not have. */
async function findNewFiles(
  table: TableSpec,
  earlier: PreparedTable | null,
  options: CatalogOptions,
): Promise<readonly SourceFile[]> {
  const files = await findSourceFiles(table, options, earlier !== null);
  if (earlier === null) return files;
  const known = new Map(earlier.manifest.files.map(({ uri, etag }) => [uri, etag]));
  return files.filter(({ uri, etag }) => known.get(uri) !== etag);
}

/**
 * A table as far as its files tell without reading their rows: the prepared version if there is one, else a manifest
 * without segments. Text formats are read all the same: their types come from all rows. `earlier`: as for `prepareTable`.
 */
export async function describeTable(
  table: TableSpec,
  earlier: PreparedTable | null,
  options: CatalogOptions,
  signal: AbortSignal,
): Promise<TableManifest> {
  const files = await findNewFiles(table, earlier, options);
  if (earlier !== null && files.length === 0) return earlier.manifest;
  const version = versionOf(table, files, earlier);
  const known = await findManifest(version.id, options.store);
  if (known !== null) return known;
  const { parts, inspected } = await inspectTable(table, version, files, options, signal);
  return {
    ...buildTableManifest(parts, []),
    rows: inspected.reduce((sum, each) => sum + each.rows, 0),
  };
}

/** Puts down what is known of a table of which no row is read. */
export async function keepDescription(
  manifest: TableManifest,
  { store }: CatalogOptions,
): Promise<PreparedTable> {
  const manifestKey = `${tablePrefix(manifest.id)}/manifests/described.json`;
  await putJsonIfAbsent(store, manifestKey, manifest);
  return { manifestKey, manifest };
}

interface Version {
  readonly id: string;
  readonly spec: PrepareSpec;
  readonly grouping: string;
  /** That the files must fit; null: they make it. */
  readonly schema: RecordType | null;
}

function versionOf(
  table: TableSpec,
  files: readonly SourceFile[],
  earlier: PreparedTable | null,
): Version {
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
  const schema = earlier?.manifest.schema ?? null;
  const definition = { ...spec, files: [], grouping, ...(schema === null ? {} : { schema }) };
  return { id: tableVersionId(definition, files, SEGMENT_VERSION), spec, grouping, schema };
}

/**
 * `columns`: names of the columns that are read. `earlier`: the version that the table grows from, if it does; then only files
 * that are new since are prepared, and they must fit its schema. Without any it stands as it was.
 */
export async function prepareTable(
  table: TableSpec,
  columns: ReadonlySet<string>,
  earlier: PreparedTable | null,
  options: CatalogOptions,
  onProgress: (progress: PrepareProgress) => void,
  signal: AbortSignal,
): Promise<PreparedTable> {
  const { store } = options;
  const files = await findNewFiles(table, earlier, options);
  if (earlier !== null && files.length === 0) return earlier;
  const version = versionOf(table, files, earlier);
  const prefix = tablePrefix(version.id);
  const known = await findManifest(version.id, store);
  const parts = known ?? (await planParts(table, version, files, options, signal));
  const stored = storedColumns(parts.schema, version.spec);
  const wanted = stored.filter((name) => columns.has(name));
  const sets = await findColumnSets(store, prefix, wanted);
  const covered = new Set(sets.flatMap((set) => set.columns));
  const missing = wanted.filter((name) => !covered.has(name));
  if (known === null || missing.length > 0) {
    const together = files.every(({ format }) => readsColumnsAlone(format)) ? missing : stored;
    sets.push(await prepareSet(version.id, table.name, together, options, onProgress, signal));
  }
  const bare = known ?? (await collectSegments(parts, store));
  const bundles = sets.map((set) => set.bundles);
  const digest = createHash('sha256').update(JSON.stringify(bundles)).digest('hex');
  const manifestKey = `${prefix}/manifests/${digest.slice(0, 32)}.json`;
  const manifest = withColumns(bare, bundles);
  await putJsonIfAbsent(store, manifestKey, manifest);
  return { manifestKey, manifest };
}

/** The manifest of a table whose parts are all there, which is written down. */
async function collectSegments(parts: ManifestParts, store: ObjectStore): Promise<TableManifest> {
  const manifest = buildTableManifest(parts, await segmentInfos(parts.id, store));
  await putJsonIfAbsent(store, `${tablePrefix(parts.id)}/manifest.json`, manifest);
  return manifest;
}

/** The records of all segments, in order of file and of rows. */
async function segmentInfos(id: string, store: ObjectStore): Promise<readonly SegmentInfo[]> {
  const plan = await getJson<PreparePlan>(store, `${tablePrefix(id)}/plan.json`);
  const keys = [...partsOf(plan)].map(({ name }) => `${tablePrefix(id)}/parts/${name}.json`);
  return Promise.all(keys.map((key) => getJson<SegmentInfo>(store, key)));
}

/** Inspects the files and writes down the parts that they are cut into. */
async function planParts(
  table: TableSpec,
  version: Version,
  files: readonly SourceFile[],
  options: CatalogOptions,
  signal: AbortSignal,
): Promise<ManifestParts> {
  const { parts, inspected } = await inspectTable(table, version, files, options, signal);
  const plan = await preparePlan(parts.schema, files, inspected, options.store);
  await putJsonIfAbsent(options.store, `${tablePrefix(version.id)}/plan.json`, plan);
  return parts;
}

/** Whether a file of this format is read by columns; of the others every byte is read for the first of them. */
function readsColumnsAlone(format: FileFormat): boolean {
  return format === 'parquet';
}

function storedColumns({ fields }: RecordType, spec: PrepareSpec): readonly string[] {
  return fields.filter((field) => columnOrigin(field, spec) === 'stored').map(({ name }) => name);
}

/** Sets that are there and together hold as many of the `wanted` columns as there are: the fewest that do. */
async function findColumnSets(
  store: ObjectStore,
  prefix: string,
  wanted: readonly string[],
): Promise<PreparedColumnSet[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(`${prefix}/columns/`)) keys.push(key);
  const known = await Promise.all(keys.map((key) => getJson<PreparedColumnSet>(store, key)));
  const chosen: PreparedColumnSet[] = [];
  let missing = wanted;
  for (;;) {
    const gain = (set: PreparedColumnSet): number =>
      missing.filter((name) => set.columns.includes(name)).length;
    const best = known.reduce<PreparedColumnSet | null>(
      (before, set) => (gain(set) > (before === null ? 0 : gain(before)) ? set : before),
      null,
    );
    if (best === null) return chosen;
    chosen.push(best);
    missing = missing.filter((name) => !best.columns.includes(name));
  }
}

interface InspectedTable {
  readonly parts: ManifestParts;
  readonly inspected: readonly InspectRecord[];
}

/** Inspects all files, settles the schema and checks the columns that the definition names. */
async function inspectTable(
  table: TableSpec,
  { id, spec, grouping, schema: fixed }: Version,
  files: readonly SourceFile[],
  options: CatalogOptions,
  signal: AbortSignal,
): Promise<InspectedTable> {
  await putJsonIfAbsent(options.store, `${tablePrefix(id)}/spec.json`, spec);
  const inspected = await inspectFiles(id, files, options, signal);
  const found = files.map(({ uri, format }, at): FileSchema => ({
    uri,
    ...inspected[at]!,
    isUntyped: format === 'csv',
  }));
  const { schema } = mergeSchemas(
    fixed === null ? found : [fixedSchema(table.name, fixed), ...found],
  );
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

/** The schema of an earlier version, in the place of the first file. */
function fixedSchema(table: string, schema: RecordType): FileSchema {
  const uri = `the earlier version of ${table}`;
  return { uri, schema, unsupported: [], empty: [], isUntyped: false };
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

/** All parts, in order of file and of rows. */
function* partsOf(plan: PreparePlan): Generator<{
  readonly file: number;
  readonly part: number;
  readonly name: string;
  readonly rows: number;
}> {
  for (const [file, { parts }] of plan.files.entries()) {
    for (const [part, { rows }] of parts.entries()) {
      yield { file, part, name: partName(file, part), rows };
    }
  }
}

/** Prepares the columns of a set, and the segments where they are not there yet. */
async function prepareSet(
  id: string,
  table: string,
  columns: readonly string[],
  { store, dispatcher }: CatalogOptions,
  onProgress: (progress: PrepareProgress) => void,
  signal: AbortSignal,
): Promise<PreparedColumnSet> {
  const set = columnSetId(columns);
  const prefix = `${tablePrefix(id)}/sets/${set}`;
  const asked: ColumnSet = { columns };
  await putJsonIfAbsent(store, `${prefix}/plan.json`, asked);
  const plan = await getJson<PreparePlan>(store, `${tablePrefix(id)}/plan.json`);
  const parts = [...partsOf(plan)];
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  let rowsDone = 0;
  const tasks: TaskRef[] = [];
  const partOfTask = new Map<string, (typeof parts)[number]>();
  const recordKey = (part: string): string => `${prefix}/parts/${part}.json`;
  for (const part of parts) {
    const name = prepareTaskName(part.file, part.part, set);
    partOfTask.set(name, part);
    if ((await store.head(recordKey(part.name))) === null) tasks.push({ kind: 'prepare', name });
    else rowsDone += part.rows;
  }
  const report = (): void => onProgress({ table, rows, rowsDone });
  report();
  const job = new FlatJob({
    runId: id,
    isShared: true,
    tasks,
    recordKey: (task) => recordKey(partOfTask.get(task.name)!.name),
    onDone: (task) => {
      rowsDone += partOfTask.get(task.name)!.rows;
      report();
    },
  });
  await dispatcher.run(job, signal);
  const segments = await segmentInfos(id, store);
  const found = await Promise.all(
    parts.map(({ name }) => getJson<ColumnsInfo>(store, recordKey(name))),
  );
  const bundles = Object.fromEntries(found.map((info, index) => [segments[index]!.key, info]));
  const prepared: PreparedColumnSet = { columns, bundles };
  await putJsonIfAbsent(store, `${tablePrefix(id)}/columns/${set}.json`, prepared);
  return prepared;
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
          `'${other.keyColumn}' is ${printType(other.keyType)}, '${table.keyColumn}' is ${printType(table.keyType)}`,
      );
    }
  }
}
