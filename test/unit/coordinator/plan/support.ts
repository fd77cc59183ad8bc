/** Plans of queries over the tables of language.md, and plans as lines of text. */
import { buildPlan } from '../../../../coordinator/plan/logical/build.ts';
import { printPlan } from '../../../../coordinator/plan/logical/print.ts';
import type { LowerOptions } from '../../../../coordinator/plan/lower/lower.ts';
import { lowerPlan } from '../../../../coordinator/plan/lower/lower.ts';
import { optimizePlan } from '../../../../coordinator/plan/optimize/optimizer.ts';
import { boundsOf } from '../../../../coordinator/run/bounds.ts';
import type { LogicalPlan } from '../../../../shared/plan/logical.ts';
import type { StagePlan } from '../../../../shared/plan/stage.ts';
import { TABLES, valid } from '../check/support.ts';

const KEYS: Readonly<Record<string, string>> = { Buy: 'who', Visit: 'who', Names: 'code' };

/** The plan of a query as it is built, before any rule. */
export function built(query: string): LogicalPlan {
  const tables = TABLES.map((table) => ({
    ...table,
    keyColumn: KEYS[table.name] ?? table.keyColumn,
  }));
  return buildPlan(valid(query), {
    tables: new Map(tables.map((table) => [table.name, table])),
    keyTypes: new Map(tables.map((table) => [table.grouping, table.keyType])),
  });
}

export function lines(plan: LogicalPlan): string[] {
  return printPlan(plan)
    .split('\n')
    .map((line) => line.trim());
}

/** The stages of a query, one line each: what it reads, then what it writes. */
export function stages(query: string, options: Partial<LowerOptions> = {}): string[] {
  return printStages(lowered(query, options));
}

export function lowered(query: string, options: Partial<LowerOptions> = {}): StagePlan {
  const { plan } = optimizePlan(built(query));
  return lowerPlan(plan, {
    results: 'history',
    finalAt: false,
    // Tables are whole: only shifts leave a question to the data.
    hasStaticBounds: (domain) =>
      boundsOf(plan, domain, (_, node) =>
        node.op === 'scan' ? { low: 0n, high: 1n } : undefined,
      ) !== undefined,
    broadcasts: new Set(),
    ...options,
  });
}

function printStages({ stages: all, exchanges, logical }: StagePlan): string[] {
  const exchange = (id: number): string => `${exchanges[id]!.kind}${id}`;
  return all.map((stage) => {
    const scans = stage.scans.map(({ domain, columns }) => {
      const node = logical.domains[domain]!;
      return `${node.op === 'scan' ? node.table : '?'}(${columns.join(' ')})`;
    });
    const inputs = [
      ...scans.toSorted(),
      ...stage.reads.map(exchange),
      ...stage.bounds.map((domain) => `bounds of ${logical.domains[domain]!.op}`),
    ];
    const outputs = stage.sinks.map((sink) =>
      sink.kind === 'exchange'
        ? exchange(sink.exchange)
        : sink.kind === 'bounds'
          ? `bounds of ${logical.domains[sink.domain]!.op}`
          : 'result',
    );
    const after = stage.dependsOn.length === 0 ? '' : ` after ${stage.dependsOn.join(' ')}`;
    return `${stage.id} ${stage.grouping}: ${inputs.join(', ')} -> ${outputs.join(', ')}${after}`;
  });
}
