/** Runs one command line, and says in its exit status how it went. */
import { unreachable } from '../../shared/base/assert.ts';
import type { CommandContext, ExitStatus } from './context.ts';
import type { Invocation } from './options.ts';

/** Each command is loaded when it is asked for: `millrace --help` should not wait for Parquet. Throws AppErrors. */
export async function runCommand(
  invocation: Invocation,
  context: CommandContext,
): Promise<ExitStatus> {
  switch (invocation.command) {
    case 'print':
      await context.stdout.write(invocation.text);
      return 0;
    case 'help':
      return (await import('./commands/help-topic.ts')).runHelp(invocation.topic, context);
    case 'query':
      return (await import('./commands/query.ts')).runQuery(invocation, context);
    case 'explain':
      return (await import('./commands/explain.ts')).runExplain(invocation, context);
    case 'check':
      return (await import('./commands/explain.ts')).runCheck(invocation, context);
    case 'tables':
      return (await import('./commands/tables.ts')).runTables(invocation, context);
    case 'inspect':
      return (await import('./commands/tables.ts')).runInspect(invocation, context);
    case 'show':
      return (await import('./commands/show.ts')).runShow(invocation, context);
    case 'runs':
    case 'run':
    case 'cancel':
      return (await import('./commands/runs.ts')).runRuns(invocation, context);
    case 'store':
    case 'clean':
      return (await import('./commands/store.ts')).runStore(invocation, context);
    case 'coordinator':
    case 'worker':
    case 'dev':
      return (await import('./commands/servers.ts')).runServer(invocation, context);
    default:
      return unreachable(invocation);
  }
}
