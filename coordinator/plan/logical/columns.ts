/** Columns of a plan that need nothing but the nodes: constants on a domain, aggregations, newness. */
import { BOOL } from '../../../shared/types/data-type.ts';
import { literalToJson } from '../../../shared/plan/literal.ts';
import type { ColumnId, DomainId } from '../../../shared/plan/logical.ts';
import type { AggregateExpr, TypedExpr } from '../../check/typed-expr.ts';
import type { PlanNodes } from './nodes.ts';
import type { Newness } from './timeline.ts';

export function aggregateColumn(
  nodes: PlanNodes,
  expr: AggregateExpr,
  domain: DomainId,
  input: ColumnId,
  isNew: Newness,
  boundary: ColumnId | null,
): ColumnId {
  const window = expr.window;
  // A record made field by field is never null, and `count` asks for nothing else.
  const counted =
    expr.fn === 'count' && nodes.isCall(input, 'record')
      ? literalColumn(nodes, domain, BOOL, true)
      : input;
  return nodes.addColumn({
    op: 'aggregate',
    fn: expr.fn,
    input: counted,
    isNew: isNew === 'always' ? null : newColumn(nodes, domain, isNew),
    window:
      window === null || boundary === null
        ? null
        : window.kind === 'since'
          ? { kind: 'since', condition: boundary }
          : { kind: 'sliding', parts: window.parts, condition: boundary },
    max: expr.max,
    min: expr.min,
    domain,
    type: expr.type,
  });
}

/** A constant expression on the rows of a domain. */
export function constantColumn(nodes: PlanNodes, expr: TypedExpr, domain: DomainId): ColumnId {
  const call = (fn: string, args: readonly TypedExpr[], field?: string): ColumnId =>
    nodes.addColumn({
      op: 'call',
      fn,
      args: args.map((arg) => constantColumn(nodes, arg, domain)),
      ...(field === undefined ? {} : { field }),
      domain,
      type: expr.type,
    });
  switch (expr.op) {
    case 'literal':
      return literalColumn(nodes, domain, expr.type, literalToJson(expr.value));
    case 'cast':
      return call('cast', [expr.input]);
    case 'field':
      return nodes.addField(constantColumn(nodes, expr.base, domain), expr.name, expr.type);
    case 'record':
    case 'reshape':
      return call('record', expr.values);
    case 'call':
      return call(expr.fn, expr.args);
    case 'aggregate': {
      // Never new: counts are 0, everything else is what an empty accumulator gives (language.md 4.1).
      const boundary =
        expr.window === null ? null : constantColumn(nodes, expr.window.condition, domain);
      return aggregateColumn(
        nodes,
        expr,
        domain,
        constantColumn(nodes, expr.input, domain),
        'never',
        boundary,
      );
    }
    default:
      throw new Error(`plan: ${expr.op} is not a constant`);
  }
}

export function newColumn(nodes: PlanNodes, domain: DomainId, isNew: ColumnId | 'never'): ColumnId {
  return isNew === 'never' ? literalColumn(nodes, domain, BOOL, false) : isNew;
}

export function literalColumn(
  nodes: PlanNodes,
  domain: DomainId,
  type: TypedExpr['type'],
  value: ReturnType<typeof literalToJson>,
): ColumnId {
  return nodes.addColumn({ op: 'literal', value, domain, type });
}
