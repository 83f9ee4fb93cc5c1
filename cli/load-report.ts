import type { LoadReport } from '#lab/load/load-report.ts'
import { column } from './operate.ts'

/** What a person reads at the end of `mra load`. */
export function loadReport(report: LoadReport): string {
  return [
    ...stageLines(report),
    ...usageLines(report),
    ...audioLines(report),
    ...inside(report),
    '',
    `verdict: ${report.verdict}`,
    ...report.shortcomings.map((each) => `  ${each}`),
  ].join('\n')
}

const milliseconds = (value: number) => value.toFixed(1).padStart(9)

function stageLines({ outside, inside }: LoadReport): string[] {
  const row = (title: string, { count, p50, p95, p99, max }: LoadReport['outside']['transit']) =>
    column(title, 34) + String(count).padStart(9) + [p50, p95, p99, max].map(milliseconds).join('')
  const stages = Object.entries(outside.stages).map(([title, figures]) => row(title, figures))
  const audio =
    outside.transit.count === 0
      ? []
      : [
          row('audio packet, phone to client', outside.transit),
          row('audio packet, client to phone', inside.transit),
          row('generator late, clients', outside.lateness),
          row('generator late, phones', inside.lateness),
        ]
  return [
    column('milliseconds', 34) + ['n', 'p50', 'p95', 'p99', 'max'].map((each) => each.padStart(9)).join(''),
    ...stages,
    ...audio,
  ]
}

function usageLines({ usage, rampSeconds, saturatedShare, order }: LoadReport): string[] {
  const rows = usage.hold.map(({ host, processorShare, memoryMegabytes }) => {
    const before = usage.ramp.find((each) => each.host === host)
    return (
      column(host, 34) +
      `${(before?.processorSeconds ?? 0).toFixed(1)} s`.padStart(12) +
      `${(processorShare * 100).toFixed(1)} %`.padStart(12) +
      `${memoryMegabytes.toFixed(0)} MB`.padStart(12)
    )
  })
  const title = ['ramp', 'hold', 'memory'].map((each) => each.padStart(12)).join('')
  return [
    '',
    column(`processor; ramp ${rampSeconds.toFixed(0)} s, hold ${order.holdSeconds} s`, 34) + title,
    ...rows,
    `the machine had nothing left in ${(saturatedShare * 100).toFixed(0)} % of the looks during the hold`,
  ]
}

function audioLines({ order, outside, inside, captured }: LoadReport): string[] {
  if (order.calls === 0) return []
  const share = (received: number, lost: number) => `${((100 * lost) / Math.max(1, received + lost)).toFixed(4)} %`
  const end = (who: string, { audio: { sent, received, lost, late } }: LoadReport['outside']) =>
    `${who}: sent ${sent}, received ${received}, lost ${lost} (${share(received, lost)}), late ${late}`
  const tshark =
    captured === undefined
      ? 'tshark was not asked'
      : 'error' in captured
        ? `tshark could not judge: ${captured.error}`
        : `tshark: ${captured.streams} streams, ${captured.packets} packets, lost ${captured.lost} (${share(captured.packets, captured.lost)})`
  return ['', end('clients outside', outside), end('phones inside', inside), tshark]
}

function inside({ seen, lost, beyondLimit }: LoadReport): string[] {
  return [
    '',
    `Unified CM at the end of the hold: ${seen.registrations} registrations, ${seen.calls} calls; ` +
      `throttled ${seen.throttled.stalled} times, closed ${seen.throttled.closed} times`,
    `lost: ${lost.registrations} registrations, ${lost.calls} calls, ${lost.chats} chats`,
    ...(beyondLimit === undefined ? [] : [`one registration more than there is room for: ${beyondLimit}`]),
  ]
}
