import type { Parameters } from './grammar.ts'
import {
  formatParameters,
  isToken,
  Malformed,
  parameter,
  parseParameters,
  splitOutside,
  trimBlanks,
} from './grammar.ts'
import { parseHostPort } from './uri.ts'

/** One Via value. RFC 3261 §20.42. */
export interface Via {
  /** Upper case: UDP, TCP, TLS … */
  readonly transport: string
  readonly host: string
  readonly port: number | undefined
  readonly parameters: Parameters
}

const clause = 'RFC 3261 §20.42'

export function parseViaList(text: string): Via[] {
  return splitOutside(text, ',', clause).map(parseVia)
}

export function parseVia(text: string): Via {
  const semicolon = text.indexOf(';')
  const head = trimBlanks(semicolon < 0 ? text : text.slice(0, semicolon))
  const match = /^SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*([^ \t]+)[ \t]+(.+)$/is.exec(head)
  if (match === null || !isToken(match[1]!)) throw new Malformed(clause, `"${text}" is not a Via value`)
  const parameters = semicolon < 0 ? '' : text.slice(semicolon + 1)
  if (semicolon >= 0 && trimBlanks(parameters) === '') {
    throw new Malformed(clause, 'a semicolon without a parameter behind it')
  }
  return {
    transport: match[1]!.toUpperCase(),
    ...parseHostPort(match[2]!, clause),
    parameters: parseParameters(parameters, clause),
  }
}

export function formatVia(via: Via): string {
  const port = via.port === undefined ? '' : `:${via.port}`
  return `SIP/2.0/${via.transport} ${via.host}${port}${formatParameters(via.parameters)}`
}

export function branchOf(via: Via): string | undefined {
  return parameter(via.parameters, 'branch')
}

/** `host:port` as transaction matching compares it. RFC 3261 §17.2.3. */
export function sentBy(via: Via): string {
  return `${via.host.toLowerCase()}:${via.port ?? (via.transport === 'TLS' ? 5061 : 5060)}`
}
