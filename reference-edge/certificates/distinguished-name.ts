import { objectIdentifier, printableString, sequence, setOf, utf8String } from './der.ts'

/** The subject of a certificate as the fields of the page *Generate CSR*; empty ones are left out. */
export interface DistinguishedName {
  readonly commonName: string
  /** Two letters (ISO 3166). */
  readonly country?: string
  readonly stateOrProvince?: string
  readonly locality?: string
  readonly organization?: string
  readonly organizationalUnit?: string
}

/** RFC 5280 §4.1.2.4, Name in DER. */
export function writeName(name: DistinguishedName): Buffer {
  const attributes = attributeTypes.flatMap(([field, oid]) => {
    const value = name[field] ?? ''
    if (value === '') return []
    // RFC 5280 Appendix A: a country is a PrintableString, everything else may be UTF-8.
    const text = field === 'country' ? printableString(value.toUpperCase()) : utf8String(value)
    return [setOf(sequence(objectIdentifier(oid), text))]
  })
  return sequence(...attributes)
}

const attributeTypes = [
  ['country', '2.5.4.6'],
  ['stateOrProvince', '2.5.4.8'],
  ['locality', '2.5.4.7'],
  ['organization', '2.5.4.10'],
  ['organizationalUnit', '2.5.4.11'],
  ['commonName', '2.5.4.3'],
] as const
