import type { CryptoLine } from './crypto-line.ts'
import { writeCrypto } from './crypto-line.ts'
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

  /** Turns the other side's camera for a moment. */
  turn(move: CameraMove): void {
    if (!this.#isAgreed) throw new Error('far-end camera control was not agreed on')
    this.#timestamp = (this.#timestamp + clockRate / 10) >>> 0
    const payload = Buffer.from([...frameHead, startAction, cameraMoves[move], shortTime])
    this.#line.send({ payloadType: this.#payloadType, timestamp: this.#timestamp, marker: true, payload })
  }

  report(): CameraControlReport {
    return { ...this.#line.report(), isAgreed: this.#isAgreed, moves: [...this.#moves] }
  }

  close(): Promise<void> {
    return this.#line.close()
  }

  takeFrame(frame: Buffer): void {
    const isAction = frame.length >= frameHead.length + 3 && frame[frameHead.length] === startAction
    const turned = frame[frameHead.length + 1]
    const move = Object.entries(cameraMoves).find(([, code]) => code === turned)?.[0] as CameraMove | undefined
    if (isAction && move !== undefined) this.#moves = [...this.#moves.slice(-mostMoves), move]
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
/** H.281 §5: START ACTION and how long it lasts without being repeated. */
const startAction = 0x01
const shortTime = 0x01
const mostMoves = 15

function h224In(section: Section): number | undefined {
  const found = section.values('rtpmap').flatMap((value) => /^(\d+) H224\/4800$/i.exec(value)?.[1] ?? [])[0]
  return found === undefined ? undefined : Number(found)
}
