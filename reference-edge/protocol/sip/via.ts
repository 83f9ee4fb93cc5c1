import { isBlank, isToken, tokenBytes, trimBlanks } from './characters.ts'
import { Parameters, parseParameters } from './parameters.ts'
import { parseHostPort } from './uri.ts'

/** One hop of a Via header (RFC 3261 §20.42); zone names and `proxy-call-id` are ordinary parameters. Immutable. */
export interface Via {
  /** In upper case: TCP, TLS, UDP or whatever was written. */
  readonly transport: string
  readonly host: string
  readonly port: number | undefined
  readonly parameters: Parameters
}

export const magicCookie = 'z9hG4bK'

/** Undefined where the text is no Via, or one of another protocol than SIP/2.0. */
export function parseVia(text: string): Via | undefined {
  const protocol = wordAt(text, 0)
  const firstSlash = slashAt(text, protocol.end)
  const version = wordAt(text, firstSlash)
  const secondSlash = slashAt(text, version.end)
  const transport = wordAt(text, secondSlash)
  if (firstSlash === -1 || secondSlash === -1 || transport.word === '') return undefined
  if (protocol.word.toUpperCase() !== 'SIP' || version.word !== '2.0') return undefined
  if (!isBlank(text.charCodeAt(transport.end))) return undefined
  const semicolon = text.indexOf(';', transport.end)
  const sentBy = text.slice(transport.end, semicolon === -1 ? text.length : semicolon)
  const hostPort = parseHostPort(withoutBlanksAroundColon(trimBlanks(sentBy)))
  const parameters = semicolon === -1 ? Parameters.none : parseParameters(text, semicolon)
  if (!hostPort || !parameters) return undefined
  return { transport: transport.word.toUpperCase(), ...hostPort, parameters }
}

export function formatVia(via: Via): string {
  const port = via.port === undefined ? '' : `:${via.port}`
  return `SIP/2.0/${via.transport} ${via.host}${port}${via.parameters}`
}

/** `host:port` in lower case with the default port filled in: one part of the transaction key (RFC 3261 §17.2.3). */
export function sentBy(via: Via): string {
  return `${via.host.toLowerCase()}:${via.port ?? (via.transport === 'TLS' ? 5061 : 5060)}`
}

function wordAt(text: string, start: number): { word: string; end: number } {
  let first = Math.max(start, 0)
  while (isBlank(text.charCodeAt(first))) first++
  let end = first
  while (tokenBytes[text.charCodeAt(end)] === 1) end++
  return { word: text.slice(first, end), end }
}

/** The index behind the slash that follows, or -1. */
function slashAt(text: string, start: number): number {
  let at = start
  while (isBlank(text.charCodeAt(at))) at++
  return text.charCodeAt(at) === 47 ? at + 1 : -1
}

/** `host : port` may be written with blanks (RFC 3261 §25.1 COLON). */
function withoutBlanksAroundColon(text: string): string {
  if (!text.includes(' ') && !text.includes('\t')) return text
  const colon = text.lastIndexOf(':')
  const port = trimBlanks(text.slice(colon + 1))
  return colon === -1 || !isToken(port) ? text : `${trimBlanks(text.slice(0, colon))}:${port}`
}
