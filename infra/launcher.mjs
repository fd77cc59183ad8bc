#!/usr/bin/env node
/**
 * The `millrace` command: finds the program and a Node that can run it.
 *
 * Plain JavaScript, because Node strips types neither inside node_modules nor before version 22.18:
 * an installed package runs the compiled dist/, a checkout runs the sources.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE_MIN = [22, 15];

const compiled = new URL('../dist/infra/main.js', import.meta.url);
const sources = new URL('./main.ts', import.meta.url);
const pinnedNode = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

const isCheckout = existsSync(sources);
const entry = fileURLToPath(isCheckout ? sources : compiled);

keepCompiledCode();
if (isNodeNewEnough() && (!isCheckout || process.features.typescript)) {
  process.argv[1] = entry;
  await import(pathToFileURL(entry).href);
} else if (isCheckout && existsSync(pinnedNode) && process.execPath !== pinnedNode) {
  runWith(pinnedNode);
} else {
  console.error(
    isCheckout
      ? `millrace: running from the sources needs Node 22.18 or newer; this is ${process.version}. ` +
          'Run `npm ci` (it brings a Node of its own, unless install scripts are switched off).'
      : `millrace: needs Node ${NODE_MIN.join('.')} or newer; this is ${process.version}. ` +
          'Install a current Node (https://nodejs.org) and run the command again.',
  );
  process.exitCode = 1;
}

function isNodeNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
}

/**
 * Compiled code is kept for the next command, which starts in half the time; worker threads and a Node started below
 * find the folder by the variable. It is the user's own: what lies in a folder of all users could be anyone's code.
 * Where it cannot be written, nothing is kept.
 */
function keepCompiledCode() {
  if (process.env.NODE_COMPILE_CACHE === undefined) {
    try {
      const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
      process.env.NODE_COMPILE_CACHE = join(caches, 'millrace');
    } catch {
      return; // A user without a home.
    }
  }
  // Node 20 has no such function; it gets no further than to a message.
  module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
}

/** The same command in another Node; it lives and dies as one process would. */
function runWith(node) {
  const child = spawn(node, [entry, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches the child from the terminal itself; handing it on would count it twice.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`millrace: cannot start ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
