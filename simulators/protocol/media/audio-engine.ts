import type { MonotonicClock } from '#runtime/clock.ts'
import type { ToneEstimate } from './tone-estimate.ts'

/** Which engine makes and hears the audio of a call, and why it is not the one asked for. */
export interface EngineInUse {
  readonly engine: 'plain' | 'wrtc'
  readonly engineProblem?: string
}

/** A packet of G.711 µ-law. */
export interface AudioPacket {
  readonly sequenceNumber: number
  readonly timestamp: number
  readonly marker: boolean
  readonly payload: Buffer
}

export interface EngineLineOptions {
  readonly clock: MonotonicClock
  readonly toneHz: number
  /** A frame of G.711 µ-law to send, `samples` behind the one before. */
  readonly onFrame: (payload: Buffer, samples: number) => void
}

/** Where the sound of one call is made and heard; how it gets to the other side is not its business. */
export interface EngineLine {
  readonly inUse: EngineInUse
  /** Hz; 0 is silence. */
  toneHz: number
  /** From now on there are frames. */
  start(): void
  /** A packet of the other side. `isNewSource`: the first one of another SSRC. */
  take(packet: AudioPacket, isNewSource: boolean): void
  /** The tone heard in the last `milliseconds`; undefined where less than half of that time was heard. */
  heardTone(milliseconds: number): ToneEstimate | undefined
  /** All tones that sounded together, in Hz, the loudest first. */
  heardTones(milliseconds: number): number[]
  close(): Promise<void>
}

export type OpenEngineLine = (options: EngineLineOptions) => Promise<EngineLine>
