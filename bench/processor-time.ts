import { readFileSync } from 'node:fs'

/** Milliseconds of processor time a process has used: the kernel's scheduler statistics, ns resolution. */
export function processorTime(pid: number): number {
  const tasks = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
  return Number(tasks[0]) / 1e6
}

/** The same over several processes. */
export function processorTimes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + processorTime(pid), 0)
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

export interface Figure {
  readonly title: string
  /** Wall time, ms; undefined where only processor time means something. */
  readonly wallMs?: readonly number[]
  /** Processor time of one operation, by who spent it. */
  readonly cpu: Readonly<Record<string, { readonly value: number; readonly unit: 'ms' | 'us' }>>
  readonly operations: number
}
