import { endOfQuoted, isBlank, isToken, quote, trimBlanks, unquote } from './characters.ts'

/** What `;name=value` lists hold, in order and as written. Immutable: changing one makes another. */
export class Parameters {
  static readonly none = new Parameters([])
  readonly #entries: readonly Parameter[]

  constructor(entries: readonly Parameter[]) {
    this.#entries = entries
  }

  /** The value without its quotes, '' for a flag such as `lr`, undefined where there is none. */
  get(name: string): string | undefined {
    const entry = this.#entries.find((candidate) => isNamed(candidate, name))
    return entry && unquote(entry.value ?? '')
  }

  has(name: string): boolean {
    return this.#entries.some((candidate) => isNamed(candidate, name))
  }

  /** The same with one parameter set, in its place where it was there already; without a value a flag. */
  with(name: string, value?: string): Parameters {
    const entry = { name, value }
    const place = this.#entries.findIndex((candidate) => isNamed(candidate, name))
    return new Parameters(place === -1 ? [...this.#entries, entry] : this.#entries.with(place, entry))
  }

  withQuoted(name: string, value: string): Parameters {
    return this.with(name, quote(value))
  }

  without(name: string): Parameters {
    return this.has(name) ? new Parameters(this.#entries.filter((entry) => !isNamed(entry, name))) : this
  }

  /** Names in lower case, values as written. */
  entries(): ReadonlyArray<readonly [name: string, value: string | undefined]> {
    return this.#entries.map(({ name, value }) => [name.toLowerCase(), value])
  }

  toString(): string {
    let text = ''
    for (const { name, value } of this.#entries) text += value === undefined ? `;${name}` : `;${name}=${value}`
    return text
  }
}

export interface Parameter {
  readonly name: string
  /** As written, with quotes where it has them. */
  readonly value: string | undefined
}

/**
 * Parameters of a header field: what follows the first `;` of `text` from `start` on, or undefined where that is no
 * list of parameters. Blanks around `;` and `=` are allowed (RFC 3261 §25.1 SEMI, EQUAL).
 */
export function parseParameters(text: string, start: number): Parameters | undefined {
  let at = start
  while (at < text.length && isBlank(text.charCodeAt(at))) at++
  if (at === text.length) return Parameters.none
  const entries: Parameter[] = []
  while (at < text.length) {
    if (text.charCodeAt(at) !== 59) return undefined
    const end = endOfParameter(text, at + 1)
    const entry = parseParameter(text, at + 1, end)
    if (!entry) return undefined
    entries.push(entry)
    at = end
  }
  return new Parameters(entries)
}

function endOfParameter(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 59) return at
    if (code === 34) {
      const end = endOfQuoted(text, at)
      if (end === -1) return text.length
      at = end - 1
    }
  }
  return text.length
}

function parseParameter(text: string, start: number, end: number): Parameter | undefined {
  const equals = text.indexOf('=', start)
  if (equals === -1 || equals >= end) {
    const name = trimBlanks(text.slice(start, end))
    return isToken(name) ? { name, value: undefined } : undefined
  }
  const name = trimBlanks(text.slice(start, equals))
  const value = trimBlanks(text.slice(equals + 1, end))
  return isToken(name) && isParameterValue(value) ? { name, value } : undefined
}

/** A whole quoted string, or one run of visible characters: tokens, hosts, and what products put there. */
function isParameterValue(value: string): boolean {
  if (value.charCodeAt(0) === 34) return endOfQuoted(value, 0) === value.length
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code <= 32 || code === 34 || code === 44 || code === 60 || code === 62 || code === 127) return false
  }
  return true
}

function isNamed(entry: Parameter, name: string): boolean {
  return entry.name === name || (entry.name.length === name.length && entry.name.toLowerCase() === name.toLowerCase())
}
