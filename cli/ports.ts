import type { PortEnd, PortFunction, PortParty, PortRow } from '#guide/ports.ts'
import { flowsWithoutPort, mediaRanges, portRows, reservedPorts, unlistedFlows } from '#guide/ports.ts'
import { Lab } from '#lab/lab.ts'
import { observedFunctions } from '#lab/ports/functions.ts'
import { compareListeners } from '#lab/ports/listeners.ts'
import type { RowProof } from '#lab/ports/prove.ts'
import { PortProof, portRow } from '#lab/ports/prove.ts'
import { openEndpointProcesses } from '#lab/roles/endpoints.ts'
import { ExitCode } from './exit-code.ts'
import { column, mark, onUsableFabric, pkiFolder, say } from './operate.ts'

export interface PortsOptions {
  readonly prove?: boolean
  readonly json?: boolean
  readonly row?: string
  /** Functions said to fail with the row instead of the table's, with commas between. */
  readonly claim?: string
  /** A closed port answers nothing instead of a reset. */
  readonly silent?: boolean
}

/** `mra ports`: the guide's port reference; with `--prove` each row of it is closed and opened again in a lab. */
export async function ports(options: PortsOptions): Promise<void> {
  const rows = chosenRows(options.row)
  const claim = claimedFunctions(options)
  if (options.prove !== true) return options.json === true ? printJson(rows) : printTable(rows, options.row)
  await onUsableFabric('private', () => prove(rows, claim, options))
}

function chosenRows(id: string | undefined): readonly PortRow[] {
  if (id === undefined) return portRows
  const row = portRow(id)
  if (row === undefined) throw usage(`unknown row "${id}"; known: ${portRows.map((known) => known.id).join(', ')}`)
  return [row]
}

function claimedFunctions({ claim, row, prove }: PortsOptions): PortFunction[] | undefined {
  if (claim === undefined) return undefined
  if (row === undefined || prove !== true) throw usage('--claim needs --prove and --row')
  const known = observedFunctions.map(({ name }) => name)
  const names = claim.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !known.includes(name as PortFunction))
  if (unknown !== undefined) throw usage(`unknown function "${unknown}"; known: ${known.join(', ')}`)
  return names as PortFunction[]
}

function usage(message: string): Error {
  return Object.assign(new Error(message), { code: 'MRA_USAGE' })
}

function printJson(rows: readonly PortRow[]): void {
  const document = { rows, unlistedFlows, flowsWithoutPort, reservedPorts, mediaRanges }
  process.stdout.write(JSON.stringify(document) + '\n')
}

function printTable(rows: readonly PortRow[], only: string | undefined): void {
  say(tableHead)
  for (const row of rows) {
    say(`${tableLine(row.id, row)}${row.hasFootnote === true ? ' *' : ''}`)
    if (only !== undefined) say(`           closed: ${row.dies}`)
  }
  if (only !== undefined) return
  say('\n* media ranges:')
  for (const { system, range, multiplexed } of mediaRanges) {
    const pair = multiplexed === undefined ? 'not stated' : multiplexed.join('-')
    say(`  ${column(system, 36)} ${range.join('-')}, multiplexed ports ${pair}`)
  }
  say(`\nreserved inside both VCSs: TCP ${reservedPorts.join(', ')}`)
  say("\nneeded too, not in the guide's tables:")
  for (const flow of unlistedFlows) say(tableLine(flow.id, flow))
  for (const text of flowsWithoutPort) say(`  ${text}`)
}

const tableHead = 'id         from         source      to           port            purpose'

function tableLine(id: string, { from, to, protocol, purpose }: Omit<PortRow, 'id' | 'dies' | 'kills'>): string {
  const ends = [column(short(from), 12), column(portsText(from), 11), column(short(to), 12), column(portsText(to), 11)]
  return `${column(id, 10)} ${ends.join(' ')} ${protocol} ${purpose}`
}

function short({ party }: PortEnd): string {
  return shortNames[party]
}

function portsText({ ports }: PortEnd): string {
  if (ports === 'ephemeral') return ports
  const [first, last] = ports
  if (first === last) return String(first)
  return last === 65_535 ? `>= ${first}` : `${first}-${last}`
}

async function prove(
  rows: readonly PortRow[],
  claim: readonly PortFunction[] | undefined,
  { json: asJson, silent }: PortsOptions,
): Promise<number> {
  const print = asJson === true ? () => {} : say
  const started = performance.now()
  await using endpoints = openEndpointProcesses(['jabber', 'tc', 'phone'])
  // The board room listens: so there is somebody whom the Expressway can dial.
  const clientOptions = { boardroom: { settings: { sipListenPort: 'On' } } }
  await using lab = await Lab.start({ seed: 1, traceLevel: 'off', endpoints, pkiFolder, clientOptions })
  await using proof = new PortProof(lab, silent === true ? 'nothing' : 'reset')
  const open = await proof.allOpen()
  print(`${mark(open.differences.length === 0)} all rows open: ${open.functions} functions work, nothing else is sent`)
  for (const line of open.differences.flatMap(below)) print(line)
  const listeners = await compareListeners(lab)
  print(`${mark(listeners.differences.length === 0)} ${listeners.count} listening ports, none unexpected`)
  for (const line of listeners.differences.flatMap(below)) print(line)
  print('\neach row closed alone: what fails; all else lives')
  const proofs: RowProof[] = []
  for (const row of rows) {
    const rowProof = await proof.row(row, claim)
    proofs.push(rowProof)
    for (const line of proofLines(row, rowProof)) print(line)
  }
  const mismatches = proofs.filter(({ verdict }) => verdict === 'mismatch').length
  const seconds = Math.round((performance.now() - started) / 1000)
  const proved = proofs.length - mismatches
  print(`${proofs.length} rows: ${proved} ok, ${mismatches} mismatches (${seconds} s)`)
  if (asJson === true) {
    const summary = { rows: proofs.length, ok: proved, mismatches }
    process.stdout.write(JSON.stringify({ open, listeners, rows: proofs, summary }) + '\n')
  }
  const isGood = mismatches + open.differences.length + listeners.differences.length === 0
  return isGood ? ExitCode.passed : ExitCode.failed
}

/** One line where it fits; with what differs below it. */
function proofLines(row: PortRow, proof: RowProof): string[] {
  const { verdict, differences, failed, failedInCall, healedAfterMs = 0 } = proof
  const flow = `${short(row.from)} → ${short(row.to)} ${portsText(row.to)}/${row.protocol.toLowerCase()}`
  const head = `${row.id} ${column(flow, 37)}`
  const effect = `fails: ${failedText(failed)}; healed\u00a0${(healedAfterMs / 1000).toFixed(1)}\u00a0s`
  const inside = failed.filter((name) => name === 'inside hears' || name === 'outside hears')
  const isOther = failedInCall.length > 0 && failedInCall.length !== inside.length
  const inCall = isOther ? [`in a call that is up: ${failedInCall.join(', ')}`] : []
  const [first = '', ...further] = folded(effect, lineWidth - head.length - 6)
  return [`${mark(verdict === 'ok')} ${head} ${first}`, ...[...further, ...inCall, ...differences].flatMap(below)]
}

const lineWidth = 100

function below(text: string): string[] {
  return folded(text, lineWidth - 5).map((line) => `     ${line}`)
}

/** Lines of at most so many characters, broken at blanks; those that must not break are U+00A0. */
function folded(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((whole) => whole.replaceAll('\u00a0', ' '))
}

const shortNames: Readonly<Record<PortParty, string>> = {
  'VCS Control': 'Control',
  'VCS Expressway': 'Expressway',
  'internet endpoint': 'internet',
  'internet admin': 'inet admin',
  'Unified CM': 'Unified CM',
  'IM and Presence': 'IM&P',
  'Unity Connection': 'Unity',
  'inside web server': 'web server',
  'inside endpoint': 'phones',
  'inside admin': 'inside admin',
  'inside DNS server': 'inside DNS',
  'public DNS server': 'public DNS',
  'inside NTP server': 'inside NTP',
  'public NTP server': 'public NTP',
}

const audio: readonly PortFunction[] = ['inside hears', 'outside hears', 'outside to outside']
const phone: readonly PortFunction[] = ['registration', 'call', ...audio, 'call to a lost client']
const clients: readonly PortFunction[] = ['sign-in', 'configuration file', 'directory', 'voicemail', 'chat', ...phone]

/** Names of functions; what fails together is named together. */
function failedText(failed: readonly PortFunction[]): string {
  let left = [...failed]
  const names: string[] = []
  for (const [text, group] of [
    ['sign-in and all behind it', clients],
    ['phone service', phone],
    ['all audio', audio],
  ] as const) {
    if (!group.every((name) => left.includes(name))) continue
    left = left.filter((name) => !group.includes(name))
    names.push(text)
  }
  return [...left, ...names].join(', ') || 'nothing'
}
