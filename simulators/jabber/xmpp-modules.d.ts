// What is used of the @xmpp packages beyond @xmpp/xml; they carry no types. Version 0.14.

declare module '@xmpp/client-core' {
  import type { EventEmitter } from 'node:events'
  import type { Element } from '@xmpp/xml'
  export class Client extends EventEmitter {
    constructor(options: { service: string; domain: string; timeout?: number })
    transports: unknown[]
    socket: unknown
    status: string
    jid: { toString(): string; bare(): { toString(): string } } | null
    connect(service: string): Promise<unknown>
    open(options: { domain: string }): Promise<unknown>
    send(element: Element): Promise<void>
    sendReceive(element: Element): Promise<Element>
    restart(): Promise<unknown>
    stop(): Promise<unknown>
    _attachSocket(socket: unknown): void
    _detachSocket(): void
  }
}

declare module '@xmpp/connection-tcp' {
  import type { Element } from '@xmpp/xml'
  export default class ConnectionTCP {
    Socket: unknown
    Parser: unknown
    socketParameters(service: string): unknown
    headerElement(): Element
  }
}

declare module '@xmpp/middleware' {
  export interface Middleware {
    use(handler: (context: { stanza: import('@xmpp/xml').Element }, next: () => Promise<unknown>) => unknown): void
  }
  export default function middleware(options: { entity: import('@xmpp/client-core').Client }): Middleware
}

declare module '@xmpp/stream-features' {
  export interface StreamFeatures {
    use(
      name: string,
      xmlns: string,
      handler: (
        context: { entity: import('@xmpp/client-core').Client },
        next: () => Promise<unknown>,
        feature: import('@xmpp/xml').Element,
      ) => unknown,
    ): void
  }
  export default function streamFeatures(options: { middleware: import('@xmpp/middleware').Middleware }): StreamFeatures
}

declare module '@xmpp/iq/caller.js' {
  export interface IqCaller {
    get(
      child: import('@xmpp/xml').Element,
      to?: string,
      timeout?: number,
    ): Promise<import('@xmpp/xml').Element | undefined>
    set(
      child: import('@xmpp/xml').Element,
      to?: string,
      timeout?: number,
    ): Promise<import('@xmpp/xml').Element | undefined>
  }
  export default function iqCaller(options: {
    middleware: import('@xmpp/middleware').Middleware
    entity: import('@xmpp/client-core').Client
  }): IqCaller
}

declare module '@xmpp/sasl' {
  export interface SaslMechanism {
    readonly name: string
    readonly clientFirst: boolean
    response(credentials: unknown): string
    challenge(text: string): void
  }
  export default function sasl(
    options: {
      streamFeatures: import('@xmpp/stream-features').StreamFeatures
      saslFactory: { _mechs: Array<{ name: string }>; create(names: string[]): SaslMechanism | null }
    },
    onAuthenticate: (
      done: (credentials: object, mechanism: string) => Promise<void>,
      mechanisms: string[],
    ) => Promise<void>,
  ): void
}

declare module '@xmpp/resource-binding' {
  export default function resourceBinding(
    options: {
      streamFeatures: import('@xmpp/stream-features').StreamFeatures
      iqCaller: import('@xmpp/iq/caller.js').IqCaller
    },
    resource: string,
  ): void
}
