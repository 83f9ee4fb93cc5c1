import type { SipLink } from '../sip-link.ts'

/** JsSIP's socket on a connection that is open already. */
export interface LibrarySocket {
  readonly via_transport: string
  readonly url: string
  /** Becomes the preloaded route, `;lr` appended by the library. */
  readonly sip_uri: string
  onconnect: () => void
  ondisconnect: (isError: boolean, code: number, reason: string) => void
  ondata: (text: string) => void
  connect(): void
  disconnect(): void
  send(text: string): boolean
}

export function librarySocket(link: SipLink, route: string | undefined): LibrarySocket {
  const { remote, tls } = link.connection
  const transport = tls === undefined ? 'tcp' : 'tls'
  const socket: LibrarySocket = {
    via_transport: transport.toUpperCase(),
    url: `${transport}://${remote.address}:${remote.port}`,
    sip_uri:
      route === undefined ? `sip:${remote.address}:${remote.port};transport=${transport}` : withoutBrackets(route),
    onconnect: () => {},
    ondisconnect: () => {},
    ondata: () => {},
    connect: () => (link.isOpen ? socket.onconnect() : socket.ondisconnect(true, 1006, 'closed')),
    disconnect: () => link.close(),
    send: (text) => link.send(text),
  }
  link.onMessage = (text) => socket.ondata(text)
  link.onClose = () => socket.ondisconnect(true, 1006, 'closed')
  return socket
}

function withoutBrackets(route: string): string {
  return route.trim().replace(/^</, '').replace(/>$/, '').replace(/;lr$/, '')
}
