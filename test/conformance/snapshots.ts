/** The oracle keeps no state: for it, to resume a snapshot is to compute all of its files and the new ones again. */
import type { CaseTable, ConformanceCase } from './case.ts';

/** Tables of runs that saved a snapshot, by scope and name. */
const snapshots = new Map<string, readonly CaseTable[]>();

/** The tables that a run has to read, with the files of the snapshot that it resumes. */
export function tablesOfRun({ tables, snapshot }: ConformanceCase): readonly CaseTable[] {
  if (snapshot === undefined) return tables;
  const before = snapshots.get(`${snapshot.scope}/${snapshot.resume}`) ?? [];
  const merged = tables.map((table) => {
    const old = before.find((other) => other.name === table.name)?.files ?? [];
    const added = table.files.filter((file) => !old.some((other) => sameFile(file, other)));
    return { ...table, clearedFiles: [], files: [...old, ...added] };
  });
  const kept = snapshot.resume === null ? tables : merged;
  if (snapshot.save !== null) snapshots.set(`${snapshot.scope}/${snapshot.save}`, kept);
  return kept;
}

function sameFile(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
