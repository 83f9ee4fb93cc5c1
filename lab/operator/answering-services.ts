import type { Lab } from '../lab.ts'
import { standAt } from './bystander.ts'

/** Services at ports of one address that answer whoever reaches them, and know who did. */
export interface AnsweringServices extends AsyncDisposable {
  /** For example `TCP 22 from 127.1.3.250`, in the order of arrival. */
  readonly reachedBy: readonly string[]
}

/** What every one of them says: to a connection when it is opened, to a datagram when it comes. */
export const greeting = 'here I am'

/** Opens services beside whatever else listens at that address. */
export async function answerAt(
  lab: Lab,
  address: string,
  ports: { readonly tcp: readonly number[]; readonly udp: readonly number[] },
): Promise<AnsweringServices> {
  const { environment, host } = await standAt(lab, { name: 'services', address, folder: `services-${address}` })
  const { network } = environment
  const reachedBy: string[] = []
  const listeners = await Promise.all(
    ports.tcp.map((port) =>
      network.listenTcp({
        port,
        protocol: 'TCP',
        onConnection({ remote, stream }) {
          reachedBy.push(`TCP ${port} from ${remote.address}`)
          stream.on('error', () => {})
          stream.end(greeting)
        },
      }),
    ),
  )
  const sockets = await Promise.all(
    ports.udp.map(async (port) => {
      const socket = await network.udp({
        port,
        protocol: 'UDP',
        onMessage(_, from) {
          reachedBy.push(`UDP ${port} from ${from.address}`)
          socket.send(Buffer.from(greeting), from.port, from.address)
        },
      })
      return socket
    }),
  )
  return {
    reachedBy,
    async [Symbol.asyncDispose]() {
      await Promise.all([...listeners.map((listener) => listener.stop()), ...sockets.map((socket) => socket.close())])
      await host.stop()
    },
  }
}
