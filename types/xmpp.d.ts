// The @xmpp packages carry no types. Declared here is what the programs and tests use of them, version 0.14.

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
