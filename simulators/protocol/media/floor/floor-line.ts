import type { Endpoint, HostNetwork, UdpPort } from '#runtime/network.ts'
import type { DescribedAs, FurtherLine } from '../further-line.ts'
import type { Section } from '../section.ts'
import { labels } from '../video/video-line.ts'
import type { FloorHolder, FloorNumbers } from './floor-control.ts'
import { FloorControl } from './floor-control.ts'
import { readFloorMessage, writeFloorMessage } from './messages.ts'

export interface FloorReport {
  readonly isAgreed: boolean
  readonly role?: 'server' | 'client'
  readonly isGreeted: boolean
  readonly holder: FloorHolder
  readonly sent: number
  readonly received: number
  readonly retransmissions: number
  /** Packets from elsewhere than the negotiated address, and such that are no message. */
  readonly strangers: number
  readonly malformed: number
  readonly local: Endpoint
  readonly remote?: Endpoint
}

export interface FloorLineOptions {
  readonly network: HostNetwork
  readonly ports: readonly [number, number]
  readonly onHolder: (holder: FloorHolder) => void
}

/** The floor of the slides: `m=application UDP/BFCP` (RFC 8856). Whoever answers first is the floor control server. */
export class FloorLine implements FurtherLine {
  readonly #options: FloorLineOptions
  readonly #port: UdpPort
  readonly #own: FloorNumbers
  #role: 'server' | 'client' | undefined
  #control: FloorControl | undefined
  #remote: Endpoint | undefined
  #counts = { sent: 0, received: 0, strangers: 0, malformed: 0 }

  static async open(options: FloorLineOptions): Promise<FloorLine> {
    const opened: { line?: FloorLine } = {}
    const onMessage = (packet: Buffer, from: Endpoint) => opened.line?.takePacket(packet, from)
    const { network, ports } = options
    const port = await openPort(network, ports, onMessage)
    opened.line = new FloorLine(options, port)
    return opened.line
  }

  private constructor(options: FloorLineOptions, port: UdpPort) {
    const { random } = options.network
    this.#options = options
    this.#port = port
    this.#own = { conference: random.integer(1, 0xffff_ffff), user: random.integer(2, 0xffff), floor: slidesFloor }
  }

  /** The floor while it is agreed on. */
  get control(): FloorControl | undefined {
    return this.#remote === undefined ? undefined : this.#control
  }

  matches({ kind, protocol }: Section): boolean {
    return kind === 'application' && protocol === 'UDP/BFCP'
  }

  offer({ address }: DescribedAs): string[] {
    const roles = { server: 's-only', client: 'c-only' } as const
    return this.#describe(address, this.#role === undefined ? 'c-s' : roles[this.#role])
  }

  answer(offered: Section, { address }: DescribedAs): string[] | undefined {
    if (offered.port === 0) return undefined
    const isServer = this.#role === undefined ? offered.values('floorctrl')[0] !== 's-only' : this.#role === 'server'
    return this.#describe(address, isServer ? 's-only' : 'c-only')
  }

  settle(remote: Section, { isAnswerer }: { isAnswerer: boolean }): void {
    if (remote.port === 0) return this.refuse()
    this.#remote = { address: remote.address, port: remote.port }
    if (this.#control !== undefined) return
    const theirs = remote.values('floorctrl')[0]
    this.#role = (isAnswerer ? theirs !== 's-only' : theirs === 'c-only') ? 'server' : 'client'
    const numbers = this.#role === 'server' ? this.#own : numbersOf(remote)
    this.#control = new FloorControl({
      clock: this.#options.network.clocks.monotonic,
      role: this.#role,
      numbers,
      send: (message) => this.#send(writeFloorMessage(message)),
      onHolder: this.#options.onHolder,
    })
    void this.#control.start()
  }

  renewKeys(): void {
    // In clear: releases of this time know no UDP/TLS/BFCP.
  }

  refuse(): void {
    this.#remote = undefined
  }

  report(): FloorReport {
    return {
      isAgreed: this.#remote !== undefined,
      ...(this.#role === undefined ? {} : { role: this.#role }),
      isGreeted: this.#control?.isGreeted ?? false,
      holder: this.#control?.holder ?? 'nobody',
      retransmissions: this.#control?.retransmissions ?? 0,
      ...this.#counts,
      local: this.#port.local,
      ...(this.#remote === undefined ? {} : { remote: this.#remote }),
    }
  }

  async close(): Promise<void> {
    this.#remote = undefined
    this.#control?.close()
    await this.#port.close()
  }

  takePacket(packet: Buffer, from: Endpoint): void {
    const remote = this.#remote
    if (remote === undefined) return
    if (from.address !== remote.address || from.port !== remote.port) return void this.#counts.strangers++
    const message = readFloorMessage(packet)
    if (message === undefined) return void this.#counts.malformed++
    this.#counts.received++
    this.#control?.receive(message)
  }

  #send(packet: Buffer): void {
    if (this.#remote === undefined) return
    this.#counts.sent++
    this.#port.send(packet, this.#remote.port, this.#remote.address)
  }

  #describe(address: string, role: 'c-s' | 's-only' | 'c-only'): string[] {
    const { conference, user, floor } = this.#own
    const ofServer = [`a=confid:${conference}`, `a=floorid:${floor} mstrm:${labels.slides}`, `a=userid:${user}`]
    return [
      `m=application ${this.#port.local.port} UDP/BFCP *`,
      `c=IN IP4 ${address}`,
      `a=floorctrl:${role}`,
      ...(role === 'c-only' ? [] : ofServer),
      'a=setup:actpass',
      'a=connection:new',
    ]
  }
}

const slidesFloor = 2

function numbersOf({ values }: Section): FloorNumbers {
  const number = (name: string) => Number.parseInt(values(name)[0] ?? '0', 10)
  return { conference: number('confid'), user: number('userid'), floor: number('floorid') }
}

/** A free port of the range by trying. */
async function openPort(
  network: HostNetwork,
  [first, last]: readonly [number, number],
  onMessage: (packet: Buffer, from: Endpoint) => void,
): Promise<UdpPort> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await network.udp({ port: network.random.integer(first, last), protocol: 'BFCP', onMessage })
    } catch (error) {
      if ((error as { code?: string }).code !== 'EADDRINUSE' || attempt >= 40) throw error
    }
  }
}
