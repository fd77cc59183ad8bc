/** results.md: one section per script, between comments of its name, so that each writes its own and leaves the other. */
import { readFile, writeFile } from 'node:fs/promises';

const FILE = new URL('./results.md', import.meta.url);

export async function saveSection(name: 'queries' | 'families', text: string): Promise<void> {
  const start = `<!-- ${name}: begin -->\n`;
  const end = `<!-- ${name}: end -->\n`;
  const before = await readFile(FILE, 'utf8');
  const from = before.indexOf(start);
  const to = before.indexOf(end);
  const section = `${start}${text}${end}`;
  const after =
    from < 0 || to < from
      ? `${before.trimEnd()}\n\n${section}`
      : before.slice(0, from) + section + before.slice(to + end.length);
  await writeFile(FILE, after);
  console.log(`written: section ${name} of test/bench/results.md`);
}
