import { openEndpointProcesses } from '#lab/roles/endpoints.ts'
import type { LoadOrder, LoadReport } from '#lab/load/load-report.ts'
import type { LoadMoment } from '#lab/load/run-load.ts'
import { loadLimits, runLoad } from '#lab/load/run-load.ts'
import { ExitCode } from './exit-code.ts'
import { loadReport } from './load-report.ts'
import { onUsableFabric, pkiFolder, say } from './operate.ts'

export interface LoadCommandOptions {
  readonly registrations: string
  readonly calls: string
  readonly signIns: string
  readonly chats: string
  readonly hold: string
  readonly ramp: string
  readonly rate: string
  readonly throttle?: string
  readonly limit?: string
  readonly capture: boolean
  readonly target?: string
  readonly json?: boolean
}

const exitCodes = {
  passed: ExitCode.passed,
  failed: ExitCode.failed,
  'not possible on this machine': ExitCode.environment,
} as const

/** `mra load`: load on a lab of its own, and on nothing else. With `--json` standard output holds exactly one line. */
export async function load(options: LoadCommandOptions): Promise<void> {
  if (options.target !== undefined) {
    process.stderr.write(`mra: ${options.target} is not loaded: load goes to a lab that this command starts itself\n`)
    process.exitCode = ExitCode.refusedTarget
    return
  }
  const order = readOrder(options)
  await onUsableFabric('loopback', async () => {
    const report = await withInterrupt((signal) => run(order, options, signal))
    if (options.json === true) process.stdout.write(JSON.stringify(report) + '\n')
    else say(`\n${loadReport(report)}`)
    return exitCodes[report.verdict]
  })
}

async function run(order: LoadOrder, { json }: LoadCommandOptions, signal: AbortSignal): Promise<LoadReport> {
  await using endpoints = openEndpointProcesses()
  return await runLoad({ order, pkiFolder, endpoints, signal, onMoment: progressLine(json === true) })
}

/** The first Ctrl-C ends the hold, and the report tells what was seen until then. */
async function withInterrupt<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupted = new AbortController()
  const abort = () => interrupted.abort()
  process.once('SIGINT', abort)
  try {
    return await act(interrupted.signal)
  } finally {
    process.off('SIGINT', abort)
  }
}

/** One line that is written over on a terminal; in a log one line each five seconds, and one as each phase begins. */
function progressLine(toStandardError: boolean): (moment: LoadMoment) => void {
  const output = toStandardError ? process.stderr : process.stdout
  let lastPhase = ''
  let lastSeconds = -logEverySeconds
  return (moment) => {
    const { phase, seconds, registered, callsUp, chatsUp, failures, perSecond, busy } = moment
    const line =
      `${seconds.toFixed(0).padStart(5)} s  ${phase.padEnd(14)} registered ${registered}, calls ${callsUp}, ` +
      `chats ${chatsUp}, failures ${failures}, ${perSecond.toFixed(0)}/s, processors ${(busy * 100).toFixed(0)} %`
    if (output.isTTY) return void output.write(`\r\u001b[K${line}`)
    if (phase === lastPhase && seconds - lastSeconds < logEverySeconds) return
    lastPhase = phase
    lastSeconds = seconds
    output.write(line + '\n')
  }
}

const logEverySeconds = 5

function readOrder(options: LoadCommandOptions): LoadOrder {
  const order: LoadOrder = {
    registrations: numberOf('registrations', options.registrations, loadLimits.registrations),
    calls: numberOf('calls', options.calls, loadLimits.calls),
    signIns: numberOf('sign-ins', options.signIns, loadLimits.signIns),
    chats: numberOf('chats', options.chats, loadLimits.chats),
    holdSeconds: numberOf('hold', options.hold, loadLimits.holdSeconds),
    rampPerSecond: atLeastOne('ramp', options.ramp),
    rate: atLeastOne('rate', options.rate),
    throttleKilobytes: options.throttle === undefined ? undefined : atLeastOne('throttle', options.throttle),
    registrationLimit: options.limit === undefined ? undefined : numberOf('limit', options.limit, 2_500),
    capture: options.capture,
  }
  if (order.registrations + order.calls + order.signIns + order.chats === 0) {
    throw usage('say what to load: --registrations, --calls, --sign-ins or --chats')
  }
  return order
}

function atLeastOne(name: string, text: string): number {
  const value = numberOf(name, text, 10_000)
  if (value === 0) throw usage(`--${name} has to be at least 1`)
  return value
}

function numberOf(name: string, text: string, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(value) || value > most) throw usage(`--${name} is a whole number up to ${most}, not "${text}"`)
  return value
}

function usage(says: string): Error {
  return Object.assign(new Error(says), { code: 'MRA_USAGE' })
}
