import type { LogRecord } from '#runtime/log.ts'
import { isSecretName, mask } from './masking.ts'

/**
 * A record as the product writes it. Events: `<time> <host> <process>: Event="…" Service="SIP" … Level="1" UTCTime="…"`.
 * What developer and network modules say: `<time> <host> <process>: UTCTime="…" Module="…" Level="DEBUG" Detail="…" …`.
 * A message that a record carries stands on lines of its own behind it, each with ` |` before it; nothing else makes a
 * second line.
 */
export function logLine(record: LogRecord): string {
  const { at, host, module, level, event, ...details } = record
  const head = `${lineHead(at, host, processOf(module))}: `
  const fields = Object.entries(details).filter(
    ([name, value]) => value !== undefined && !reserved.has(name) && !messageNames.has(name),
  )
  const message = Object.entries(details).find(([name]) => messageNames.has(name))
  const written = fields.map(([name, value]) => field(name, value))
  const tail = message === undefined ? '' : ` ${message[0]}:${messageLines(String(message[1]))}`
  if (isSupportRecord(record)) {
    const colon = module.startsWith('network.') ? ':' : ''
    const isSaid = event === '' || fields.some(([name]) => name === 'Action')
    const said = isSaid ? [] : [field(hasDetail(details) ? 'Event' : 'Detail', event)]
    const fixed = [
      `UTCTime="${utcTime(at)}"`,
      field('Module', module),
      `${field('Level', level.toUpperCase())}${colon}`,
    ]
    return head + [...fixed, ...said, ...written].join(' ') + tail
  }
  const eventLevel = typeof details['Level'] === 'number' ? details['Level'] : 1
  return (
    head + [field('Event', event), ...written, `Level="${eventLevel}"`, `UTCTime="${utcTime(at)}"`].join(' ') + tail
  )
}

/** `2015-01-05T10:00:02+00:00 vcse1 web` */
export function lineHead(at: string, host: string, process: string): string {
  return `${at.slice(0, 19)}+00:00 ${fieldName(host)} ${process}`
}

/** `2015-01-05 10:00:02,123` */
export function utcTime(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 19)},${at.slice(20, 23)}`
}

/** Quoted text: what would end a value or a line is escaped. */
export function quoted(text: string): string {
  const short = text.length > longestValue ? `${text.slice(0, longestValue)}…` : text
  return `"${escaped(short.replace(/[\\"]/g, '\\$&'))}"`
}

/** Whether the developer and network modules' form is used; the HTTP proxy's events are events. */
export function isSupportRecord({ module, level }: Pick<LogRecord, 'module' | 'level'>): boolean {
  if (level === 'debug' || module.startsWith('developer.')) return true
  return module.startsWith('network.') && module !== 'network.http.trafficserver'
}

const reserved = new Set(['Level', 'UTCTime', 'Module', 'Event'])
const messageNames = new Set(['SIPMSG', 'HTTPMSG', 'XMPPMSG'])
const longestValue = 4_096
const longestMessage = 32_768

function hasDetail(details: Readonly<Record<string, unknown>>): boolean {
  return details['Detail'] !== undefined || details['detail'] !== undefined
}

function field(name: string, value: unknown): string {
  if (isSecretName(name) && name !== 'Auth') return `${fieldName(name)}="${mask}"`
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
  return `${fieldName(name)}=${quoted(text)}`
}

function fieldName(name: string): string {
  return name.replace(/[^\w .-]/g, '_')
}

function messageLines(text: string): string {
  const short = text.length > longestMessage ? `${text.slice(0, longestMessage)}\n…` : text
  return short
    .replace(/\n+$/, '')
    .split(/\r\n|\n|\r/)
    .map((line) => `\n |${escaped(line)}`)
    .join('')
}

/** Control characters, and what some viewers break lines at. */
function escaped(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0)
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
  })
}

const processes: ReadonlyArray<readonly [prefix: string, process: string]> = [
  ['developer.edgeconfigprovisioning', 'edgeconfigprovisioning'],
  ['network.http.edgeconfigprovisioning', 'edgeconfigprovisioning'],
  ['developer.trafficserver', 'traffic_server'],
  ['network.http.trafficserver', 'traffic_server'],
  ['developer.xcp', 'XCP_JABBERD'],
  ['developer.diagnostics', 'web'],
  ['administration', 'web'],
  ['web', 'web'],
  ['portforwarding', 'portforwarding'],
  ['ssh', 'ssh'],
  ['b2bua', 'b2bua'],
  ['fail2ban', 'fail2ban'],
  ['licensemanager', 'licensemanager'],
]

/** Name of the product's process that a module belongs to (wire facts §10.4). */
function processOf(module: string): string {
  return processes.find(([prefix]) => module === prefix || module.startsWith(`${prefix}.`))?.[1] ?? 'tvcs'
}
