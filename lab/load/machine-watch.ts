import type { MachineTicks, ProcessUsage } from './process-usage.ts'
import { busyShare, machineTicks, processUsage } from './process-usage.ts'
import { saturation } from './verdict.ts'

/** What a process used in a stretch of time. */
export interface HostUsage {
  readonly host: string
  /** Seconds of processor time. */
  readonly processorSeconds: number
  /** Of one processor. */
  readonly processorShare: number
  readonly memoryMegabytes: number
}

/** Looks at the machine and at processes of ours, again and again. */
export class MachineWatch {
  readonly #processes: ReadonlyMap<string, number>
  #usage: ReadonlyMap<string, ProcessUsage>
  #ticks: MachineTicks = machineTicks()
  #beganMs: number
  #looks = 0
  #saturated = 0
  readonly #nowMs: () => number

  /** `processes`: ids by host. */
  constructor(processes: ReadonlyMap<string, number>, nowMs: () => number) {
    this.#processes = processes
    this.#nowMs = nowMs
    this.#usage = usageOf(processes)
    this.#beganMs = nowMs()
  }

  /** Share of all processors used since the last look. */
  look(): number {
    const ticks = machineTicks()
    const share = busyShare(this.#ticks, ticks)
    this.#ticks = ticks
    this.#looks++
    if (share >= saturation) this.#saturated++
    return share
  }

  /** Share of the looks since `restart` at which nothing was left. */
  get saturatedShare(): number {
    return this.#looks === 0 ? 0 : this.#saturated / this.#looks
  }

  /** What each process used since the last restart; a new stretch begins. */
  restart(): HostUsage[] {
    const [before, after] = [this.#usage, usageOf(this.#processes)]
    const seconds = (this.#nowMs() - this.#beganMs) / 1000
    this.#usage = after
    this.#beganMs = this.#nowMs()
    this.#looks = 0
    this.#saturated = 0
    return [...after].map(([host, { processorSeconds, memoryMegabytes }]) => {
      const used = processorSeconds - (before.get(host)?.processorSeconds ?? 0)
      return { host, processorSeconds: used, processorShare: used / Math.max(seconds, 0.001), memoryMegabytes }
    })
  }
}

function usageOf(processes: ReadonlyMap<string, number>): Map<string, ProcessUsage> {
  return new Map(
    [...processes].flatMap(([host, pid]) => {
      const usage = processUsage(pid)
      return usage === undefined ? [] : [[host, usage] as const]
    }),
  )
}
