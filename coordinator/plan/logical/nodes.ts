/** The growing node arrays of a logical plan: equal nodes are one node, and sets of rows are known to contain each other. */
import type { DataType } from '../../../shared/types/data-type.ts';
import type {
  ColumnId,
  ColumnNode,
  Domain,
  DomainId,
  LogicalPlan,
} from '../../../shared/plan/logical.ts';

export class PlanNodes {
  readonly #domains: Domain[] = [];
  readonly #columns: ColumnNode[] = [];
  readonly #ids = new Map<string, number>();

  domain(id: DomainId): Domain {
    return this.#domains[id]!;
  }

  addDomain(domain: Domain): DomainId {
    return this.#add(this.#domains, 'd', domain);
  }

  addColumn(column: ColumnNode): ColumnId {
    return this.#add(this.#columns, 'c', column);
  }

  isCall(id: ColumnId, fn: string): boolean {
    const node = this.#columns[id]!;
    return node.op === 'call' && node.fn === fn;
  }

  /** The union of domains; those whose rows are all in another one add nothing. */
  addUnion(domains: readonly DomainId[]): DomainId {
    const distinct = [...new Set(domains)];
    // Of two with the same rows, such as a union and one that adds a part of it, the earlier one stays.
    const covers = (other: DomainId, id: DomainId): boolean =>
      other !== id && this.#contains(other, id) && (other < id || !this.#contains(id, other));
    const needed = distinct
      .filter((id) => !distinct.some((other) => covers(other, id)))
      .toSorted((left, right) => left - right);
    if (needed.length === 1) return needed[0]!;
    return this.addDomain({
      op: 'union',
      inputs: needed,
      grouping: this.domain(needed[0]!).grouping,
    });
  }

  addMove(input: ColumnId, domain: DomainId, continuous: boolean): ColumnId {
    const type = this.#columns[input]!.type;
    return this.addColumn({ op: 'move', input, continuous, domain, type });
  }

  /** A carried column; a record is carried field by field, so that unused ones fall away. */
  addCarry(domain: DomainId, input: ColumnId): ColumnId {
    const node = this.#columns[input]!;
    if (node.op === 'literal') return this.addColumn({ ...node, domain });
    if (node.op === 'call' && node.fn === 'record') {
      const args = node.args.map((arg) => this.addCarry(domain, arg));
      return this.addColumn({ op: 'call', fn: 'record', args, domain, type: node.type });
    }
    return this.addColumn({ op: 'carry', input, domain, type: node.type });
  }

  addField(record: ColumnId, name: string, type: DataType): ColumnId {
    const node = this.#columns[record]!;
    if (node.type.kind === 'record') {
      const at = node.type.fields.findIndex((field) => field.name === name);
      if (node.op === 'call' && node.fn === 'record') return node.args[at]!;
      // A moved record is null where it does not reach, and so are its fields: move the field alone.
      if (node.op === 'move') {
        const field = this.addField(node.input, name, type);
        return this.addMove(field, node.domain, node.continuous);
      }
      if (node.op === 'call' && (node.fn === 'if' || node.fn === 'null_if')) {
        const [condition, value] = node.args as [ColumnId, ColumnId];
        const args = [condition, this.addField(value, name, type)];
        return this.addColumn({ op: 'call', fn: node.fn, args, domain: node.domain, type });
      }
    }
    return this.addColumn({
      op: 'call',
      fn: 'field',
      args: [record],
      field: name,
      domain: node.domain,
      type,
    });
  }

  /** Whether every row of `domain` is a new row of one of these `present` columns. */
  coversUnion(domain: DomainId, columns: readonly ColumnId[]): boolean {
    const present = columns.flatMap((id) => {
      const node = this.#columns[id]!;
      return node.op === 'present' && node.input === null ? [node.of] : [];
    });
    const covered = (id: DomainId): boolean => {
      if (present.some((of) => of === id || this.#contains(of, id))) return true;
      const node = this.domain(id);
      return node.op === 'union' && node.inputs.every(covered);
    };
    return covered(domain);
  }

  finish(root: LogicalPlan['root']): LogicalPlan {
    return { version: 1, domains: this.#domains, columns: this.#columns, root };
  }

  /** Whether all rows of `inner` are rows of `outer`. */
  #contains(outer: DomainId, inner: DomainId): boolean {
    if (outer === inner) return true;
    const outerNode = this.domain(outer);
    if (
      outerNode.op === 'union' &&
      outerNode.inputs.some((input) => this.#contains(input, inner))
    ) {
      return true;
    }
    const innerNode = this.domain(inner);
    if (innerNode.op === 'filter') return this.#contains(outer, innerNode.input);
    if (innerNode.op === 'union')
      return innerNode.inputs.every((input) => this.#contains(outer, input));
    return false;
  }

  #add<T>(nodes: T[], prefix: string, node: T): number {
    const key = prefix + JSON.stringify(node);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    nodes.push(node);
    this.#ids.set(key, nodes.length - 1);
    return nodes.length - 1;
  }
}
