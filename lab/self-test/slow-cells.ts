import type { HostileListener } from './hostile-listeners.ts'
import { hostileListeners, titleOf } from './hostile-listeners.ts'
import { linkHeader, sipRequest, streamHeader } from './hostile-bytes.ts'
import type { RawConnection, RawTarget } from './raw-client.ts'
import { openTcp, openTls } from './raw-client.ts'

/** Connections that say nothing, or too little: opened first, judged last. */
export interface SlowCells {
  /** Connections of these cells to a listener that are still open. */
  openTo(listener: HostileListener): number
  /** Waits until all limits have passed; what is still open by then. */
  judge(): Promise<string[]>
  stop(): void
}

interface SlowCell {
  readonly name: string
  readonly listener: HostileListener
  readonly connection: RawConnection
  /** The documented limit in ms; longer ones are only noted. */
  readonly limitMs: number
  readonly drip: Uint8Array | undefined
}

/** Longer limits are tested where they can be set; here the connection only may not be older. */
const longestAwaitedMs = 32_000
/** A check runs once a second, and the machine may be busy. */
const graceMs = 4_000

/** In clear: the handshake or the first message. */
const clearLimits: Readonly<Record<HostileListener['speaks'], number>> = {
  https: 10_000,
  sips: 10_000,
  'mutual-sips': 10_000,
  'xcp-tls': 10_000,
  'tls-only': 10_000,
  ssh: 10_000,
  xcp: 10_000,
  http: 30_000,
  xmpp: 30_000,
  dns: 30_000,
  // RFC 5626: a flow may be silent between its keepalives; the cap on connections of a source bounds it.
  sip: Infinity,
}

export async function startSlowCells(addressOf: (host: string) => string, from: string): Promise<SlowCells> {
  const targetOf = ({ host, port }: HostileListener): RawTarget => ({ host: addressOf(host), port, from })
  const cells: SlowCell[] = await Promise.all([
    ...hostileListeners.map(async (listener) => ({
      name: 'silence',
      listener,
      connection: await openTcp(targetOf(listener)),
      limitMs: clearLimits[listener.speaks],
      drip: undefined,
    })),
    ...dripping.map(async ({ host, port, drip, start, limitMs }) => {
      const listener = hostileListeners.find((each) => each.host === host && each.port === port)!
      const isClear = ['xmpp', 'xcp', 'dns', 'http', 'sip'].includes(listener.speaks)
      const connection = await (isClear ? openTcp(targetOf(listener)) : openTls(targetOf(listener)))
      connection.write(start)
      return {
        name: drip === undefined ? 'silence behind the start' : 'a byte now and then',
        listener,
        connection,
        limitMs,
        drip,
      }
    }),
  ])
  const dripper = setInterval(() => {
    for (const { drip, connection } of cells) if (drip !== undefined) connection.write(drip)
  }, 1_000)
  const open = () => cells.filter(({ connection }) => !connection.isClosed)
  return {
    openTo: (listener) => open().filter((cell) => titleOf(cell.listener) === titleOf(listener)).length,
    judge: async () => judge(cells),
    stop() {
      clearInterval(dripper)
      for (const { connection } of cells) connection.destroy()
    },
  }
}

interface Dripping {
  readonly host: string
  readonly port: number
  readonly start: Uint8Array | string
  readonly drip?: Uint8Array
  readonly limitMs: number
}

const letter = Buffer.from('a')
const unfinished = sipRequest({ length: 'Content-Length: 4000' })

/** An idle limit would be put off by each byte: these have to be absolute. */
const dripping: readonly Dripping[] = [
  { host: 'vcse1', port: 8443, start: '', limitMs: 30_000 },
  { host: 'vcse1', port: 8443, start: 'GET / HTTP/1.1\r\nX: ', drip: letter, limitMs: 30_000 },
  {
    host: 'vcse1',
    port: 8443,
    start: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n',
    drip: letter,
    limitMs: 30_000,
  },
  { host: 'vcse1', port: 443, start: 'GET / HTTP/1.1\r\nX: ', drip: letter, limitMs: 30_000 },
  { host: 'cucm1', port: 6970, start: 'GET / HTTP/1.1\r\nX: ', drip: letter, limitMs: 30_000 },
  { host: 'vcse1', port: 5061, start: 'REGISTER sip:', drip: letter, limitMs: 30_000 },
  { host: 'vcse1', port: 5061, start: unfinished, drip: letter, limitMs: 30_000 },
  // Until a client proves to be one: 60 s.
  { host: 'vcse1', port: 5061, start: '\r\n\r\n', limitMs: 60_000 },
  { host: 'vcsc1', port: 5060, start: unfinished, drip: letter, limitMs: 30_000 },
  { host: 'vcsc1', port: 5060, start: '\r\n\r\n', limitMs: 30_000 },
  { host: 'cucm1', port: 5060, start: unfinished, drip: letter, limitMs: 10_000 },
  { host: 'vcse1', port: 5222, start: streamHeader, drip: Buffer.from(' '), limitMs: 30_000 },
  { host: 'imp1', port: 5222, start: streamHeader, drip: Buffer.from(' '), limitMs: 30_000 },
  { host: 'imp1', port: 7400, start: linkHeader, drip: Buffer.from(' '), limitMs: 10_000 },
  { host: 'pubdns', port: 53, start: Buffer.from([0xff, 0xff]), drip: letter, limitMs: 30_000 },
  { host: 'intdns', port: 53, start: Buffer.from([0xff, 0xff]), drip: letter, limitMs: 30_000 },
]

async function judge(cells: readonly SlowCell[]): Promise<string[]> {
  const awaited = cells.filter(({ limitMs }) => limitMs <= longestAwaitedMs)
  await Promise.allSettled(awaited.map(({ connection, limitMs }) => connection.untilOlderThan(limitMs + graceMs)))
  return cells.flatMap(({ name, listener, connection, limitMs }) =>
    (connection.closedAfterMs ?? connection.ageMs) <= limitMs + graceMs
      ? []
      : [
          `${titleOf(listener)}: ${name} held for ${Math.round(connection.closedAfterMs ?? connection.ageMs)} ms, the limit is ${limitMs}`,
        ],
  )
}
