/** Tables for tests: CSV texts prepared into segments of a memory store, as the cluster would. */
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { openMemoryStore } from '../../shared/storage/memory-store.ts';
import { columnOrigin } from '../../shared/storage/segment-columns.ts';
import type {
  ColumnsInfo,
  SegmentInfo,
  TableManifest,
} from '../../shared/storage/table-manifest.ts';
import { buildTableManifest, fileBase, withColumns } from '../../shared/storage/table-manifest.ts';
import type { FileFormat } from '../../shared/wire/query-request.ts';
import { memoryFile } from '../../worker/prepare/file-access.ts';
import type { PrepareRequest, PrepareTable } from '../../worker/prepare/prepare-task.ts';
import { prepareSegment } from '../../worker/prepare/prepare-task.ts';
import { openSourceFormat } from '../../worker/prepare/source-formats.ts';

export interface PreparedTable {
  readonly store: ObjectStore;
  readonly manifest: TableManifest;
  readonly segments: readonly SegmentInfo[];
  readonly bases: readonly bigint[];
}

export interface TableFiles {
  /** Content of each file: one segment each. */
  readonly files: readonly (string | Uint8Array)[];
  readonly format?: FileFormat;
  readonly time?: string;
  readonly key?: string;
  readonly subsort?: string | null;
  readonly table?: Partial<PrepareTable>;
}

export async function prepareTable(definition: TableFiles): Promise<PreparedTable> {
  const store = openMemoryStore();
  const format = await openSourceFormat(definition.format ?? 'csv');
  const { time = 'time', key = 'key', subsort = null } = definition;
  const onBadRow = definition.table?.onBadRow ?? 'fail';
  const inputs = definition.files.map((content, index) => memoryFile(`file-${index}`, content));
  const inspections = await Promise.all(inputs.map((file) => format.inspect(file, { onBadRow })));
  const schema = definition.table?.schema ?? inspections[0]!.schema;
  const stored = schema.fields
    .filter((field) => columnOrigin(field, { time, key, subsort }) === 'stored')
    .map(({ name }) => name);
  const segments: SegmentInfo[] = [];
  const columns: Record<string, ColumnsInfo> = {};
  const bases: bigint[] = [];
  for (const [index, file] of inputs.entries()) {
    const inspection = inspections[index]!;
    const base = fileBase(inspection.contentDigest);
    bases.push(base);
    for (const [part, span] of inspection.parts.entries()) {
      const segmentKey = `segments/f${index}-p${part}`;
      const columnsKey = `columns/f${index}-p${part}`;
      const request: PrepareRequest = {
        store,
        format,
        file,
        fileSchema: inspection.schema,
        part: span,
        table: { schema, time, key, subsort, timeUnit: 'ns', onBadRow, ...definition.table },
        fileBase: base,
        columns: stored,
        columnsKey,
      };
      const prepared = await prepareSegment(request, segmentKey);
      segments.push(prepared.segment);
      columns[segmentKey] = prepared.columns;
    }
  }
  const bare = buildTableManifest(
    {
      id: 'test',
      table: 'Test',
      schema,
      grouping: 'Test',
      keyType: schema.fields.find((field) => field.name === key)!.type,
      timeColumn: time,
      keyColumn: key,
      subsortColumn: subsort,
      files: [],
    },
    segments,
  );
  return { store, manifest: withColumns(bare, [columns]), segments, bases };
}
