import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import type { CryptoLine } from './crypto-line.ts'
import { writeCrypto } from './crypto-line.ts'
import { pace } from './pacing.ts'
import type { DescribedAs, FurtherLine } from './further-line.ts'
import type { RtpLineOptions, RtpLineReport } from './rtp-line.ts'
import { RtpLine } from './rtp-line.ts'
import type { Section } from './section.ts'
import { isSecure } from './section.ts'

/** Where the far camera is to turn (ITU-T H.281). */
export const cameraMoves = { left: 0x80, right: 0xc0, down: 0x20, up: 0x30 } as const
export type CameraMove = keyof typeof cameraMoves

export interface CameraControlReport extends RtpLineReport {
  readonly isAgreed: boolean
  /** What the other side asked of our camera, the last ones. */
  readonly moves: readonly CameraMove[]
}

type Options = Omit<RtpLineOptions, 'clockRate' | 'onPacket' | 'onReports'>

/** Far-end camera control: H.224 frames with H.281 messages as RTP (RFC 4573), secured like the other media. */
export class CameraControlLine implements FurtherLine {
  readonly #isSecure: boolean
  readonly #line: RtpLine
  #payloadType = ownPayloadType
  #isAgreed = false
  readonly #clock: MonotonicClock
  #turning: Timer | undefined
  #isTurning = false
  #timestamp = 0
  #moves: CameraMove[] = []

  static async open(options: Options): Promise<CameraControlLine> {
    const opened: { line?: CameraControlLine } = {}
    const onPacket: RtpLineOptions['onPacket'] = (_header, payload) => opened.line?.takeFrame(payload)
    opened.line = new CameraControlLine(options, await RtpLine.open({ ...options, clockRate, onPacket }))
    return opened.line
  }

  private constructor(options: Options, line: RtpLine) {
    this.#isSecure = options.isSecure
    this.#line = line
    this.#clock = options.network.clocks.monotonic
  }

  matches(offered: Section): boolean {
    return offered.kind === 'application' && h224In(offered) !== undefined
  }

  offer(as: DescribedAs): string[] {
    return this.#describe(as, ownPayloadType, this.#line.offeredKeys)
  }

  answer(offered: Section, as: DescribedAs): string[] | undefined {
    const keys = this.#line.answeringKeys(offered.crypto)
    const isKeyed = !this.#isSecure || keys.length > 0
    if (offered.port === 0 || isSecure(offered) !== this.#isSecure || !isKeyed) return undefined
    return this.#describe(as, h224In(offered)!, keys)
  }

  settle(remote: Section, { isAnswerer }: { isAnswerer: boolean }): void {
    const payloadType = h224In(remote)
    if (remote.port === 0 || payloadType === undefined) return this.refuse()
    if (isAnswerer) this.#line.answered(remote)
    else if (!this.#line.takeAnswer(remote)) return this.refuse()
    this.#payloadType = payloadType
    this.#isAgreed = true
  }

  renewKeys(): void {
    this.#line.renewKeys()
  }

  refuse(): void {
    this.#isAgreed = false
  }

  /** Turns the other side's camera for a moment: START, some CONTINUE, STOP (H.281 §5). */
  turn(move: CameraMove): void {
    if (!this.#isAgreed) throw new Error('far-end camera control was not agreed on')
    this.#turning?.cancel()
    const actions = [startAction, ...Array.from({ length: continuations }, () => continueAction), stopAction]
    const turning = pace(this.#clock, { everyMs: actionMs, firstMs: 0 }, () => {
      const action = actions.shift()
      if (action === undefined) return turning.cancel()
      this.#send(action === startAction ? [action, cameraMoves[move], shortTime] : [action, cameraMoves[move]])
    })
    this.#turning = turning
  }

  report(): CameraControlReport {
    return { ...this.#line.report(), isAgreed: this.#isAgreed, moves: [...this.#moves] }
  }

  close(): Promise<void> {
    this.#turning?.cancel()
    return this.#line.close()
  }

  takeFrame(frame: Buffer): void {
    const [action, turned] = [frame[frameHead.length], frame[frameHead.length + 1]]
    const move = Object.entries(cameraMoves).find(([, code]) => code === turned)?.[0] as CameraMove | undefined
    // A START may be lost: the CONTINUE behind it says the same.
    const begins = action === startAction || (action === continueAction && !this.#isTurning)
    this.#isTurning = action === startAction || action === continueAction
    if (begins && move !== undefined) this.#moves = [...this.#moves.slice(-mostMoves), move]
  }

  #send(message: readonly number[]): void {
    this.#timestamp = (this.#timestamp + (clockRate * actionMs) / 1_000) >>> 0
    const payload = Buffer.from([...frameHead, ...message])
    this.#line.send({ payloadType: this.#payloadType, timestamp: this.#timestamp, marker: true, payload })
  }

  #describe({ address, direction }: DescribedAs, payloadType: number, keys: readonly CryptoLine[]): string[] {
    const { port } = this.#line.local
    return [
      `m=application ${port} ${this.#isSecure ? 'RTP/SAVP' : 'RTP/AVP'} ${payloadType}`,
      `c=IN IP4 ${address}`,
      `a=rtpmap:${payloadType} H224/4800`,
      `a=rtcp:${port + 1} IN IP4 ${address}`,
      ...keys.map(writeCrypto),
      `a=${direction}`,
    ]
  }
}

const ownPayloadType = 125
const clockRate = 4_800
/** Q.922 head for low priority, broadcast to any terminal from any, client H.281, one whole frame (ITU-T H.224 §7). */
const frameHead = [0x00, 0x8e, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01, 0xc0] as const
const startAction = 0x01
const continueAction = 0x02
const stopAction = 0x03
const continuations = 4
const actionMs = 100
/** How long START ACTION lasts without being continued: 100 ms. */
const shortTime = 0x01
const mostMoves = 15

function h224In(section: Section): number | undefined {
  const found = section.values('rtpmap').flatMap((value) => /^(\d+) H224\/4800$/i.exec(value)?.[1] ?? [])[0]
  return found === undefined ? undefined : Number(found)
}
