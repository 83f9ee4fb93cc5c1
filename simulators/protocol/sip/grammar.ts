/** A text that breaks the SIP grammar; caught where a message enters (`parseSipStrict`) and turned into a value. */
export class Malformed extends Error {
  readonly clause: string
  /** The status a server answers with where it can answer at all. */
  readonly status: number

  constructor(clause: string, problem: string, status = 400) {
    super(problem)
    this.clause = clause
    this.status = status
  }
}

/** Parameters in their order; a value is kept as written, with its quotes. */
export type Parameters = ReadonlyArray<readonly [name: string, value: string | undefined]>

const tokenPattern = /^[A-Za-z0-9\-.!%*_+`'~]+$/
const quotedPattern = /^"(?:[^"\\]|\\[\s\S])*"$/
// host and IPv6reference values of generic-param, and the bare IPv6 address of via-received.
const parameterValuePattern = /^(?:[A-Za-z0-9\-.!%*_+`'~:]+|\[[0-9A-Fa-f:.]+\])$/

export function isToken(text: string): boolean {
  return tokenPattern.test(text)
}

/** Without SP and HTAB at both ends: the only white space SIP has. String.trim would also take U+00A0 and U+FEFF. */
export function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+/, '').replace(/(?<![ \t])[ \t]+$/, '')
}

export function isQuotedString(text: string): boolean {
  return quotedPattern.test(text)
}

/** The text inside a quoted-string with its quoted-pairs resolved; any other text as it is. */
export function unquote(text: string): string {
  return isQuotedString(text) ? text.slice(1, -1).replace(/\\([\s\S])/g, '$1') : text
}

export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** Splits at a separator that stands outside quoted-strings and angle brackets. RFC 3261 §7.3.1, §25.1. */
export function splitOutside(text: string, separator: ',' | ';', clause: string): string[] {
  const parts: string[] = []
  let start = 0
  let isQuoted = false
  let isBracketed = false
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (isQuoted) {
      if (character === '\\') index++
      else if (character === '"') isQuoted = false
    } else if (character === '"') isQuoted = !isBracketed
    else if (character === '<') isBracketed = true
    else if (character === '>') isBracketed = false
    else if (character === separator && !isBracketed) {
      parts.push(trimBlanks(text.slice(start, index)))
      start = index + 1
    }
  }
  if (isQuoted) throw new Malformed(clause, 'a quoted-string is not closed')
  if (isBracketed) throw new Malformed(clause, 'an angle bracket is not closed')
  parts.push(trimBlanks(text.slice(start)))
  return parts
}

/** Reads `a=b;c="d"` without the leading semicolon; an empty text is no parameters. */
export function parseParameters(text: string, clause: string): Parameters {
  if (trimBlanks(text) === '') return []
  return splitOutside(text, ';', clause).map((part) => parseParameter(part, clause))
}

/** The value of a parameter without quotes: '' for one without value, undefined where it is absent. */
export function parameter(parameters: Parameters, name: string): string | undefined {
  const wanted = name.toLowerCase()
  const found = parameters.find(([each]) => each.toLowerCase() === wanted)
  return found === undefined ? undefined : unquote(found[1] ?? '')
}

export function withParameter(parameters: Parameters, name: string, value?: string): Parameters {
  return [...withoutParameter(parameters, name), [name, value]]
}

export function withoutParameter(parameters: Parameters, name: string): Parameters {
  return parameters.filter(([each]) => each.toLowerCase() !== name.toLowerCase())
}

export function formatParameters(parameters: Parameters): string {
  return parameters.map(([name, value]) => (value === undefined ? `;${name}` : `;${name}=${value}`)).join('')
}

function parseParameter(part: string, clause: string): readonly [string, string | undefined] {
  const equals = part.indexOf('=')
  const name = trimBlanks(equals < 0 ? part : part.slice(0, equals))
  if (!isToken(name)) throw new Malformed(clause, `"${part}" is not a parameter`)
  if (equals < 0) return [name, undefined]
  const value = trimBlanks(part.slice(equals + 1))
  if (!parameterValuePattern.test(value) && !isQuotedString(value)) {
    throw new Malformed(clause, `parameter ${name} has no valid value`)
  }
  return [name, value]
}
