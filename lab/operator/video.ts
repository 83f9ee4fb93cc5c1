import type { Endpoint } from '../endpoint.ts'

/** What an endpoint measured of one video stream, and sent on it. */
export interface VideoStreamReport {
  readonly isAgreed: boolean
  readonly packetsSent: number
  readonly packetsReceived: number
  readonly lost: number
  readonly authFailures: number
  readonly strangers: number
  readonly suite?: string
  readonly frames: number
  readonly keyframes: number
  readonly spoiled: number
  /** Of the last second. */
  readonly kbps?: number
  /** `720p`, `w448p`, `w288p`, `w144p`. */
  readonly picture?: string
  /** What the other side takes at most. */
  readonly mostKbps?: number
  readonly sentKbps: number
  readonly keyframesAsked: { readonly PLI: number; readonly FIR: number }
}

/** Camera and content of a call at one endpoint. */
export interface VideoReport {
  readonly main: VideoStreamReport
  readonly slides?: VideoStreamReport
  readonly floor?: {
    readonly isAgreed: boolean
    readonly isGreeted: boolean
    readonly holder: 'us' | 'peer' | 'nobody'
    readonly sent: number
    readonly received: number
    readonly strangers: number
  }
  readonly cameraControl?: { readonly isAgreed: boolean; readonly moves: readonly string[] }
}

/** Of the newest call; throws where it has no video. */
export function videoOf(endpoint: Endpoint): Promise<VideoReport> {
  return endpoint.call<VideoReport>('video')
}
