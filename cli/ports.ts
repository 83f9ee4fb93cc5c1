import type { PortEnd, PortFunction, PortRow } from '#guide/ports.ts'
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
}

/** `mra ports`: the guide's port reference; with `--prove` each row of it is closed and opened again in a lab. */
export async function ports(options: PortsOptions): Promise<void> {
  const rows = chosenRows(options.row)
  const claim = claimedFunctions(options)
  if (options.prove !== true) return options.json === true ? printJson(rows) : printTable(rows, options.row)
  await onUsableFabric('private', () => prove(rows, claim, options.json === true))
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
  say('id           from                source       to                  port         protocol  purpose')
  for (const row of rows) {
    say(`${tableLine(row.id, row)}${row.hasFootnote === true ? ' *' : ''}`)
    if (only !== undefined) say(`             closed: ${row.dies}`)
  }
  if (only !== undefined) return
  say('\n* media ranges:')
  for (const { system, range, multiplexed } of mediaRanges) {
    const pair = multiplexed === undefined ? 'not stated' : multiplexed.join('-')
    say(`  ${column(system, 36)} ${range.join('-')}, multiplexed ports ${pair}`)
  }
  say(`\nreserved inside both VCSs: TCP ${reservedPorts.join(', ')}`)
  say("\nneeded too, not in the guide's tables:")
  for (const flow of unlistedFlows) say(tableLine(flow.id.replace('-ANSWER', ' back'), flow))
  for (const text of flowsWithoutPort) say(`  ${text}`)
}

function tableLine(id: string, { from, to, protocol, purpose }: Omit<PortRow, 'id' | 'dies' | 'kills'>): string {
  const ends = [column(from.party, 19), column(portsText(from), 12), column(to.party, 19), column(portsText(to), 12)]
  return `${column(id, 12)} ${ends.join(' ')} ${protocol}  ${purpose}`
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
  asJson: boolean,
): Promise<number> {
  const print = asJson ? () => {} : say
  const started = performance.now()
  await using endpoints = openEndpointProcesses(['jabber', 'tc', 'phone'])
  await using lab = await Lab.start({ seed: 1, traceLevel: 'off', endpoints, pkiFolder })
  await using proof = new PortProof(lab)
  const open = await proof.allOpen()
  print(`${mark(open.differences.length === 0)} all rows open: ${open.functions} functions work, nothing else passes`)
  for (const difference of open.differences) print(`       ${difference}`)
  const listeners = await compareListeners(lab)
  print(`${mark(listeners.differences.length === 0)} ${listeners.count} listening ports, none unexpected`)
  for (const difference of listeners.differences) print(`       ${difference}`)
  const proofs: RowProof[] = []
  for (const row of rows) {
    const rowProof = await proof.row(row, claim)
    proofs.push(rowProof)
    for (const line of proofLines(row, rowProof)) print(line)
  }
  const mismatches = proofs.filter(({ verdict }) => verdict === 'mismatch').length
  const notRun = proofs.filter(({ verdict }) => verdict === 'not run').length
  const seconds = Math.round((performance.now() - started) / 1000)
  const left = notRun === 0 ? '' : `, ${notRun} not run`
  print(`${proofs.length} rows, ${mismatches} mismatches${left} (${seconds} s)`)
  if (asJson) {
    const summary = { rows: proofs.length, mismatches, notRun }
    process.stdout.write(JSON.stringify({ open, listeners, rows: proofs, summary }) + '\n')
  }
  const isGood = mismatches + open.differences.length + listeners.differences.length === 0
  return isGood ? ExitCode.passed : ExitCode.failed
}

function proofLines(row: PortRow, proof: RowProof): string[] {
  const { verdict, differences, reason, failed, healedAfterMs = 0 } = proof
  const flow = `${short(row.from.party)} → ${short(row.to.party)} ${portsText(row.to)}/${row.protocol.toLowerCase()}`
  const head = `${column(row.id, 10)}  ${flow}`
  if (verdict === 'not run') return [`not run  ${head}`, `         ${reason}`]
  const healed = `healed ${(healedAfterMs / 1000).toFixed(1)} s`
  const effect = `closed: ${failedText(failed)}; all else lives; ${healed}`
  if (verdict === 'ok') return [`${mark(true)} ${head}`, `                 ${effect}`]
  return [`${mark(false)} ${head}`, ...differences.map((difference) => `       ${difference}`)]
}

function short(party: string): string {
  return party.replace(/^VCS /, '')
}

const phone: readonly PortFunction[] = ['registration', 'call', 'inside hears', 'outside hears', 'outside to outside']
const clients: readonly PortFunction[] = ['sign-in', 'configuration file', 'directory', 'voicemail', 'chat', ...phone]

/** Names of functions; what always fails together is named together. */
function failedText(failed: readonly PortFunction[]): string {
  if (failed.length === 0) return 'nothing fails'
  let left = [...failed]
  const names: string[] = []
  for (const [text, group] of [
    ['sign-in and all a client does', clients],
    ['registration, calls', phone],
  ] as const) {
    if (!group.every((name) => left.includes(name))) continue
    left = left.filter((name) => !group.includes(name))
    names.push(text)
  }
  return `${[...left, ...names].join(', ')} fail`
}
