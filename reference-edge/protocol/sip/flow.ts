/** One end of a connection, or the peer of a datagram socket. */
export interface FlowAddress {
  readonly address: string
  readonly port: number
}

/**
 * Where messages go and come from: one connection, or one peer of a datagram socket. Implemented by whoever owns the
 * sockets.
 */
export interface SipFlow {
  /** Unique within the program. */
  readonly id: string
  /** TCP and TLS are; UDP is not and has its messages repeated. */
  readonly reliable: boolean
  readonly local: FlowAddress
  readonly remote: FlowAddress
  /** False where the flow is closed or its queue is full: the bytes will not arrive. */
  send(bytes: Buffer): boolean
}
