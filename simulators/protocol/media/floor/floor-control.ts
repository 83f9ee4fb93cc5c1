import type { MonotonicClock } from '#runtime/clock.ts'
import type { FloorMessage } from './messages.ts'
import { Primitive, RequestStatus } from './messages.ts'
import { FloorTransactions } from './transactions.ts'

export type FloorHolder = 'us' | 'peer' | 'nobody'

/** Numbers of the floor control server's description (RFC 8856 §6). */
export interface FloorNumbers {
  readonly conference: number
  /** Of the client. */
  readonly user: number
  readonly floor: number
}

export interface FloorControlOptions {
  readonly clock: MonotonicClock
  readonly role: 'server' | 'client'
  readonly numbers: FloorNumbers
  readonly send: (message: FloorMessage) => void
  readonly onHolder: (holder: FloorHolder) => void
}

/**
 * One side of the floor that two endpoints share for their slides. Who asks last has it: the one before is told that it
 * was revoked, as these products do it.
 */
export class FloorControl {
  readonly #options: FloorControlOptions
  readonly #transactions: FloorTransactions
  #holder: FloorHolder = 'nobody'
  #requests = 0
  #ourRequest: number | undefined
  #isGreeted = false

  constructor(options: FloorControlOptions) {
    this.#options = options
    this.#transactions = new FloorTransactions(options.clock, options.send)
  }

  get holder(): FloorHolder {
    return this.#holder
  }

  get retransmissions(): number {
    return this.#transactions.retransmissions
  }

  /** The other side has answered our Hello, or greeted us. */
  get isGreeted(): boolean {
    return this.#isGreeted
  }

  /** The client says hello and asks who has the floor. */
  async start(): Promise<void> {
    if (this.#options.role === 'server') return
    const hello = await this.#request({ primitive: Primitive.hello })
    if (hello?.primitive !== Primitive.helloAck) return
    this.#isGreeted = true
    const status = await this.#request({ primitive: Primitive.floorQuery })
    if (status?.primitive === Primitive.floorStatus) this.#noteStatus(status)
  }

  /** True once the floor is ours. */
  async take(): Promise<boolean> {
    if (this.#holder === 'us') return true
    if (this.#options.role === 'server') {
      const revoked = this.#holder === 'peer' ? this.#requests : undefined
      this.#requests++
      if (revoked !== undefined) void this.#tellRequest(revoked, RequestStatus.revoked)
      this.#hold('us')
      await this.#tellFloor()
      return true
    }
    const answer = await this.#request({ primitive: Primitive.floorRequest })
    if (answer?.primitive !== Primitive.floorRequestStatus || answer.status !== RequestStatus.granted) return false
    this.#ourRequest = answer.request
    this.#hold('us')
    return true
  }

  async giveBack(): Promise<void> {
    if (this.#holder !== 'us') return
    this.#hold('nobody')
    if (this.#options.role === 'server') return void (await this.#tellFloor())
    await this.#request({ primitive: Primitive.floorRelease, request: this.#ourRequest })
  }

  receive(message: FloorMessage): void {
    if (message.conference !== this.#options.numbers.conference) return
    if (message.isResponse) return void this.#transactions.takeResponse(message)
    this.#transactions.answer(message, () =>
      this.#options.role === 'server' ? this.#serve(message) : this.#obey(message),
    )
  }

  close(): void {
    this.#transactions.close()
  }

  /** A client's request at the server. */
  #serve({ primitive }: FloorMessage) {
    switch (primitive) {
      case Primitive.hello:
        this.#isGreeted = true
        return this.#message({ primitive: Primitive.helloAck })
      case Primitive.floorQuery:
        return this.#floorStatus()
      case Primitive.floorRequest:
        this.#requests++
        this.#hold('peer')
        return this.#requestStatus(this.#requests, RequestStatus.granted)
      case Primitive.floorRelease:
        if (this.#holder === 'peer') this.#hold('nobody')
        return this.#requestStatus(this.#requests, RequestStatus.released)
      default:
        return this.#message({ primitive: Primitive.error })
    }
  }

  /** What the server tells its client unasked. */
  #obey(message: FloorMessage) {
    if (message.primitive === Primitive.floorStatus) {
      this.#noteStatus(message)
      return this.#message({ primitive: Primitive.floorStatusAck })
    }
    if (message.primitive !== Primitive.floorRequestStatus) return undefined
    const isOurs = message.request === this.#ourRequest && this.#holder === 'us'
    if (isOurs && message.status === RequestStatus.revoked) this.#hold('nobody')
    return this.#message({ primitive: Primitive.floorRequestStatusAck })
  }

  #noteStatus({ status, beneficiary }: FloorMessage): void {
    if (status !== RequestStatus.granted) return this.#hold(this.#holder === 'us' ? 'us' : 'nobody')
    this.#hold(beneficiary === this.#options.numbers.user ? 'us' : 'peer')
  }

  #hold(holder: FloorHolder): void {
    if (holder === this.#holder) return
    this.#holder = holder
    this.#options.onHolder(holder)
  }

  #tellFloor(): Promise<FloorMessage | undefined> {
    return this.#transactions.request(this.#floorStatus())
  }

  #tellRequest(request: number, status: number): Promise<FloorMessage | undefined> {
    return this.#transactions.request(this.#requestStatus(request, status))
  }

  #floorStatus() {
    if (this.#holder === 'nobody') return this.#message({ primitive: Primitive.floorStatus })
    const beneficiary = this.#holder === 'peer' ? this.#options.numbers.user : serverUser
    const request = this.#requests
    return this.#message({ primitive: Primitive.floorStatus, request, status: RequestStatus.granted, beneficiary })
  }

  #requestStatus(request: number, status: number) {
    return this.#message({ primitive: Primitive.floorRequestStatus, request, status })
  }

  #request(part: { primitive: number; request?: number | undefined }): Promise<FloorMessage | undefined> {
    return this.#transactions.request(this.#message(part))
  }

  #message(part: { primitive: number; request?: number | undefined; status?: number; beneficiary?: number }) {
    const { conference, user, floor } = this.#options.numbers
    return { conference, user, floor, ...part }
  }
}

/** Beneficiary where the server shows slides itself; clients have other numbers. */
const serverUser = 1
