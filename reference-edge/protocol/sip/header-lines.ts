import { splitOutside } from './characters.ts'
import { headerKey, headerSpelling, isListHeader } from './header-names.ts'

/**
 * One header line. Either bytes of the message it was received in, copied through as they are when it is sent on, or
 * text of ours. Immutable, so that copies of a message share it; only its decoded value is remembered.
 */
export class HeaderLine {
  readonly key: string
  readonly source: Buffer | undefined
  /** The line in `source`, up to and with its last CRLF. */
  readonly start: number
  readonly end: number
  readonly #valueStart: number
  readonly #spelling: string
  #value: string | undefined
  /** What a typed accessor made of the value. */
  parsed: unknown

  constructor(key: string, from: LineBytes | LineText) {
    this.key = key
    const bytes = 'source' in from ? from : undefined
    this.source = bytes?.source
    this.start = bytes?.start ?? 0
    this.end = bytes?.end ?? 0
    this.#valueStart = bytes?.valueStart ?? 0
    this.#spelling = 'value' in from ? from.spelling : ''
    this.#value = 'value' in from ? from.value : undefined
    this.parsed = undefined
  }

  /** Unfolded and without blanks around it. Ill-formed UTF-8 shows as U+FFFD; the bytes stay what they were. */
  get value(): string {
    return (this.#value ??= unfold(this.source!.toString('utf8', this.#valueStart, this.end - 2)))
  }

  /** The line as it goes out when it is text of ours. */
  get text(): string {
    return `${this.#spelling}: ${this.value}\r\n`
  }
}

export interface LineBytes {
  readonly source: Buffer
  readonly start: number
  readonly end: number
  readonly valueStart: number
}

export interface LineText {
  readonly spelling: string
  readonly value: string
}

/** A line of ours. Throws on a value that would begin another line. */
export function writtenLine(name: string, value: string): HeaderLine {
  if (value.includes('\r') || value.includes('\n')) throw new Error(`line break in a value for ${headerSpelling(name)}`)
  return new HeaderLine(headerKey(name), { spelling: headerSpelling(name), value })
}

/** The header fields of a message in their order. Names may be given in any spelling, compact forms included. */
export class HeaderLines {
  #lines: HeaderLine[]

  constructor(lines: HeaderLine[]) {
    this.#lines = lines
  }

  get lines(): readonly HeaderLine[] {
    return this.#lines
  }

  copy(): HeaderLines {
    return new HeaderLines(this.#lines.slice())
  }

  line(name: string): HeaderLine | undefined {
    const key = headerKey(name)
    for (const line of this.#lines) if (line.key === key) return line
    return undefined
  }

  linesOf(name: string): HeaderLine[] {
    const key = headerKey(name)
    return this.#lines.filter((line) => line.key === key)
  }

  /** The first element of a list header, the whole value of any other. */
  first(name: string): string | undefined {
    const line = this.line(name)
    return line && elementsOf(line)[0]
  }

  all(name: string): string[] {
    return this.linesOf(name).flatMap(elementsOf)
  }

  set(name: string, value: string): void {
    const key = headerKey(name)
    const place = this.#lines.findIndex((line) => line.key === key)
    if (place === -1) return void this.#lines.push(writtenLine(name, value))
    const replaced = writtenLine(name, value)
    this.#lines = this.#lines.flatMap((line, index) => (index === place ? [replaced] : line.key === key ? [] : [line]))
  }

  /** After the last of its name, or at the end. */
  add(name: string, value: string): void {
    const key = headerKey(name)
    const last = this.#lines.findLastIndex((line) => line.key === key)
    this.#lines.splice(last === -1 ? this.#lines.length : last + 1, 0, writtenLine(name, value))
  }

  /** Before the first of its name, or before everything. */
  addOnTop(name: string, value: string): void {
    const key = headerKey(name)
    const place = this.#lines.findIndex((line) => line.key === key)
    this.#lines.splice(Math.max(place, 0), 0, writtenLine(name, value))
  }

  /** Takes off the first element; gives it back. */
  removeFirst(name: string): string | undefined {
    return this.#replaceFirst(name, [])
  }

  /** Writes another first element in place of the present one; gives the old one back. */
  replaceFirst(name: string, value: string): string | undefined {
    return this.#replaceFirst(name, [value])
  }

  remove(name: string): void {
    const key = headerKey(name)
    if (this.#lines.some((line) => line.key === key)) this.#lines = this.#lines.filter((line) => line.key !== key)
  }

  /** Lines taken over as they are from another message. */
  takeOver(lines: readonly HeaderLine[]): void {
    this.#lines.push(...lines)
  }

  #replaceFirst(name: string, replacement: readonly string[]): string | undefined {
    const key = headerKey(name)
    const place = this.#lines.findIndex((line) => line.key === key)
    if (place === -1) return undefined
    const [first, ...rest] = elementsOf(this.#lines[place]!)
    const value = [...replacement, ...rest].join(', ')
    this.#lines.splice(place, 1, ...(value === '' ? [] : [writtenLine(name, value)]))
    return first
  }
}

/** Elements of a list header without the empty ones; the one value of any other. */
export function elementsOf(line: HeaderLine): string[] {
  if (!isListHeader(line.key)) return [line.value]
  if (!line.value.includes(',')) return line.value === '' ? [] : [line.value]
  return splitOutside(line.value, ',').filter((element) => element !== '')
}

/** RFC 3261 §7.3.1: a line break and the blanks that follow it count as one blank. */
function unfold(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpacing(text.charCodeAt(start))) start++
  while (end > start && isSpacing(text.charCodeAt(end - 1))) end--
  const trimmed = text.slice(start, end)
  if (!trimmed.includes('\r\n')) return trimmed
  return trimmed
    .split('\r\n')
    .map((part, index) => (index === 0 ? part : ` ${part.slice(leadingSpacing(part))}`))
    .join('')
}

function leadingSpacing(text: string): number {
  let count = 0
  while (count < text.length && isSpacing(text.charCodeAt(count))) count++
  return count
}

function isSpacing(code: number): boolean {
  return code === 32 || code === 9 || code === 13 || code === 10
}
