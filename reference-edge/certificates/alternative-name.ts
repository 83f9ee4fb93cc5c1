import { explicit, ia5String, implicit, objectIdentifier, sequence } from './der.ts'

/** One entry of a subject alternative name. */
export interface AlternativeName {
  /** SRVName: RFC 4985, an otherName. */
  readonly kind: 'DNS' | 'SRVName' | 'IP'
  /** `vcse1.example.com`, `_collab-edge._tls.example.com`, `192.0.2.10` */
  readonly value: string
}

/** RFC 5280 §4.2.1.6, GeneralNames in DER. The values have passed `isAlternativeName`. */
export function writeAlternativeNames(names: readonly AlternativeName[]): Buffer {
  return sequence(...names.map(writeOne))
}

/** Whether it can stand in a certificate. Underscores may: a limitation elsewhere, but DNS names can have them. */
export function isAlternativeName({ kind, value }: AlternativeName): boolean {
  if (kind === 'IP') return isIPv4Text(value)
  const labels = value.split('.')
  return value.length <= 253 && labels.every((label) => label.length <= 63 && dnsLabel.test(label))
}

export const isSameName = (left: AlternativeName, right: AlternativeName): boolean =>
  left.kind === right.kind && left.value.toLowerCase() === right.value.toLowerCase()

/** Four decimal bytes. */
export function isIPv4Text(text: string): boolean {
  const bytes = text.split('.')
  return bytes.length === 4 && bytes.every((byte) => /^(0|[1-9]\d{0,2})$/.test(byte) && Number(byte) < 256)
}

function writeOne({ kind, value }: AlternativeName): Buffer {
  if (kind === 'DNS') return implicit(2, Buffer.from(value, 'latin1'))
  if (kind === 'IP') return implicit(7, Buffer.from(value.split('.').map(Number)))
  return explicit(0, objectIdentifier(idOnDnsSrv), explicit(0, ia5String(value)))
}

const idOnDnsSrv = '1.3.6.1.5.5.7.8.7'
const dnsLabel = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/i
