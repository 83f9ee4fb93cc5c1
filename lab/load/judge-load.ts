import type { LoadReport } from './load-report.ts'
import type { LoadVerdict } from './verdict.ts'
import { verdictOf } from './verdict.ts'

type Facts = Omit<LoadReport, 'verdict' | 'shortcomings'>

/** Decides what a run came to. */
export function judgeLoad(facts: Facts): { readonly verdict: LoadVerdict; readonly shortcomings: readonly string[] } {
  const shortcomings = [...registrations(facts), ...calls(facts), ...others(facts)]
  const { saturatedShare, outside, inside } = facts
  const generatorLateMs = Math.max(outside.lateness.p99, inside.lateness.p99)
  return { verdict: verdictOf({ shortcomings, saturatedShare, generatorLateMs }), shortcomings }
}

function registrations({ order, lost, seen, beyondLimit, outside }: Facts): string[] {
  const wanted = Math.max(order.registrations, order.calls)
  const keepalives = outside.stages['keepalive REGISTER']?.count ?? 0
  const due = wanted * Math.floor(order.holdSeconds / keepaliveSeconds)
  return [
    ...when(seen.registrations !== wanted, `Unified CM has ${seen.registrations} of ${wanted} registrations`),
    ...when(lost.registrations > 0, `${lost.registrations} registrations were lost`),
    ...when(keepalives < due, `${keepalives} keepalives of ${due} that were due`),
    ...when(beyondLimit === 'registered', 'the registration beyond the limit was not refused'),
  ]
}

function calls({ order, lost, seen, outside, inside, captured }: Facts): string[] {
  if (order.calls === 0) return []
  const audio = (who: string, { audio: { received, lost: missing, silent } }: Facts['outside']) => [
    ...when(!isWithin(received, missing), `${who} missed ${missing} of ${received + missing} packets`),
    ...when(silent > 0, `${silent} streams to ${who} fell silent`),
    ...when(received === 0, `${who} heard nothing`),
  ]
  return [
    ...when(seen.calls !== order.calls, `Unified CM has ${seen.calls} of ${order.calls} calls`),
    ...when(lost.calls > 0, `${lost.calls} calls were lost`),
    ...audio('clients outside', outside),
    ...audio('phones inside', inside),
    ...capture(order.calls, captured),
  ]
}

function capture(wanted: number, captured: Facts['captured']): string[] {
  if (captured === undefined) return []
  if ('error' in captured) return [`tshark could not judge the audio: ${captured.error}`]
  const { streams, packets, lost } = captured
  return [
    ...when(streams !== 2 * wanted, `tshark sees ${streams} streams of ${2 * wanted}`),
    ...when(!isWithin(packets, lost), `tshark misses ${lost} of ${packets + lost} packets`),
  ]
}

/** Every failure counts, but the one that the limit had to make. */
function others({ outside, inside, lost, beyondLimit, takingDown }: Facts): string[] {
  const list = Object.entries({ ...outside.failures }).map(([reason, count]): [string, number] => {
    const isWanted = beyondLimit === 'refused' && reason.startsWith('REGISTER: 503')
    return [reason, isWanted ? count - 1 : count]
  })
  return [
    ...when(takingDown !== undefined, `at the end: ${takingDown}`),
    ...when(lost.chats > 0, `${lost.chats} chats were lost`),
    ...[...list, ...Object.entries(inside.failures)].flatMap(([reason, count]) =>
      when(count > 0, `${count} times ${reason}`),
    ),
  ]
}

/** Guide of the examiner: less than one packet of a thousand. */
function isWithin(received: number, lost: number): boolean {
  return lost === 0 || lost / (received + lost) < 0.001
}

function when(isSo: boolean, says: string): string[] {
  return isSo ? [says] : []
}

const keepaliveSeconds = 115
