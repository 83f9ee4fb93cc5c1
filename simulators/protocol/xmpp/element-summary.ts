import type { Element } from '#simulators/protocol/xml/element.ts'

/** `<message> alice@example.com → bob@example.com`; never text content, which may be a password. */
export function elementSummary(element: Element): string {
  const { from, to, type, mechanism } = element.attrs
  const head = [element.getName(), type && `type=${type}`, mechanism && `mechanism=${mechanism}`].filter(Boolean)
  const parties = from === undefined && to === undefined ? '' : ` ${from ?? ''} → ${to ?? ''}`
  const inner = element.getName() === 'iq' ? ` ${element.getChildElements()[0]?.getName() ?? ''}` : ''
  return `<${head.join(' ')}>${inner}${parties}`.slice(0, 200)
}
