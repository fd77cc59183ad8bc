/** What `explain` shows: every level of a plan, what will be read, and an estimate, in a form that fits a screen. */
import type { StagePlan } from '../../shared/plan/stage.ts';
import type { TableManifest } from '../../shared/storage/table-manifest.ts';
import { printTimestamp } from '../../shared/time/print-timestamp.ts';
import type { Explanation } from '../../shared/wire/client.ts';
import { estimateTicks } from '../run/estimate.ts';
import type { PlannedQuery } from '../run/plan-query.ts';
import type { RunCut } from '../run/run-shape.ts';
import { printPlan } from './logical/print.ts';

export function explainQuery(
  query: PlannedQuery,
  tables: readonly TableManifest[],
  cut: RunCut & { readonly onlyRange: number | null },
): Explanation {
  return {
    logical: query.logical,
    sections: [
      { title: 'logical plan', text: printPlan(query.logical) },
      { title: 'logical plan before the rules', text: printPlan(query.built) },
      ...query.steps.map((step) => ({ title: `after ${step.rule}`, text: printPlan(step.plan) })),
      { title: 'stages', text: printStages(query.stages) },
      { title: 'reads', text: printReads(query.stages, tables) },
      { title: 'estimate', text: printEstimate(query, tables, cut) },
    ],
  };
}

function printStages(plan: StagePlan): string {
  return plan.stages
    .map((stage) => {
      const scans = stage.scans.map((scan) => {
        const node = plan.logical.domains[scan.domain]!;
        return `${node.op === 'scan' ? node.table : ''}(${scan.columns.join(', ')})`;
      });
      const reads = stage.reads.map((id) => `x${id} ${plan.exchanges[id]!.kind}`);
      const bounds = stage.bounds.map((domain) => `last time of d${domain}`);
      const sinks = stage.sinks.map((sink) =>
        sink.kind === 'result'
          ? 'result'
          : sink.kind === 'bounds'
            ? `bounds of d${sink.domain}`
            : `x${sink.exchange} ${plan.exchanges[sink.exchange]!.kind}`,
      );
      return `stage ${stage.id} by ${stage.grouping}: ${[...scans, ...reads, ...bounds].join(', ')} -> ${sinks.join(', ')}`;
    })
    .join('\n');
}

function printReads(plan: StagePlan, tables: readonly TableManifest[]): string {
  const lines: string[] = [];
  for (const stage of plan.stages) {
    for (const scan of stage.scans) {
      const node = plan.logical.domains[scan.domain]!;
      const table = tables.find((each) => node.op === 'scan' && each.table === node.table);
      if (table === undefined) continue;
      const { rows, segments, schema } = table;
      const prepared =
        segments.length === 0
          ? 'not prepared yet'
          : `prepared as ${counted(segments.length, 'segment')}`;
      lines.push(
        `stage ${stage.id}: ${table.table}, ${counted(rows, 'row')} (${prepared}), ` +
          `${scan.columns.length} of ${schema.fields.length} columns`,
      );
    }
  }
  return lines.join('\n');
}

function printEstimate(
  query: PlannedQuery,
  tables: readonly TableManifest[],
  cut: RunCut & { readonly onlyRange: number | null },
): string {
  const ranges = cut.onlyRange === null ? cut.ranges : 1;
  const slices = cut.cuts.length + 1;
  const cells = query.stages.stages.length * ranges * slices;
  const lines = [
    `${counted(cells, 'cell')}: ${counted(query.stages.stages.length, 'stage')} x ${counted(ranges, 'bucket range')} x ${counted(slices, 'slice')}`,
  ];
  if (cut.onlyRange !== null)
    lines.push(`one entity: only bucket range ${cut.onlyRange} of ${cut.ranges} is read`);
  const [first] = cut.cuts;
  if (first !== undefined)
    lines.push(`first slice ends at ${printTimestamp(first, 'ns', 'shortest')}`);
  for (const { tick, boundaries, entities, rows } of estimateTicks(query, tables)) {
    lines.push(
      `${tick}(): at most ${counted(rows, 'row')} (${counted(boundaries, 'boundary', 'boundaries')} x ${counted(entities, 'entity', 'entities')})`,
    );
  }
  return lines.join('\n');
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
