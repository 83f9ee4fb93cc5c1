import type { Parameters } from './grammar.ts'
import {
  formatParameters,
  isQuotedString,
  isToken,
  Malformed,
  parameter,
  parseParameters,
  quote,
  splitOutside,
  trimBlanks,
  unquote,
  withoutParameter,
  withParameter,
} from './grammar.ts'
import { parseUri } from './uri.ts'

/** name-addr or addr-spec with the header parameters behind it (From, To, Contact, Route, Record-Route …). */
export interface Address {
  /** Without quotes; '' where there is none. */
  readonly displayName: string
  readonly uri: string
  readonly parameters: Parameters
}

/** Reads one address. RFC 3261 §20.10: a URI with comma, question mark or semicolon has to be in angle brackets. */
export function parseAddress(text: string, clause: string): Address {
  const open = openingBracket(text, clause)
  if (open < 0) return parseBareAddress(text, clause)
  const close = text.indexOf('>', open)
  if (close < 0) throw new Malformed(clause, 'an angle bracket is not closed')
  const uri = text.slice(open + 1, close)
  parseUri(uri)
  const rest = trimBlanks(text.slice(close + 1))
  if (rest !== '' && !rest.startsWith(';')) throw new Malformed(clause, `"${rest}" behind an address`)
  return {
    displayName: parseDisplayName(trimBlanks(text.slice(0, open)), clause),
    uri,
    parameters: rest === '' ? [] : parseRequired(rest.slice(1), clause),
  }
}

/** All addresses of a header value that is a comma-separated list. */
export function parseAddressList(text: string, clause: string): Address[] {
  return splitOutside(text, ',', clause).map((each) => parseAddress(each, clause))
}

export function formatAddress(address: Address): string {
  const name = address.displayName === '' ? '' : `${quote(address.displayName)} `
  return `${name}<${address.uri}>${formatParameters(address.parameters)}`
}

export function tagOf(address: Address): string | undefined {
  return parameter(address.parameters, 'tag')
}

export function withTag(address: Address, tag: string | undefined): Address {
  const parameters = withoutParameter(address.parameters, 'tag')
  return { ...address, parameters: tag === undefined ? parameters : withParameter(parameters, 'tag', tag) }
}

function openingBracket(text: string, clause: string): number {
  if (!text.startsWith('"')) return text.indexOf('<')
  const end = /^"(?:[^"\\]|\\[\s\S])*"/.exec(text)?.[0].length
  if (end === undefined) throw new Malformed(clause, 'a quoted-string is not closed')
  const open = text.indexOf('<', end)
  if (open < 0 || trimBlanks(text.slice(end, open)) !== '') {
    throw new Malformed(clause, 'a quoted display name is not followed by an address in angle brackets')
  }
  return open
}

function parseBareAddress(text: string, clause: string): Address {
  const semicolon = text.indexOf(';')
  const uri = trimBlanks(semicolon < 0 ? text : text.slice(0, semicolon))
  if (/[?,]/.test(uri)) throw new Malformed(clause, 'a URI with "?" or "," has to be in angle brackets')
  parseUri(uri)
  return { displayName: '', uri, parameters: semicolon < 0 ? [] : parseRequired(text.slice(semicolon + 1), clause) }
}

function parseRequired(text: string, clause: string): Parameters {
  if (trimBlanks(text) === '') throw new Malformed(clause, 'a semicolon without a parameter behind it')
  return parseParameters(text, clause)
}

function parseDisplayName(text: string, clause: string): string {
  if (text === '') return ''
  if (isQuotedString(text)) return unquote(text)
  if (text.split(/[ \t]+/).every(isToken)) return text
  throw new Malformed(clause, `the display name ${text} has to be quoted`)
}
