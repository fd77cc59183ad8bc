/** URLs that users give, as an option or in the environment: checked alike, and not repeated where they may hold a secret. */
import { AppError } from '../../shared/base/app-error.ts';

export const SERVER_EXAMPLE = 'http://127.0.0.1:7800';

/** Reads the URL of a coordinator or of an S3 endpoint. `name`: the option or variable that holds it. */
export function parseHttpUrl(name: string, example: string): (text: string) => string {
  return (text) => {
    // What stands before an `@` may be a password, even where the rest is no URL.
    if (text.includes('@')) throw refused(name, `a URL like ${example} without user and password`);
    if (!/^https?:$/.test(URL.parse(text)?.protocol ?? '')) {
      throw refused(name, `a URL like ${example}`, text);
    }
    return text;
  };
}

/** Reads the URL of the queue, which may hold a password. `name`: the option or variable that holds it. */
export function parseRedisUrl(name: string): (text: string) => string {
  return (text) => {
    const url = URL.parse(text);
    if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '') {
      throw refused(name, 'a URL like redis://127.0.0.1:6379');
    }
    // A `/`, `?` or `#` of a password ends the host: its rest would be told as an address that cannot be reached.
    if (`${url.pathname}${url.search}${url.hash}`.includes('@')) {
      throw refused(name, 'a password with its /, ? and # written as %2F, %3F and %23');
    }
    return text;
  };
}

/** `text`: what was given, where it can hold no secret. */
function refused(name: string, expected: string, text: string | null = null): AppError {
  const isOption = name.startsWith('--');
  const given = text === null ? name : `${name}${isOption ? ' ' : '='}${text}`;
  return new AppError(
    'user',
    isOption ? 'USAGE' : 'ENVIRONMENT',
    `${given}: ${expected} is expected`,
  );
}
