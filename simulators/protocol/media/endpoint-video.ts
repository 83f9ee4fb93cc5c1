import type { HostNetwork } from '#runtime/network.ts'
import type { CameraControlReport, CameraMove } from './camera-control-line.ts'
import { CameraControlLine } from './camera-control-line.ts'
import type { FloorReport } from './floor/floor-line.ts'
import { FloorLine } from './floor/floor-line.ts'
import type { FurtherLine } from './further-line.ts'
import type { VideoContent, VideoLineOptions, VideoReport } from './video/video-line.ts'
import type { KeyframeRequest } from './video/feedback.ts'
import { VideoLine } from './video/video-line.ts'

export interface EndpointVideoOptions {
  readonly network: HostNetwork
  readonly isSecure: boolean
  readonly ports: readonly [number, number]
  readonly hasWrongKeyBit?: boolean | undefined
  readonly firstSequence?: number | undefined
  /** Of the whole call, audio included. */
  readonly callKbps: number
  /** What its encoder makes at most of one picture; 0: video is negotiated, nothing is shown. */
  readonly encoderKbps: number
  /** Slides with floor control, and far-end camera control. */
  readonly hasContent: boolean
}

/** What an endpoint can say about its video, slides and their floor. */
export interface EndpointVideoReport {
  readonly main: VideoReport
  readonly slides?: VideoReport
  readonly floor?: FloorReport
  readonly cameraControl?: CameraControlReport
}

/** What the audio takes of the call's rate: G.711 with its headers. */
const audioKbps = 80

/**
 * The m-lines of an endpoint with a camera besides its audio. The call's rate is for all of them: while slides are shown
 * they and the camera have half of it each.
 */
export class EndpointVideo {
  readonly #options: EndpointVideoOptions
  readonly #main: VideoLine
  readonly #slides: VideoLine | undefined
  readonly #floor: FloorLine | undefined
  readonly #cameraControl: CameraControlLine | undefined
  #sessionKbps: number | undefined
  #isSharing = false

  static async open(options: EndpointVideoOptions): Promise<EndpointVideo> {
    const { callKbps, hasContent, network, ports } = options
    const opened: { video?: EndpointVideo } = {}
    const line = (content: VideoContent): VideoLineOptions => ({
      ...options,
      content,
      isLabelled: hasContent,
      bitsPerSecond: Math.max(1, callKbps - audioKbps) * 1000,
      framesPerSecond: framesPerSecond[content],
    })
    const main = await VideoLine.open(line('main'))
    const onHolder = (holder: string) => opened.video?.floorIs(holder === 'us')
    opened.video = new EndpointVideo(
      options,
      main,
      hasContent
        ? {
            slides: await VideoLine.open(line('slides')),
            floor: await FloorLine.open({ network, ports, onHolder }),
            cameraControl: await CameraControlLine.open(options),
          }
        : undefined,
    )
    return opened.video
  }

  private constructor(
    options: EndpointVideoOptions,
    main: VideoLine,
    content: { slides: VideoLine; floor: FloorLine; cameraControl: CameraControlLine } | undefined,
  ) {
    this.#options = options
    this.#main = main
    this.#slides = content?.slides
    this.#floor = content?.floor
    this.#cameraControl = content?.cameraControl
  }

  get lines(): readonly FurtherLine[] {
    const lines = [this.#main, this.#slides, this.#floor, this.#cameraControl]
    return lines.filter((line) => line !== undefined)
  }

  /** All lines are settled; `sessionKbps` is what the other side takes of the whole call. */
  settled(sessionKbps: number | undefined): void {
    this.#sessionKbps = sessionKbps
    this.#sendBoth()
  }

  /** Shows slides. Throws where the call has none or the floor is not to be had. */
  async share(): Promise<void> {
    const floor = this.#floor?.control
    if (floor === undefined || this.#slides?.isAgreed !== true) throw new Error('the call has no slides')
    if (!(await floor.take())) throw new Error('the floor was not granted')
  }

  async stopSharing(): Promise<void> {
    await this.#floor?.control?.giveBack()
  }

  turnFarCamera(move: CameraMove): void {
    if (this.#cameraControl === undefined) throw new Error('this endpoint has no far-end camera control')
    this.#cameraControl.turn(move)
  }

  /** Asks the other side for a keyframe of its camera. */
  requestKeyframe(kind: KeyframeRequest): void {
    this.#main.requestKeyframe(kind)
  }

  report(): EndpointVideoReport {
    return {
      main: this.#main.report(),
      ...(this.#slides === undefined ? {} : { slides: this.#slides.report() }),
      ...(this.#floor === undefined ? {} : { floor: this.#floor.report() }),
      ...(this.#cameraControl === undefined ? {} : { cameraControl: this.#cameraControl.report() }),
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.lines.map((line) => line.close()))
  }

  floorIs(isOurs: boolean): void {
    this.#isSharing = isOurs
    this.#sendBoth()
  }

  #sendBoth(): void {
    const most = this.#options.encoderKbps * 1000
    const { callKbps } = this.#options
    const session = (Math.min(callKbps, this.#sessionKbps ?? callKbps) - audioKbps) * 1000
    const told = Math.max(this.#main.mostBitsPerSecond ?? 0, this.#slides?.mostBitsPerSecond ?? 0)
    const budget = Math.max(0, Math.min(session, told))
    const each = this.#isSharing && this.#slides?.isAgreed === true ? budget / 2 : budget
    this.#main.send(this.#main.isAgreed ? Math.min(each, most) : 0)
    this.#slides?.send(this.#isSharing ? Math.min(each, most) : 0)
  }
}

/** Slides change seldom. */
const framesPerSecond: Readonly<Record<VideoContent, number>> = { main: 30, slides: 10 }
