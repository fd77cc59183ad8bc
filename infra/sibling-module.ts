/** The one place that names a module by URL: its extension is `.ts` in a checkout and `.js` in the package. */

/** URL of the module `name` (without extension) in the folder of the module whose `import.meta.url` is given. */
export function siblingModule(metaUrl: string, name: string): URL {
  const extension = metaUrl.endsWith('.ts') ? '.ts' : '.js';
  return new URL(name + extension, metaUrl);
}
