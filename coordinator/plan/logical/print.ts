/** A logical plan as text: one node a line, stable across runs, the root last. */
import { unreachable } from '../../../shared/base/assert.ts';
import type { ColumnNode, Domain, LogicalPlan, Sample } from '../../../shared/plan/logical.ts';
import { printType } from '../../../shared/types/data-type.ts';

export function printPlan(plan: LogicalPlan): string {
  const lines: string[] = [];
  for (const [id, domain] of plan.domains.entries()) {
    lines.push(`d${id} ${printDomain(domain)}  [${domain.grouping}]`);
    for (const [columnId, column] of plan.columns.entries()) {
      if (column.domain === id) {
        lines.push(`    c${columnId} ${printColumn(column)}: ${printType(column.type)}`);
      }
    }
  }
  const { root } = plan;
  const fields = root.fields.map((field) => `${field.name}: c${field.column}`).join(', ');
  const isNew = root.isNew === null ? '' : ` new=c${root.isNew}`;
  const only = root.entityKey === undefined ? '' : ` entity=${JSON.stringify(root.entityKey)}`;
  lines.push(`result d${root.domain} {${fields}}${isNew}${only}`);
  return lines.join('\n');
}

function printDomain(node: Domain): string {
  switch (node.op) {
    case 'scan': {
      const range =
        node.range === undefined ? '' : ` time=[${node.range.low ?? ''}, ${node.range.high ?? ''})`;
      return `scan ${node.table}${range}${printSample(node.sample)}`;
    }
    case 'union':
      return `union ${node.inputs.map((input) => `d${input}`).join(' ')}`;
    case 'filter':
      return `filter d${node.input} condition=c${node.condition}`;
    case 'tick':
      return `tick d${node.input} ${node.tick}`;
    case 'shift-to':
      return `shift-to d${node.input} time=c${node.time}`;
    case 'shift-until':
      return `shift-until d${node.input} predicate=c${node.predicate}`;
    case 'with-key':
      return `with-key d${node.input} key=c${node.key}`;
    default:
      return unreachable(node);
  }
}

function printSample(sample: Sample | undefined): string {
  if (sample === undefined) return '';
  return 'hashes' in sample
    ? ` sample=${sample.hashes.length} entities`
    : ` sample=hash<=${sample.hashMax}`;
}

function printColumn(node: ColumnNode): string {
  switch (node.op) {
    case 'literal':
      return `literal ${JSON.stringify(node.value)}`;
    case 'scan-column':
      return `column ${node.column}`;
    case 'time':
      return 'time';
    case 'call': {
      const field = node.field === undefined ? '' : `.${node.field}`;
      return `${node.fn}${field}(${node.args.map((arg) => `c${arg}`).join(', ')})`;
    }
    case 'move':
      return `move c${node.input} ${node.continuous ? 'as-of' : 'discrete'}`;
    case 'present':
      return `present d${node.of}${node.input === null ? '' : ` and c${node.input}`}`;
    case 'carry':
      return `carry c${node.input}`;
    case 'aggregate': {
      const window =
        node.window === null
          ? ''
          : node.window.kind === 'since'
            ? `, since(c${node.window.condition})`
            : `, sliding(${node.window.parts}, c${node.window.condition})`;
      const size = node.fn === 'collect' ? `, max=${node.max ?? 'none'}, min=${node.min ?? 0}` : '';
      return `${node.fn}(c${node.input}${size}${window})${node.isNew === null ? '' : ` new=c${node.isNew}`}`;
    }
    case 'lookup':
      return `lookup(c${node.key}, c${node.value})${node.continuous ? ' as-of' : ' exact'}`;
    default:
      return unreachable(node);
  }
}
