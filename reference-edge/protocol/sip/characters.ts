export const CR = 13
export const LF = 10
export const SPACE = 32
export const TAB = 9
export const COLON = 58
export const BACKSLASH = 92

/** 1 for each byte that may stand in a token (RFC 3261 §25.1). */
export const tokenBytes = byteTable("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~")

/** 1 for each ASCII letter and digit. */
export const alphanumericBytes = byteTable('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789')

/** 1 for each byte that is no control character; HTAB is none. */
export const textBytes = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === TAB || (byte >= SPACE && byte !== 127) ? 1 : 0,
)

/** 1 for each byte that `text` contains; everything beyond 255 counts as not contained. */
export function byteTable(text: string): Uint8Array {
  const table = new Uint8Array(256)
  for (let index = 0; index < text.length; index++) table[text.charCodeAt(index)] = 1
  return table
}

/** Whether each character of a text that is not empty is in the table. */
export function consistsOf(table: Uint8Array, text: string): boolean {
  if (text.length === 0) return false
  for (let index = 0; index < text.length; index++) if (table[text.charCodeAt(index)] !== 1) return false
  return true
}

export const isToken = (text: string): boolean => consistsOf(tokenBytes, text)

export const isBlank = (code: number): boolean => code === SPACE || code === TAB

/** The number written in digits only, or undefined where it is anything else or above `most`. */
export function decimal(text: string, most: number): number | undefined {
  if (text.length === 0) return undefined
  let value = 0
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
    if (value > most) return undefined
  }
  return value
}

/** Without blanks at both ends. Unlike String.trim it leaves the exotic spaces of Unicode alone. */
export function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

/** The index behind the quoted string that begins at `start`, or -1 where it is not closed. */
export function endOfQuoted(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 92) index++
    else if (code === 34) return index + 1
  }
  return -1
}

/** What a quoted string says; a text that is not quoted is returned as it is. */
export function unquote(text: string): string {
  if (text.charCodeAt(0) !== 34 || text.length < 2) return text
  if (!text.includes('\\')) return text.slice(1, -1)
  let said = ''
  for (let index = 1; index < text.length - 1; index++) {
    if (text.charCodeAt(index) === 92) index++
    said += text[index]
  }
  return said
}

/** A quoted string that says `text`. */
export function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** Splits at each `separator` that is neither inside quotes nor inside <>; elements are trimmed and may be empty. */
export function splitOutside(text: string, separator: ',' | ';'): string[] {
  if (!text.includes(separator)) return [trimBlanks(text)]
  const wanted = separator.charCodeAt(0)
  const elements: string[] = []
  let start = 0
  let insideBrackets = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 34 && !insideBrackets) {
      const end = endOfQuoted(text, index)
      if (end === -1) break
      index = end - 1
    } else if (code === 60) insideBrackets = true
    else if (code === 62) insideBrackets = false
    else if (code === wanted && !insideBrackets) {
      elements.push(trimBlanks(text.slice(start, index)))
      start = index + 1
    }
  }
  elements.push(trimBlanks(text.slice(start)))
  return elements
}
