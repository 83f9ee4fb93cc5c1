import { EmitterImpl, TransportState } from 'sip.js'
import type { Transport } from 'sip.js'
import type { SipLink } from '#simulators/protocol/endpoint/sip-link.ts'

/** SIP.js's transport on a connection that is open already; it never dials again. */
export function libraryTransport(link: SipLink): Transport {
  const stateChange = new EmitterImpl<TransportState>()
  let state: TransportState = TransportState.Disconnected
  const enter = (next: TransportState) => {
    state = next
    stateChange.emit(next)
  }
  const disconnect = async () => link.close()
  const transport: Transport = {
    protocol: link.connection.tls === undefined ? 'TCP' : 'TLS',
    get state() {
      return state
    },
    stateChange,
    onConnect: undefined,
    onDisconnect: undefined,
    onMessage: undefined,
    isConnected: () => state === TransportState.Connected,
    async connect() {
      if (!link.isOpen) throw new Error('the connection is closed')
      enter(TransportState.Connecting)
      enter(TransportState.Connected)
      transport.onConnect?.()
    },
    disconnect,
    dispose: disconnect,
    async send(message) {
      if (!link.send(message)) throw new Error('the connection is closed')
    },
  }
  link.onMessage = (text) => transport.onMessage?.(text)
  link.onClose = () => {
    if (state === TransportState.Disconnected) return
    enter(TransportState.Disconnected)
    transport.onDisconnect?.(new Error('the connection was closed'))
  }
  return transport
}
