/** Assigns the arguments of a call to the parameters of its function (language.md 1.7). */
import type { Argument, Name } from '../language/ast.ts';
import { diagnostic } from '../language/diagnostics/diagnostic.ts';
import type { Diagnostic } from '../language/diagnostics/diagnostic.ts';
import { quoteNames, similarNames } from '../language/diagnostics/similar-names.ts';
import type { Parameter, Signature } from '../functions/signature.ts';

/** Where the value of a parameter comes from. `given` is an index into the arguments of the call. */
export type Resolved =
  | { readonly from: 'given'; readonly index: number }
  | { readonly from: 'default'; readonly value: null | bigint }
  | { readonly from: 'input' };

/** One entry per parameter; a repeated parameter has as many more entries as further arguments. */
export type Resolution =
  | { readonly resolved: readonly Resolved[] }
  /** `tookInput`: a parameter had taken the implicit `$input` before the arguments were found wrong. */
  | { readonly error: Diagnostic; readonly tookInput: boolean };

export function resolveArguments(
  signature: Signature,
  callName: Name,
  args: readonly Argument[],
): Resolution {
  const { parameters } = signature;
  const firstKeyword = args.findIndex((arg) => arg.keyword !== null);
  const positionalCount = firstKeyword < 0 ? args.length : firstKeyword;
  const late = args.slice(positionalCount).find((arg) => arg.keyword === null);
  if (late !== undefined) {
    const at = late.value.span;
    const secondary = [{ span: args[firstKeyword]!.keyword!.span, text: 'first keyword was here' }];
    const message = 'Positional argument appears after a keyword';
    return { error: diagnostic('E0008', message, { at, secondary }), tookInput: false };
  }
  const keywords = new Map<string, number>();
  for (let index = positionalCount; index < args.length; index++) {
    const keyword = args[index]!.keyword!;
    const error = checkKeyword(signature, callName, keyword, keywords);
    if (error !== null) return { error, tookInput: false };
    keywords.set(keyword.text, index);
  }

  const resolved: Resolved[] = [];
  const wrong = (error: Diagnostic): Resolution => ({
    error,
    tookInput: resolved.some(({ from }) => from === 'input'),
  });
  let nextPositional = 0;
  let usedInput = parameters.at(-1)?.repeated ?? false;
  for (const parameter of parameters) {
    const keyword = keywords.get(parameter.name);
    const waiting = nextPositional < positionalCount ? args[nextPositional]! : null;
    if (keyword !== undefined) {
      if (waiting !== null) {
        const message = `Parameter '${parameter.name}' of '${signature.name}' is given twice`;
        const secondary = [{ span: args[keyword]!.keyword!.span, text: 'given by keyword here' }];
        return wrong(diagnostic('E0008', message, { at: waiting.value.span, secondary }));
      }
      resolved.push({ from: 'given', index: keyword });
    } else if (parameter.defaultValue !== undefined) {
      if (waiting !== null) {
        const message = `Optional parameter '${parameter.name}' of '${signature.name}' must be given by keyword`;
        return wrong(diagnostic('E0008', message, { at: waiting.value.span }));
      }
      resolved.push({ from: 'default', value: parameter.defaultValue });
    } else if (waiting !== null) {
      resolved.push({ from: 'given', index: nextPositional++ });
      while (parameter.repeated && nextPositional < positionalCount) {
        resolved.push({ from: 'given', index: nextPositional++ });
      }
    } else if (!usedInput) {
      usedInput = true;
      resolved.push({ from: 'input' });
    } else {
      return wrong(wrongCount(signature, callName, args.length));
    }
  }
  if (nextPositional < positionalCount) {
    return wrong(tooMany(signature, args[nextPositional]!, args.length));
  }
  return { resolved };
}

/** The parameter of an entry of a resolution. */
export function parameterAt(signature: Signature, index: number): Parameter {
  return signature.parameters[Math.min(index, signature.parameters.length - 1)]!;
}

function checkKeyword(
  signature: Signature,
  callName: Name,
  keyword: Name,
  seen: ReadonlyMap<string, number>,
): Diagnostic | null {
  const names = signature.parameters.map((parameter) => parameter.name);
  const isKnown = names.includes(keyword.text);
  if (isKnown && !seen.has(keyword.text)) return null;
  const message = isKnown
    ? `Argument '${keyword.text}' of '${signature.name}' is given twice`
    : `No parameter named '${keyword.text}' in '${signature.name}'`;
  return diagnostic('E0008', message, {
    at: callName.span,
    secondary: [{ span: keyword.span, text: isKnown ? 'given again here' : 'no such parameter' }],
    notes: [`Nearest matches: ${quoteNames(similarNames(keyword.text, names))}`],
  });
}

function wrongCount(signature: Signature, callName: Name, count: number): Diagnostic {
  const required = requiredCount(signature);
  return diagnostic('E0008', `Too few arguments for '${signature.name}'`, {
    at: callName.span,
    notes: [`Expected ${required} but got ${count}`, `Signature: ${signature.source.text}`],
  });
}

function tooMany(signature: Signature, first: Argument, count: number): Diagnostic {
  return diagnostic('E0008', `Too many arguments for '${signature.name}'`, {
    at: first.value.span,
    labelText: 'First unexpected argument',
    notes: [
      `Expected ${requiredCount(signature)} but got ${count}`,
      `Signature: ${signature.source.text}`,
    ],
  });
}

function requiredCount(signature: Signature): number {
  return signature.parameters.filter((parameter) => parameter.defaultValue === undefined).length;
}
