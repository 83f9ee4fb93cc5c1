import { readFileSync } from 'node:fs'

/**
 * Lab numbers L with an address 127.L.x.x at which something still listens on TCP, or has a UDP port open (proc(5), /proc/net):
 * hosts that outlive a killed owner for a moment, or what a lab that failed to stop has left behind.
 */
export function labsInUse(): ReadonlySet<number> {
  const listening = sockets('/proc/net/tcp').filter(({ state }) => state === tcpListen)
  const labs = [...listening, ...sockets('/proc/net/udp')].filter(({ first }) => first === 127)
  return new Set(labs.map(({ second }) => second))
}

const tcpListen = '0A'

interface Socket {
  /** Of the four bytes of its own address. */
  readonly first: number
  readonly second: number
  readonly state: string
}

/** A line is ` 0: 0C03047F:01BB 00000000:0000 0A …`: the address as a little-endian number. */
function sockets(path: string): Socket[] {
  const lines = readFileSync(path, 'utf8').matchAll(/^ *\d+: ....(..)(..):.... \S+ (..) /gm)
  return [...lines].map(([, second, first, state]) => ({
    first: Number.parseInt(first!, 16),
    second: Number.parseInt(second!, 16),
    state: state!,
  }))
}
