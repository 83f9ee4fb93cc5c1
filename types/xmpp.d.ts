// The @xmpp packages carry no types. Declared here is what several programs use of them, version 0.14; what only
// Jabber's client needs stands beside it.

declare module '@xmpp/xml' {
  export class Element {
    constructor(name: string, attrs?: Record<string, string | undefined>)
    name: string
    parent: Element | null
    children: Array<Element | string>
    attrs: Record<string, string | undefined>
    is(name: string, xmlns?: string): boolean
    getName(): string
    getNS(): string | undefined
    getChild(name: string, xmlns?: string): Element | undefined
    getChildren(name: string, xmlns?: string): Element[]
    getChildText(name: string, xmlns?: string): string | null
    getChildElements(): Element[]
    getText(): string
    append(...nodes: Array<Element | string>): void
    toString(): string
  }
  export class Parser {
    root: Element | null
    cursor: Element | null
    on(event: 'start' | 'element' | 'end', take: (element: Element) => void): this
    on(event: 'error', take: (error: Error) => void): this
    emit(event: 'start' | 'element' | 'end', element: Element): boolean
    emit(event: 'error', error: Error): boolean
    onStartElement(name: string, attrs: Record<string, string>): void
    onEndElement(name: string): void
    onText(text: string): void
    write(data: string): void
  }
  export class XMLError extends Error {}
  export function escapeXML(text: string): string
  export function escapeXMLText(text: string): string
  export default function xml(
    name: string,
    attrs?: Record<string, string | undefined>,
    ...children: Array<Element | string | undefined>
  ): Element
}

declare module '@xmpp/tls/lib/Socket.js' {
  import { EventEmitter } from 'node:events'
  import type { ConnectionOptions } from 'node:tls'
  /** A TLS socket in the shape the XMPP connection expects. */
  export default class Socket extends EventEmitter {
    readonly secure: boolean
    connect(options: ConnectionOptions & { socket?: unknown }): void
  }
}

declare module '@xmpp/events' {
  import type { EventEmitter } from 'node:events'
  /** Resolves with the event's first parameter, rejects on `error`. */
  export function promise(emitter: EventEmitter, event: string): Promise<unknown>
}
