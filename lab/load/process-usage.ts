import { readFileSync } from 'node:fs'

/** What a process has used since its start, and holds now. */
export interface ProcessUsage {
  /** Seconds of processor time, user and system. */
  readonly processorSeconds: number
  /** Proportional set size; resident set size where the kernel does not tell. */
  readonly memoryMegabytes: number
}

/** Undefined where the process has ended. */
export function processUsage(pid: number): ProcessUsage | undefined {
  try {
    return { processorSeconds: processorSeconds(pid), memoryMegabytes: memoryMegabytes(pid) }
  } catch {
    return undefined
  }
}

/** The kernel counts in ticks of 10 ms (proc(5), `stat`, fields 14 and 15). */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

const ticksPerSecond = 100

function memoryMegabytes(pid: number): number {
  try {
    return kilobytes(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss') / 1024
  } catch {
    return kilobytes(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmRSS') / 1024
  }
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1])
}

/** Ticks of all processors together since the machine started: busy, and in all. */
export interface MachineTicks {
  readonly busy: number
  readonly all: number
}

/** proc(5), `stat`, first line. What a hypervisor took away counts as busy. */
export function machineTicks(): MachineTicks {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1)
  const [user, nice, system, idle, waiting, ...others] = first.trim().split(/\s+/).slice(1, 9).map(Number)
  const resting = idle! + waiting!
  const busy = user! + nice! + system! + others.reduce((sum, value) => sum + value, 0)
  return { busy, all: busy + resting }
}

/** Share of all processors that was used between two looks, 0 to 1. */
export function busyShare(before: MachineTicks, after: MachineTicks): number {
  const all = after.all - before.all
  return all <= 0 ? 0 : (after.busy - before.busy) / all
}
