import { endOfQuoted, isBlank, isToken, quote, trimBlanks, unquote } from './characters.ts'
import { Parameters, parseParameters } from './parameters.ts'
import { parseUri, type SipUri } from './uri.ts'

/** `"Display" <uri>;parameters` as in From, To, Contact, Route, Record-Route, Path (RFC 3261 §20.10). Immutable. */
export interface NameAddress {
  /** Without quotes; '' where there is none. */
  readonly displayName: string
  /** The URI as written; any scheme. */
  readonly uri: string
  /** The same parsed, or undefined for other schemes than sip and sips. */
  readonly sipUri: SipUri | undefined
  /** Parameters of the header field, not of the URI: `tag`, `expires`, `+sip.instance`. */
  readonly parameters: Parameters
}

/** Undefined where the text is no address. `*` is none; ask for it before. */
export function parseNameAddress(text: string): NameAddress | undefined {
  const open = openingBracket(text)
  if (open === undefined) return undefined
  return open === -1 ? parseBareAddress(text) : parseBracketed(text, open)
}

/** Always with brackets, so that parameters of the URI and of the header cannot be mixed up. */
export function formatNameAddress(address: {
  displayName?: string
  uri: string
  parameters?: Parameters | string
}): string {
  const display = address.displayName ? `${quote(address.displayName)} ` : ''
  return `${display}<${address.uri}>${address.parameters ?? ''}`
}

/** The place of `<`, -1 where there is none, undefined where the display name is ill-formed. */
function openingBracket(text: string): number | undefined {
  let at = 0
  while (at < text.length && isBlank(text.charCodeAt(at))) at++
  if (text.charCodeAt(at) !== 34) return text.indexOf('<')
  at = endOfQuoted(text, at)
  if (at === -1) return undefined
  while (at < text.length && isBlank(text.charCodeAt(at))) at++
  return text.charCodeAt(at) === 60 ? at : undefined
}

function parseBracketed(text: string, open: number): NameAddress | undefined {
  const close = text.indexOf('>', open)
  if (close === -1) return undefined
  const displayName = parseDisplayName(trimBlanks(text.slice(0, open)))
  const parameters = parseParameters(text, close + 1)
  if (displayName === undefined || !parameters) return undefined
  return addressWith(displayName, text.slice(open + 1, close), parameters)
}

function parseDisplayName(text: string): string | undefined {
  if (text.length === 0) return ''
  if (text.charCodeAt(0) === 34) return unquote(text)
  for (const word of text.replaceAll('\t', ' ').split(' ')) if (word.length > 0 && !isToken(word)) return undefined
  return text
}

/** RFC 3261 §20.10: without brackets, what follows `;` belongs to the header, and the URI holds no `?` and no comma. */
function parseBareAddress(text: string): NameAddress | undefined {
  const semicolon = text.indexOf(';')
  const uri = trimBlanks(semicolon === -1 ? text : text.slice(0, semicolon))
  if (uri.includes('?') || uri.includes(',')) return undefined
  const parameters = semicolon === -1 ? Parameters.none : parseParameters(text, semicolon)
  return parameters && addressWith('', uri, parameters)
}

function addressWith(displayName: string, uri: string, parameters: Parameters): NameAddress | undefined {
  const colon = uri.indexOf(':')
  if (colon < 1) return undefined
  const scheme = uri.slice(0, colon).toLowerCase()
  if (scheme !== 'sip' && scheme !== 'sips') {
    return isToken(scheme) && isVisible(uri) ? { displayName, uri, sipUri: undefined, parameters } : undefined
  }
  const sipUri = parseUri(uri)
  return sipUri && { displayName, uri, sipUri, parameters }
}

function isVisible(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) <= 32) return false
  return true
}
